package browser

import (
	"os"
	"path/filepath"
)

// familyAt tells a program's family by the files in its folder.
func familyAt(real string) (Kind, bool) {
	dir := filepath.Dir(real)
	has := func(name string) bool {
		_, err := os.Stat(filepath.Join(dir, name))
		return err == nil
	}
	switch {
	case has("application.ini") && has("omni.ja"):
		return Firefox, true
	case has("resources.pak") && has("icudtl.dat") && !has("resources/app.asar") && !has("resources/default_app.asar"): // those are Electron's
		return Chromium, true
	}
	return 0, false
}
