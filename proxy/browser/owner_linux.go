package browser

import (
	"os"
	"path/filepath"
)

// tellsOwner says that owner tells.
const tellsOwner = true

// owner names the process that has the profile in dir open, or had it last where
// that ended without tidying up: a symbolic link, which both families make before
// they listen to other starts, says host or address, and number. It is "" for none.
func owner(kind Kind, dir string) string {
	link := "SingletonLock"
	if kind == Firefox {
		link = "lock"
	}
	name, _ := os.Readlink(filepath.Join(dir, link))
	return name
}
