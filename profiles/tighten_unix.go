//go:build unix

package profiles

import (
	"io/fs"
	"log/slog"
	"os"
)

// tighten closes a file to everybody but its owner. It returns the mode that the
// file had if it was open, else zero.
func tighten(path string) (was fs.FileMode) {
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm()&0o077 == 0 {
		return 0
	}
	if err := os.Chmod(path, 0o600); err != nil {
		slog.Error("profiles: other users of this machine can read a kept session: close it to them", "file", path, "error", err)
	}
	return info.Mode().Perm()
}
