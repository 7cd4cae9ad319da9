package profiles

import (
	"path/filepath"

	"github.com/adrg/xdg"
)

// Dirs are the folders that a Store works in. Both are made at first use.
type Dirs struct {
	// Config holds the profile files, *.yaml and *.yml, and nothing private.
	Config string
	// State holds enabled.json, which says what is enabled on this machine, and
	// in sessions the held sessions of profiles that keep theirs.
	State string
}

// DefaultDirs returns the user's folders after the XDG Base Directory
// Specification or what the platform has in its place.
func DefaultDirs() Dirs {
	return Dirs{
		Config: filepath.Join(xdg.ConfigHome, "corsage", "profiles"),
		State:  filepath.Join(xdg.StateHome, "corsage"),
	}
}
