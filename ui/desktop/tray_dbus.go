//go:build !headless && (linux || freebsd || netbsd || openbsd)

package desktop

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/godbus/dbus/v5"
)

// watcher is the D-Bus name of whatever collects tray icons for the panels. On
// a desktop where nobody owns it, no tray icon is shown (stock GNOME).
const watcher = "org.kde.StatusNotifierWatcher"

// trayWatch knows whether the desktop shows tray icons. A panel may come and go
// while the app runs.
type trayWatch struct {
	there   atomic.Bool
	conn    *dbus.Conn // nil without a D-Bus session
	running sync.WaitGroup

	mu      sync.Mutex
	changed func()
}

// watchTray begins to watch.
func watchTray() *trayWatch {
	t := &trayWatch{}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	conn, err := dbus.ConnectSessionBus()
	if err != nil {
		return t
	}
	t.conn = conn
	signals := make(chan *dbus.Signal, 16)
	conn.Signal(signals)
	_ = conn.AddMatchSignalContext(ctx,
		dbus.WithMatchSender("org.freedesktop.DBus"),
		dbus.WithMatchInterface("org.freedesktop.DBus"),
		dbus.WithMatchMember("NameOwnerChanged"),
		dbus.WithMatchArg(0, watcher))
	var owned bool
	if conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.NameHasOwner", 0, watcher).Store(&owned) == nil {
		t.there.Store(owned)
	}
	t.running.Go(func() { t.follow(signals) })
	return t
}

// follow ends when the connection is closed.
func (t *trayWatch) follow(signals <-chan *dbus.Signal) {
	for s := range signals {
		if s.Name != "org.freedesktop.DBus.NameOwnerChanged" || len(s.Body) != 3 || s.Body[0] != watcher {
			continue
		}
		owner, _ := s.Body[2].(string)
		t.there.Store(owner != "")
		t.mu.Lock()
		changed := t.changed
		t.mu.Unlock()
		if changed != nil {
			changed()
		}
	}
}

// present reports whether tray icons are shown now.
func (t *trayWatch) present() bool { return t.there.Load() }

// onChange has f called, from a goroutine of its own, when that changes.
func (t *trayWatch) onChange(f func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.changed = f
}

func (t *trayWatch) close() {
	t.onChange(nil)
	if t.conn != nil {
		_ = t.conn.Close()
	}
	t.running.Wait()
}
