package profiles

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/gofrs/flock"
)

// enabledState is which profiles are enabled, by name. It may name profiles
// whose files are away for the moment.
type enabledState interface {
	// read returns the names. Where it returns an error it knows of none: by
	// errBroken none is enabled, by any other that could not be found out.
	read() (map[string]bool, error)
	// change alters the names and keeps them, all or nothing.
	change(alter func(map[string]bool)) (map[string]bool, error)
}

// stateFile keeps the names in a file that several processes may change.
type stateFile struct {
	dir   string
	write func(path string, data []byte, mode fs.FileMode) error
}

// stateText is the file's form.
type stateText struct {
	Enabled []string `json:"enabled"`
}

// errBroken is wrapped by what read returns if the file's text is at fault.
var errBroken = errors.New("it is not as Corsage writes it")

func (s *stateFile) path() string { return filepath.Join(s.dir, "enabled.json") }

func (s *stateFile) read() (map[string]bool, error) {
	names := make(map[string]bool)
	f, err := os.Open(s.path())
	if errors.Is(err, fs.ErrNotExist) {
		return names, nil
	}
	if err != nil {
		return names, fmt.Errorf("cannot read which profiles are enabled, so those stay that are: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return names, fmt.Errorf("cannot read which profiles are enabled, so those stay that are: %w", err)
	}
	var text stateText
	dec := json.NewDecoder(bytes.NewReader(data))
	err = dec.Decode(&text)
	if err == nil && (dec.More() || len(data) > maxFile) {
		err = errors.New("something follows its end")
	}
	if err != nil {
		return names, fmt.Errorf("%s says which profiles are enabled, but %w (%v); none is enabled. The next change keeps this file under another name", s.path(), errBroken, err)
	}
	for _, name := range text.Enabled {
		names[name] = true
	}
	return names, nil
}

// lockTime bounds the wait for another process that changes the state.
const lockTime = 5 * time.Second

func (s *stateFile) change(alter func(map[string]bool)) (map[string]bool, error) {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return nil, fmt.Errorf("cannot make the folder that says which profiles are enabled: %w", err)
	}
	lock := flock.New(filepath.Join(s.dir, "enabled.lock"))
	ctx, cancel := context.WithTimeout(context.Background(), lockTime)
	defer cancel()
	if _, err := lock.TryLockContext(ctx, 10*time.Millisecond); err != nil {
		return nil, fmt.Errorf("cannot lock %s; if another Corsage hangs, end it: %w", lock.Path(), err)
	}
	defer lock.Close()
	names, err := s.read()
	switch {
	case errors.Is(err, errBroken):
		if err := os.Rename(s.path(), free(s.path()+".broken", "")); err != nil {
			return nil, fmt.Errorf("cannot put the broken %s aside: %w", s.path(), err)
		}
	case err != nil:
		return nil, err
	}
	before := maps.Clone(names)
	alter(names)
	if maps.Equal(before, names) && err == nil {
		return names, nil
	}
	text := stateText{slices.AppendSeq([]string{}, maps.Keys(names))}
	slices.Sort(text.Enabled)
	data, err := json.MarshalIndent(text, "", "  ")
	if err != nil {
		return nil, err
	}
	if err := s.write(s.path(), append(data, '\n'), 0o600); err != nil {
		return nil, err
	}
	return names, nil
}

// free returns stem+ext, or stem-2+ext and so on: the first that is no file.
func free(stem, ext string) string {
	path := stem + ext
	for i := 2; ; i++ {
		if _, err := os.Lstat(path); err != nil { // whoever uses it meets any other one
			return path
		}
		path = fmt.Sprintf("%s-%d%s", stem, i, ext)
	}
}

// memoryState keeps the names for as long as the process lives. Its Store
// enables each profile when it first sees it.
type memoryState struct{ names map[string]bool }

func (s *memoryState) read() (map[string]bool, error) { return maps.Clone(s.names), nil }

func (s *memoryState) change(alter func(map[string]bool)) (map[string]bool, error) {
	alter(s.names)
	return maps.Clone(s.names), nil
}
