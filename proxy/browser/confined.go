package browser

import (
	"fmt"
	"os"
	"path/filepath"
)

// reach is the folder in which a confined browser's profiles must lie, made
// where it is missing; "" for one that reaches any folder of the user's.
//
// A snap has $HOME/snap/NAME/common to itself, and whatever else it may see
// (snapcraft.io, "Data locations"); hidden folders and the common /tmp are kept
// from it. A flatpak sees $HOME/.var/app/ID at the same path as everyone else
// (docs.flatpak.org, "Sandbox permissions").
func (b Browser) reach() (string, error) {
	if b.Sandbox == Unconfined {
		return "", nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("find the folder that %s may use: %w", b.Title(), err)
	}
	if b.Sandbox == Snap {
		return filepath.Join(home, "snap", b.App, "common", "corsage"), nil
	}
	return filepath.Join(home, ".var", "app", b.App, "data", "corsage"), nil
}

// command is the program and its arguments in front of the browser's own. A
// flatpak's sandbox is told to end with Corsage where its profile is temporary.
func (b Browser) command(temporary bool) []string {
	switch {
	case b.Sandbox != Flatpak:
		return []string{b.Path}
	case temporary:
		return []string{b.Path, "run", "--die-with-parent", b.App}
	}
	return []string{b.Path, "run", b.App}
}
