package instance

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"time"

	"corsage/profiles"
)

// offFile is the path of the file that says since when profiles are on; "" to
// know it only as long as the process runs.
type offFile string

// sinceFile is its name in the state folder.
const sinceFile = "on-since.json"

// sinceFileIn is the file of those folders.
func sinceFileIn(dirs Dirs) offFile { return offFile(filepath.Join(dirs.Profiles.State, sinceFile)) }

// maxSince bounds the file, in bytes.
const maxSince = 1 << 20

// read returns since when which profiles are on, by name.
func (f offFile) read() (map[string]time.Time, error) {
	if f == "" {
		return nil, nil
	}
	info, err := os.Stat(string(f))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil && info.Size() > maxSince {
		err = fmt.Errorf("it has %d bytes", info.Size())
	}
	var text []byte
	if err == nil {
		text, err = os.ReadFile(string(f))
	}
	var since map[string]time.Time
	if err == nil {
		err = json.Unmarshal(text, &since)
	}
	if err != nil {
		return nil, fmt.Errorf("reading since when profiles are on, %s: %w", f, err)
	}
	return since, nil
}

// write keeps it, where it is something new.
func (f offFile) write(on map[string]forgettable) error {
	if f == "" {
		return nil
	}
	since := make(map[string]time.Time, len(on))
	for name, p := range on {
		since[name] = p.since.UTC().Truncate(time.Second)
	}
	if was, err := f.read(); err == nil && was != nil && maps.EqualFunc(was, since, time.Time.Equal) || was == nil && err == nil && len(since) == 0 {
		return nil
	}
	return f.save(since)
}

// forget has a profile count as turned on when an instance sees it next. Of a broken
// file nothing counts anyway.
func (f offFile) forget(name string) error {
	since, err := f.read()
	if _, known := since[name]; err != nil || !known {
		return nil
	}
	delete(since, name)
	return f.save(since)
}

func (f offFile) save(since map[string]time.Time) error {
	text, err := json.MarshalIndent(since, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(string(f)), 0o700); err != nil {
		return fmt.Errorf("making the folder for since when profiles are on: %w", err)
	}
	return profiles.WriteFile(string(f), append(text, '\n'), 0o600)
}
