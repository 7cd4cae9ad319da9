//go:build !headless

package desktop

import (
	"os"
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2"

	"corsage/ui/autostart"
)

// identified is a fyne app that tells its windows an ID, by which Wayland's
// desktops find the menu entry, and so name and icon. The app itself has none,
// see metadata.
type identified struct {
	fyne.App
	preferences *preferences
}

func (identified) UniqueID() string { return autostart.ID }

func (i identified) Preferences() fyne.Preferences { return i.preferences }

// discardCache removes the folder that fyne makes at each start for an app
// without an ID, under another name each time.
func discardCache(a fyne.App) {
	folder := a.Cache().RootURI().Path()
	if strings.HasPrefix(filepath.Base(folder), "missing-id-") {
		_ = os.RemoveAll(folder)
	}
}
