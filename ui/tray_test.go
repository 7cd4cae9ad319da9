package ui

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"corsage/assets"
	"corsage/profiles"
	"corsage/proxy/browser"
)

func labels(items []*fyne.MenuItem) string {
	var list []string
	for _, i := range items {
		label := i.Label
		switch {
		case i.IsSeparator:
			label = "-"
		case i.Checked:
			label = "[x] " + label
		case i.Disabled:
			label = "(" + label + ")"
		}
		if i.ChildMenu != nil {
			label += " {" + labels(i.ChildMenu.Items) + "}"
		}
		list = append(list, label)
	}
	return strings.Join(list, " | ")
}

const common = " | - | Request log | Profiles | Connect | Trust | Held cookies | Recipes | Open browser {Chromium | Firefox | - | Temporary profile {Chromium | Firefox}} | Demo | - | Quit"

func TestTrayMenu(t *testing.T) {
	u := newTestUI(t, "Shop", "Bank")
	if got, want := labels(u.app.menu().Items), "(Nothing is relaxed) | - | Bank | Shop"+common; got != want {
		t.Errorf("%s, want\n%s", got, want)
	}
	u.enable("Shop", true)
	if got, want := labels(u.app.menu().Items), "(Relaxing: Shop) | - | Bank | [x] Shop"+common; got != want {
		t.Errorf("%s, want\n%s", got, want)
	}
}

func TestTrayMenuWithoutProfiles(t *testing.T) {
	u := newTestUI(t)
	if got, want := labels(u.app.menu().Items), "Make a profile…"+common; got != want {
		t.Errorf("%s, want\n%s", got, want)
	}
	u.browsers, u.Demo = nil, nil
	u.profilesChanged()
	if got := labels(u.app.menu().Items); !strings.Contains(got, "Open browser {(No browser was found)} | - |") {
		t.Error(got)
	}
}

func TestTrayClickFlipsAProfile(t *testing.T) {
	u := newTestUI(t, "Shop")
	for _, want := range []bool{true, false, true} {
		u.app.item(t, "Shop").Action()
		u.settle()
		u.profilesChanged()
		if got := u.Store.Items()[0].Enabled; got != want {
			t.Fatalf("enabled: %v, want %v", got, want)
		}
		if got := u.app.item(t, "Shop").Checked; got != want {
			t.Fatalf("checked: %v, want %v", got, want)
		}
	}
}

func TestTrayIconTellsWhetherAProfileIsOn(t *testing.T) {
	u := newTestUI(t, "Shop")
	u.UI.tray.started = false
	u.UI.tray.start()
	u.enable("Shop", true)
	u.enable("Shop", false)
	want := [][]byte{assets.TrayIdle(), assets.TrayActive(), assets.TrayIdle()}
	if len(u.app.icons) != len(want) {
		t.Fatalf("%d icons were set, want %d", len(u.app.icons), len(want))
	}
	for i, icon := range u.app.icons {
		if !bytes.Equal(icon.Content(), want[i]) {
			t.Errorf("icon %d is %s", i, icon.Name())
		}
	}
}

func TestTrayMenuIsSetOnlyWhenItChanges(t *testing.T) {
	u := newTestUI(t, "Shop")
	before := len(u.app.menus)
	for range 5 {
		u.profilesChanged()
	}
	if n := len(u.app.menus) - before; n != 0 {
		t.Errorf("set %d times though nothing changed", n)
	}
	u.enable("Shop", true)
	if n := len(u.app.menus) - before; n != 1 {
		t.Errorf("set %d times for one change", n)
	}
}

func TestTrayShowsBadFiles(t *testing.T) {
	u := newTestUI(t, "Shop")
	file := u.Store.Items()[0].File
	if err := os.WriteFile(filepath.Join(filepath.Dir(file), "broken.yaml"), []byte("name: [\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	wake, cancel := u.Store.Subscribe()
	defer cancel()
	for len(u.Store.Items()) < 2 {
		<-wake
	}
	u.profilesChanged()
	if got := labels(u.app.menu().Items); !strings.Contains(got, "broken.yaml can't be read") {
		t.Error(got)
	}
}

// A name is shown as it is, and not without what menus take for the mark of a key;
// a long one doesn't fill the screen.
func TestTrayShowsNames(t *testing.T) {
	long := "Die außergewöhnlich lange Bezeichnung eines Profils"
	for goos, want := range map[string]string{
		"linux": "Relaxing: Die außergewöhnlich lange Bezeichnung e…, my__shop & co | Keep it {my__shop}", "freebsd": "Relaxing: Die außergewöhnlich lange Bezeichnung e…, my__shop & co | Keep it {my__shop}",
		"windows": "Relaxing: Die außergewöhnlich lange Bezeichnung e…, my_shop && co | Keep it {my_shop}",
		"darwin":  "Relaxing: Die außergewöhnlich lange Bezeichnung e…, my_shop & co | Keep it {my_shop}",
	} {
		items := []*fyne.MenuItem{
			fyne.NewMenuItem("Relaxing: "+relaxed([]string{long, "my_shop & co"}), nil),
			below("Keep it", []*fyne.MenuItem{fyne.NewMenuItem("my_shop", nil)}),
		}
		literal(goos, items)
		if got := labels(items); got != want {
			t.Errorf("%s: %s, want\n%s", goos, got, want)
		}
	}
	if runtime.GOOS != "linux" {
		return
	}
	u := newTestUI(t)
	for _, name := range []string{"my_shop", long} {
		p, err := profiles.FromURL("https://shop.example.com")
		if err != nil {
			t.Fatal(err)
		}
		p.Name = name
		if err := u.Store.Create(p); err != nil {
			t.Fatal(err)
		}
	}
	u.profilesChanged()
	before := len(u.app.menus)
	u.profilesChanged()
	if len(u.app.menus) != before {
		t.Error("the menu was set though nothing changed")
	}
	u.app.item(t, "my__shop").Action()
	u.settle()
	u.app.item(t, "Die außergewöhnlich lange Bezeichnung e…").Action()
	u.settle()
	for _, item := range u.Store.Items() {
		if !item.Enabled {
			t.Errorf("a click did not turn on %q", item.Profile.Name)
		}
	}
}

func TestTrayOpensATerminal(t *testing.T) {
	u := newTestUI(t)
	if got := labels(u.app.menu().Items); strings.Contains(got, "terminal") {
		t.Errorf("without a terminal: %s", got)
	}
	opened := 0
	u.Terminal = func(context.Context) error { opened++; return errors.New("no screen") }
	u.profilesChanged()
	u.app.item(t, "Open terminal").Action()
	u.settle()
	if opened != 1 || len(u.app.notices) != 1 || u.app.notices[0].Content != "no terminal opened: no screen" {
		t.Errorf("opened %d times, %v", opened, u.app.notices)
	}
}

func TestTrayOpensABrowser(t *testing.T) {
	u := newTestUI(t, "Shop", "Bank")
	open := func(path ...string) {
		t.Helper()
		item := u.app.item(t, "Open browser")
		for _, label := range path {
			item = menuItem(t, item.ChildMenu, label)
		}
		item.Action()
		u.settle()
	}
	open("Firefox")
	u.enable("Shop", true)
	open("Chromium")
	open("Temporary profile", "Firefox")
	u.enable("Bank", true) // whose is it, then?
	u.browsers = append(u.browsers, browser.Browser{Name: "Firefox", Sandbox: browser.Flatpak, Obstacle: "flatpak is missing"})
	u.profilesChanged()
	both := "{Chromium | Firefox} | "
	if got, want := labels(u.browserItems()), "For Bank "+both+"For Shop "+both+"- | Temporary profile "+both+"(Firefox (flatpak): flatpak is missing)"; got != want {
		t.Errorf("%s, want\n%s", got, want)
	}
	open("For Shop", "Firefox")
	if want := []string{"Firefox", "Chromium Shop", "Firefox temporary", "Firefox Shop"}; !slices.Equal(u.launched, want) {
		t.Errorf("launched %q, want %q", u.launched, want)
	}
}

// A browser that was installed since the start is in the menus once they may be
// used again.
func TestBrowsersAreFoundAgain(t *testing.T) {
	u := newTestUI(t)
	more := append(u.browsers[:len(u.browsers):len(u.browsers)], browser.Browser{Name: "Vivaldi"})
	shown := make(chan struct{}) // before what is found is listed, as on a real UI goroutine
	u.Browsers = func(context.Context) []browser.Browser {
		<-shown
		return more
	}
	u.ShowConnect()
	close(shown)
	u.settle()
	if got := labels(u.browserItems()); !strings.Contains(got, "Firefox | Vivaldi | -") {
		t.Error(got)
	}
}
