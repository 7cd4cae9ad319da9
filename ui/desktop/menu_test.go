//go:build !headless && linux

package desktop

import (
	"fmt"
	"testing"

	"github.com/godbus/dbus/v5"
)

// trayItem is the app's icon as a panel sees it: a StatusNotifierItem with a
// menu by com.canonical.dbusmenu.
type trayItem struct {
	bus  *dbus.Conn
	name string
	menu dbus.ObjectPath
}

// trayItem waits until the app's icon stands in the tray.
func (s *session) trayItem(t *testing.T, app *process) *trayItem {
	t.Helper()
	item := &trayItem{bus: s.bus, name: fmt.Sprintf("org.kde.StatusNotifierItem-%d-1", app.cmd.Process.Pid)}
	eventually(t, "the app's tray icon is on the bus", func() bool { return s.owned(item.name) })
	eventually(t, "the tray has the app's icon", func() bool {
		var items []string
		err := s.bus.Object(watcher, "/StatusNotifierWatcher").StoreProperty(watcher+".RegisteredStatusNotifierItems", &items)
		return err == nil && len(items) == 1
	})
	err := s.bus.Object(item.name, "/StatusNotifierItem").StoreProperty("org.kde.StatusNotifierItem.Menu", &item.menu)
	if err != nil {
		t.Fatal(err)
	}
	return item
}

// pixmap is an icon as it travels over D-Bus.
type pixmap struct {
	Width, Height int32
	ARGB          []byte
}

// icon is what the tray is asked to show.
func (i *trayItem) icon(t *testing.T) pixmap {
	t.Helper()
	var maps []pixmap
	err := i.bus.Object(i.name, "/StatusNotifierItem").StoreProperty("org.kde.StatusNotifierItem.IconPixmap", &maps)
	if err != nil || len(maps) != 1 {
		t.Fatalf("%d icons: %v", len(maps), err)
	}
	return maps[0]
}

// menuEntry is one item of the menu.
type menuEntry struct {
	ID       int32
	Props    map[string]dbus.Variant
	Children []dbus.Variant
}

func (e menuEntry) label() string {
	label, _ := e.Props["label"].Value().(string)
	return label
}

func (e menuEntry) checked() bool {
	state, _ := e.Props["toggle-state"].Value().(int32)
	return state == 1
}

// find returns the item with the label, at any depth.
func (i *trayItem) find(t *testing.T, label string) (menuEntry, bool) {
	t.Helper()
	var revision uint32
	var root menuEntry
	call := i.bus.Object(i.name, i.menu).Call("com.canonical.dbusmenu.GetLayout", 0, int32(0), int32(-1), []string{})
	if err := call.Store(&revision, &root); err != nil {
		t.Fatal(err)
	}
	return findEntry(root, label)
}

func findEntry(e menuEntry, label string) (menuEntry, bool) {
	if e.label() == label {
		return e, true
	}
	for _, v := range e.Children {
		var child menuEntry
		if v.Store(&child) != nil {
			continue
		}
		if found, ok := findEntry(child, label); ok {
			return found, true
		}
	}
	return menuEntry{}, false
}

// click clicks the item with the label, as a panel does.
func (i *trayItem) click(t *testing.T, label string) {
	t.Helper()
	var entry menuEntry
	eventually(t, fmt.Sprintf("the tray's menu has %q", label), func() (ok bool) {
		entry, ok = i.find(t, label)
		return ok
	})
	call := i.bus.Object(i.name, i.menu).Call("com.canonical.dbusmenu.Event", 0, entry.ID, "clicked", dbus.MakeVariant(""), uint32(0))
	if call.Err != nil {
		t.Fatal(call.Err)
	}
}
