//go:build !windows

package authority

import (
	"io/fs"
	"os"
)

// tighten closes a key file to everybody but its owner. It returns the mode that
// the file had if it was open, else zero.
func tighten(path string) (was fs.FileMode, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	mode := info.Mode().Perm()
	if mode&0o077 == 0 {
		return 0, nil
	}
	return mode, os.Chmod(path, 0o600)
}
