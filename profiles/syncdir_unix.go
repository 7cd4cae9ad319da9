//go:build unix

package profiles

import "os"

// syncDir makes a rename in the folder last through a crash. The new file is in
// place already, so a file system that can't do it is no failure.
func syncDir(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
}
