//go:build !headless && !(linux || freebsd || netbsd || openbsd)

package desktop

// trayWatch knows whether the desktop shows tray icons: here it always does.
type trayWatch struct{}

func watchTray() *trayWatch            { return &trayWatch{} }
func (t *trayWatch) present() bool     { return true }
func (t *trayWatch) onChange(f func()) {}
func (t *trayWatch) close()            {}
