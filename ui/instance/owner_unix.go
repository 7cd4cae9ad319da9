//go:build !windows

package instance

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// owned fails unless what is at path, and no link to it, is this user's and of
// the kind that is wanted.
func owned(path string, kind func(fs.FileMode) bool) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case ok && int(stat.Uid) != os.Geteuid():
		return fmt.Errorf("%s belongs to another user (%d)", path, stat.Uid)
	case !kind(info.Mode()):
		return fmt.Errorf("%s is %s, which corsage did not put there", path, info.Mode())
	}
	return nil
}

// closed fails where other users have access to what is at path.
func closed(path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if perm := info.Mode().Perm(); perm&0o077 != 0 {
		return fmt.Errorf("%s is open to other users (mode %04o)", path, perm)
	}
	return nil
}

// closeToOthers makes sure that dir is this user's and open to nobody else.
func closeToOthers(dir string) error {
	if err := owned(dir, fs.FileMode.IsDir); err != nil {
		return fmt.Errorf("the runtime folder is not a folder of yours: %w; remove it, or set XDG_RUNTIME_DIR to one that is", err)
	}
	if closed(dir) != nil {
		if err := os.Chmod(dir, 0o700); err != nil {
			return fmt.Errorf("closing the runtime folder to others: %w", err)
		}
	}
	return nil
}

// endCommand is what a person types to end a process that does not answer.
func endCommand(pid int) string {
	return fmt.Sprintf("'kill -CONT %d' lets it go on if it was stopped, 'kill -KILL %d' ends it", pid, pid)
}
