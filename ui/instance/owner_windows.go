package instance

import (
	"fmt"
	"io/fs"
	"os"
)

// owned fails where nothing is at path. Windows has no owners that this could be
// held against: folders below a user's local application data are closed to other
// users by what they inherit, and who may not write to a socket's file can't
// connect to it.
func owned(path string, _ func(fs.FileMode) bool) error {
	_, err := os.Lstat(path)
	return err
}

func closed(string) error { return nil }

func closeToOthers(string) error { return nil }

// endCommand is what a person types to end a process that does not answer.
func endCommand(pid int) string { return fmt.Sprintf("'taskkill /F /PID %d' ends it", pid) }
