package har

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Create makes the file called name, which is there once it is whole and which only
// the user can read: keep puts it in place, where a link leads too, or drops it where
// whole is false. What is no file, such as a pipe, is written to as it is. Errors
// name the file.
func Create(name string) (out io.Writer, keep func(whole bool) error, err error) {
	out, done, err := create(name)
	if err != nil {
		return nil, nil, ofFile(name, err)
	}
	return out, func(whole bool) error { return ofFile(name, done(whole)) }, nil
}

func create(name string) (out io.Writer, keep func(bool) error, err error) {
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		f, err := os.OpenFile(name, os.O_WRONLY, 0)
		if err != nil {
			return nil, nil, err
		}
		return f, func(bool) error { return f.Close() }, nil
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, err
	}
	if real, err := filepath.EvalSymlinks(name); err == nil {
		name = real
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".corsage-*.har")
	if err != nil {
		return nil, nil, err
	}
	return f, func(whole bool) error {
		err := f.Close()
		if whole && err == nil {
			if err = os.Rename(f.Name(), name); err == nil {
				return nil
			}
		}
		return errors.Join(err, os.Remove(f.Name()))
	}, nil
}

// ofFile names the file in an error, in place of the path that it has, which may be
// a temporary file's.
func ofFile(name string, err error) error {
	if err == nil {
		return nil
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return fmt.Errorf("the HAR file %s: %w", name, err)
}
