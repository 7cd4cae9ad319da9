//go:build !headless

package desktop

import "fyne.io/systray"

// setTooltip has the tray's icon say something. It is fyne's own tray, for which
// fyne has no such call; it must run already.
func (t *trayWatch) setTooltip(text string) { systray.SetTooltip(text) }
