package profiles

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// WriteFile replaces a file, or makes it, in one step: readers see the old text or the new
// one, after a crash too. A file that is write-protected is left alone, and an
// existing one keeps its permissions. On an error the file is as it was.
func WriteFile(path string, data []byte, mode fs.FileMode) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("%s is not saved and stays as it was; free some space or make the file and its folder writable, then try again: %w", path, err)
		}
	}()
	switch info, err := os.Stat(path); {
	case err == nil && info.Mode().Perm()&0o200 == 0:
		return fmt.Errorf("the file is write-protected: %w", fs.ErrPermission)
	case err == nil:
		mode = info.Mode().Perm()
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".corsage-*.tmp")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // fails once it is renamed
	_, err = f.Write(data)
	if err == nil {
		err = f.Chmod(mode)
	}
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	syncDir(filepath.Dir(path))
	return nil
}
