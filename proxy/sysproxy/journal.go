package sysproxy

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

const (
	journalFile    = "system-proxy.journal"
	journalVersion = 1
	maxJournal     = 1 << 20 // bytes
)

// journal is what there was before Corsage changed anything, and what it has
// set or was about to set. It is on the disk before the first change, and goes
// after the last is undone.
type journal struct {
	Version int       `json:"version"`
	Desktop string    `json:"desktop"`
	PID     int       `json:"pid"` // of who wrote it; for people
	Time    time.Time `json:"time"`
	Want    Want      `json:"want"`
	// Entries stand in the order in which they were written.
	Entries []entry `json:"entries"`
}

// entry is one key of the desktop's.
type entry struct {
	Key    string `json:"key"`
	Before value  `json:"before"`
	// Ours are the texts that Corsage may have left there, the last being the one
	// that it wants.
	Ours    []string `json:"ours"`
	With    []string `json:"with,omitempty"`
	Decides bool     `json:"decides,omitempty"`
}

// DamagedError says that the journal can't be read, so that nothing can be put
// back. The file was set aside, so that the switch works again.
type DamagedError struct {
	Aside string // where the file is now
	Cause error
}

func (e *DamagedError) Error() string {
	return fmt.Sprintf("the note of what the system's proxy setting was before can't be read (%v), so nothing was put back: it is now %s; see that your system's proxy setting is as you want it", e.Cause, e.Aside)
}

func (e *DamagedError) Unwrap() error { return e.Cause }

// encode writes a line of JSON and a line with its checksum.
func (j *journal) encode() ([]byte, error) {
	text, err := json.Marshal(j)
	if err != nil {
		return nil, fmt.Errorf("writing the journal: %w", err)
	}
	return []byte(signed(string(text))), nil
}

// signed adds its checksum to a line.
func signed(line string) string {
	sum := sha256.Sum256([]byte(line))
	return line + "\n" + hex.EncodeToString(sum[:]) + "\n"
}

// decodeJournal reads what encode wrote, for a desktop that find knows. It
// accepts nothing else.
func decodeJournal(text []byte, find func(id string) (desktop, error)) (*journal, desktop, error) {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	if string(text) != signed(string(line)) {
		return nil, nil, errors.New("its checksum is wrong")
	}
	var j journal
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&j); err != nil {
		return nil, nil, err
	}
	if j.Version != journalVersion {
		return nil, nil, fmt.Errorf("it is of version %d, and this program knows version %d", j.Version, journalVersion)
	}
	d, err := find(j.Desktop)
	if err != nil {
		return nil, nil, err
	}
	var seen []string
	for _, e := range j.Entries {
		if !d.has(e.Key) || slices.Contains(seen, e.Key) || len(e.Ours) == 0 {
			return nil, nil, fmt.Errorf("its entry %q makes no sense", e.Key)
		}
		seen = append(seen, e.Key)
	}
	return &j, d, nil
}

// store puts the journal on the disk, whole or not at all.
func (j *journal) store(dir string) error {
	text, err := j.encode()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("making the folder of the journal: %w", err)
	}
	path := filepath.Join(dir, journalFile)
	// One that a killed process left half written is written over.
	f, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err == nil {
		_, err = f.Write(text)
		err = errors.Join(err, f.Sync(), f.Close())
	}
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	if err != nil {
		return fmt.Errorf("writing the journal of the system's proxy: %w; see that %s can be written to", err, dir)
	}
	return syncFolder(dir)
}

// load reads the journal; nil if there is none. One that can't be read is set
// aside if aside says so, and the error is a DamagedError.
func load(dir string, find func(id string) (desktop, error), aside bool) (*journal, desktop, error) {
	path := filepath.Join(dir, journalFile)
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil, nil
	case err != nil:
		return nil, nil, fmt.Errorf("reading the journal of the system's proxy: %w", err)
	case !info.Mode().IsRegular() || info.Size() > maxJournal:
		err = errors.New("it is no file of this program's")
	}
	var text []byte
	if err == nil {
		if text, err = os.ReadFile(path); err != nil {
			return nil, nil, fmt.Errorf("reading the journal of the system's proxy: %w", err)
		}
		j, d, badly := decodeJournal(text, find)
		if badly == nil {
			return j, d, nil
		}
		err = badly
	}
	damaged := &DamagedError{Aside: path, Cause: err}
	if aside {
		damaged.Aside = path + ".broken"
		if err := os.Rename(path, damaged.Aside); err != nil {
			return nil, nil, fmt.Errorf("setting the damaged journal of the system's proxy aside: %w", err)
		}
	}
	return nil, nil, damaged
}

// discard removes the journal.
func discard(dir string) error {
	for _, name := range []string{journalFile + ".new", journalFile} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("removing the journal of the system's proxy: %w", err)
		}
	}
	if err := syncFolder(dir); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil // the folder is gone as well
}
