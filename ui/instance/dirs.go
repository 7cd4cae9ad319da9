package instance

import (
	"io/fs"
	"path/filepath"

	"github.com/adrg/xdg"

	"corsage/profiles"
)

// Dirs are the folders and files that an instance lives in.
type Dirs struct {
	// Profiles are those of the stored profiles and of what is enabled.
	Profiles profiles.Dirs
	// Authority holds the dev CA: root certificates and their keys.
	Authority string
	// Runtime holds the lock and the control socket. It must be one to which
	// no other user has access; it is made so where it is missing.
	Runtime string
	// Settings is the settings file; "" to keep settings in memory only.
	Settings string
	// Browsers holds the browsers' profiles that are kept, a folder for each
	// profile of Corsage's.
	Browsers string
}

// CertPath is the path of one PEM file with all root certificates.
func (d Dirs) CertPath() string { return filepath.Join(d.Authority, "ca.pem") }

// DefaultDirs returns this user's folders by the XDG Base Directory
// Specification. Where the session has no runtime folder of this user's, as in a
// container or after su, the lock and the socket lie in the state folder, since a
// folder of others would let them take their place; so they do where its path is too
// long for a socket's.
func DefaultDirs() Dirs {
	return Dirs{
		Profiles:  profiles.DefaultDirs(),
		Authority: filepath.Join(xdg.DataHome, "corsage", "ca"),
		Runtime:   runtimeDir(),
		Settings:  filepath.Join(xdg.ConfigHome, "corsage", "settings.yaml"),
		Browsers:  filepath.Join(xdg.StateHome, "corsage", "browsers"),
	}
}

func runtimeDir() string {
	dir := filepath.Join(xdg.RuntimeDir, "corsage")
	real, err := filepath.EvalSymlinks(xdg.RuntimeDir)
	if err == nil && owned(real, fs.FileMode.IsDir) == nil && len(filepath.Join(dir, socketFile)) <= maxSocketPath {
		return dir
	}
	return filepath.Join(xdg.StateHome, "corsage", "run")
}
