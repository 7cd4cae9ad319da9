//go:build !windows

package instance

import (
	"fmt"
	"os"
	"syscall"
)

// private makes sure that dir is this user's and open to nobody else.
func private(dir string) error {
	info, err := os.Lstat(dir)
	if err != nil {
		return fmt.Errorf("looking at the runtime folder: %w", err)
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); !info.IsDir() || ok && int(stat.Uid) != os.Geteuid() {
		return fmt.Errorf("the runtime folder %s is not a folder of yours: remove it, or set XDG_RUNTIME_DIR to one that is", dir)
	}
	if info.Mode().Perm()&0o077 != 0 {
		if err := os.Chmod(dir, 0o700); err != nil {
			return fmt.Errorf("closing the runtime folder to others: %w", err)
		}
	}
	return nil
}
