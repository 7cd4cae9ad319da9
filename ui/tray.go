package ui

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"corsage/assets"
	"corsage/profiles"
)

// tray is the icon with its menu. Desktops rebuild a tray menu at some cost, and
// close it while it is open, so it is set only when it says something new.
type tray struct {
	ui      *UI
	desk    desktop.App // nil where the platform knows no tray
	started bool
	shown   string // what the menu that is set says
	said    string // the tooltip that is set
	active  bool   // the icon that is set
}

func newTray(u *UI) *tray {
	desk, _ := u.App.(desktop.App)
	return &tray{ui: u, desk: desk}
}

func (t *tray) start() {
	t.started = true
	if t.desk != nil {
		t.desk.SetSystemTrayIcon(trayIcon(t.active))
	}
	t.refresh()
}

// refresh sets icon and menu if they would look different.
func (t *tray) refresh() {
	if t.desk == nil || !t.started {
		return
	}
	if active := len(t.ui.active) > 0; active != t.active {
		t.active = active
		t.desk.SetSystemTrayIcon(trayIcon(active))
	}
	if text := tooltip(t.ui.active); t.ui.Tooltip != nil && text != t.said {
		t.said = text
		t.ui.Tooltip(text)
	}
	items := t.items()
	if text := menuText(items); text != t.shown {
		t.shown = text
		literal(runtime.GOOS, items)
		t.desk.SetSystemTrayMenu(fyne.NewMenu("Corsage", items...))
	}
}

func trayIcon(active bool) fyne.Resource {
	if active {
		return fyne.NewStaticResource("tray-active.png", assets.TrayActive())
	}
	return fyne.NewStaticResource("tray-idle.png", assets.TrayIdle())
}

// items are the menu: the profiles first, since they are what it is for.
func (t *tray) items() []*fyne.MenuItem {
	u := t.ui
	var items []*fyne.MenuItem
	if list := u.Store.Items(); len(list) > 0 {
		status := fyne.NewMenuItem(u.relaxing(time.Now()), nil)
		status.Disabled = true
		items = append(append(items, status), u.keepItems()...)
		items = append(items, fyne.NewMenuItemSeparator())
		for _, item := range list {
			items = append(items, t.profile(item))
		}
	} else {
		items = append(items, fyne.NewMenuItem("Make a profile…", u.ShowWelcome))
	}
	open := fyne.NewMenuItem("Open browser", nil)
	open.ChildMenu = fyne.NewMenu("", u.browserItems()...)
	items = append(items, fyne.NewMenuItemSeparator(),
		fyne.NewMenuItem("Request log", u.ShowLog),
		fyne.NewMenuItem("Profiles", u.ShowProfiles),
		fyne.NewMenuItem("Connect", u.ShowConnect),
		fyne.NewMenuItem("Trust", func() { u.ShowTrust("") }),
		fyne.NewMenuItem("Held cookies", func() { u.ShowCookies("") }),
		fyne.NewMenuItem("Recipes", func() { u.ShowRecipes("") }),
		open)
	if u.Terminal != nil {
		items = append(items, fyne.NewMenuItem("Open terminal", u.openTerminal))
	}
	if u.Demo != nil {
		items = append(items, fyne.NewMenuItem("Demo", u.openDemo))
	}
	quit := fyne.NewMenuItem("Quit", u.App.Quit)
	quit.IsQuit = true
	return append(items, fyne.NewMenuItemSeparator(),
		quit)
}

// profile is a profile's item; a click flips it.
func (t *tray) profile(item profiles.Item) *fyne.MenuItem {
	if item.Profile == nil {
		m := fyne.NewMenuItem(fmt.Sprintf("%s can't be read", itemName(item)), t.ui.ShowProfiles)
		return m
	}
	label := shortName(item.Profile.Name)
	if item.Err != nil {
		label += " (its file has an error)"
	}
	m := fyne.NewMenuItem(label, func() { t.ui.SetEnabled(item.Profile.Name, !item.Enabled) })
	m.Checked = item.Enabled
	return m
}

// menuText is what a menu says, to compare.
func menuText(items []*fyne.MenuItem) string {
	var b strings.Builder
	for _, i := range items {
		fmt.Fprintf(&b, "%q %t %t %t\n", i.Label, i.Checked, i.Disabled, i.IsSeparator)
		if i.ChildMenu != nil {
			b.WriteString("{" + menuText(i.ChildMenu.Items) + "}")
		}
	}
	return b.String()
}

// literal has labels shown as they are. In the menus of the system goos there is a
// character that is not shown, but marks the next one as the item's key: _ in those
// of com.canonical.dbusmenu, & in those of Windows. Doubled it is shown.
func literal(goos string, items []*fyne.MenuItem) {
	mark := "_"
	switch goos {
	case "windows":
		mark = "&"
	case "darwin":
		return
	}
	for _, i := range items {
		i.Label = strings.ReplaceAll(i.Label, mark, mark+mark)
		if i.ChildMenu != nil {
			literal(goos, i.ChildMenu.Items)
		}
	}
}

// itemName is a profile's name, or its file's where that can't be read.
func itemName(item profiles.Item) string {
	if item.Profile != nil {
		return item.Profile.Name
	}
	return filepath.Base(item.File)
}
