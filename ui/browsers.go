package ui

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"fyne.io/fyne/v2"

	"corsage/proxy/browser"
)

// Visit says how a browser is opened.
type Visit struct {
	// Profile names the Corsage profile whose browser profile is used, which is
	// kept; "" for the one that belongs to none.
	Profile string
	// Temporary gives the browser a profile that is deleted with it instead.
	Temporary bool
	// URL is the page; "" for the one that belongs to Profile.
	URL string
}

// errNoBrowser also stands in the tray's menu, as its first clause.
var errNoBrowser = errors.New("no browser was found: install Chromium, Chrome, Edge, Brave or Firefox, or point a browser of your own at the PAC URL")

// Browser is the one to open where the user has not chosen; ok is false while
// none was found.
func (u *UI) Browser() (b browser.Browser, ok bool) { return browser.Choose(u.browsers) }

// OpenBrowser opens b on url, or on the profile's page for "", in the profile that
// is kept for the Corsage profile that is on: logins and what is set in DevTools
// are there the next time. It says so in a dialog if that fails.
func (u *UI) OpenBrowser(b browser.Browser, url string) {
	u.launch(b, Visit{Profile: u.first(), URL: url})
}

// first is the profile that is on; the first of them where there are more, "" for
// none.
func (u *UI) first() string {
	if len(u.active) == 0 {
		return ""
	}
	return u.active[0]
}

func (u *UI) launch(b browser.Browser, v Visit) {
	u.Background(func(ctx context.Context) error { return u.Launch(ctx, b, v) }, func(err error) {
		if err != nil {
			u.Fail(notOpened(b, err))
		}
	})
}

func notOpened(b browser.Browser, err error) error {
	return fmt.Errorf("%s did not open: %w", b.Title(), err)
}

// findBrowsers looks for browsers, which may have come or gone, and puts them into
// the menus.
func (u *UI) findBrowsers() {
	if u.finding {
		return
	}
	u.finding = true
	var found []browser.Browser
	u.Background(func(ctx context.Context) error {
		found = u.Browsers(ctx)
		return nil
	}, func(error) {
		u.finding = false
		if !slices.Equal(found, u.browsers) {
			u.browsers = found
			u.profilesChanged()
		}
	})
}

// browserItems are the browsers found, to open each in the profile kept for the
// Corsage profile that is on, or where there are more, for one of them; or in a
// temporary one. Those that can't be opened say why.
func (u *UI) browserItems() []*fyne.MenuItem {
	titles := browser.Titles(u.browsers)
	var obstacles []*fyne.MenuItem
	all := func(v Visit) (items []*fyne.MenuItem) {
		for i, b := range u.browsers {
			if b.Obstacle == "" {
				items = append(items, fyne.NewMenuItem(titles[i], func() { u.launch(b, v) }))
			}
		}
		return items
	}
	for i, b := range u.browsers {
		if b.Obstacle != "" {
			item := fyne.NewMenuItem(titles[i]+": "+b.Obstacle, nil)
			item.Disabled = true
			obstacles = append(obstacles, item)
		}
	}
	items := all(Visit{Profile: u.first()})
	switch {
	case len(items) == 0:
		none := fyne.NewMenuItem("No browser was found", nil)
		none.Disabled = true
		return append(obstacles, none)
	case len(u.active) > 1:
		items = nil
		for _, name := range u.active {
			items = append(items, below("For "+shortName(name), all(Visit{Profile: name})))
		}
	}
	items = append(items, fyne.NewMenuItemSeparator(), below("Temporary profile", all(Visit{Temporary: true})))
	return append(items, obstacles...)
}

// below is an item that opens a menu of its own.
func below(label string, items []*fyne.MenuItem) *fyne.MenuItem {
	item := fyne.NewMenuItem(label, nil)
	item.ChildMenu = fyne.NewMenu("", items...)
	return item
}
