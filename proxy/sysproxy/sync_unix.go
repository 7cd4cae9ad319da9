//go:build !windows

package sysproxy

import (
	"errors"
	"fmt"
	"os"
)

// syncFolder brings the names of a folder's files to the disk.
func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err == nil {
		err = errors.Join(f.Sync(), f.Close())
	}
	if err != nil {
		return fmt.Errorf("bringing the journal of the system's proxy to the disk: %w", err)
	}
	return nil
}
