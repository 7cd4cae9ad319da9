package browser

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

const (
	lockName       = "corsage.lock"
	settingsName   = "corsage.json"
	temporaryStart = "corsage-browser-"
)

// preparing is how long a temporary folder without a lock may be one that is
// just being made.
const preparing = 10 * time.Minute

// folder is that of a browser's profile, held by a lock in it for as long as
// Corsage or the browser runs: the browser inherits the lock, where the system
// knows such.
type folder struct {
	dir       string
	temporary bool
	inUse     bool  // a kept one that another start of the browser has open
	lock      *lock // nil if inUse
}

// openFolder makes or opens the profile's folder; "" for a temporary one. It
// deletes the temporary ones that were left behind.
func (b Browser) openFolder(kept string) (*folder, error) {
	base, err := b.reach()
	if err == nil && base != "" {
		err = os.MkdirAll(base, 0o700)
	}
	if err != nil {
		return nil, fmt.Errorf("make a profile for %s: %w", b.Title(), err)
	}
	if base == "" {
		base = os.TempDir()
	}
	sweep(base)
	if kept != "" {
		return openKept(kept)
	}
	dir, err := os.MkdirTemp(base, temporaryStart)
	if err != nil {
		return nil, fmt.Errorf("make a temporary profile for %s: %w", b.Title(), err)
	}
	l, err := tryLock(filepath.Join(dir, lockName))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("hold the temporary profile of %s: %w", b.Title(), err), os.RemoveAll(dir))
	}
	return &folder{dir: dir, temporary: true, lock: l}, nil
}

// openKept opens the folder, which is there.
func openKept(dir string) (*folder, error) {
	l, err := tryLock(filepath.Join(dir, lockName))
	if errors.Is(err, errLocked) {
		return &folder{dir: dir, inUse: true}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("hold the browser's profile %s: %w", dir, err)
	}
	return &folder{dir: dir, lock: l}, nil
}

// inUse reports whether a browser has the kept profile in dir open, or is being
// started there.
func inUse(dir string) bool {
	turn, err := tryLock(filepath.Join(dir, turnName))
	if err != nil {
		return errors.Is(err, errLocked)
	}
	defer turn.release()
	l, err := tryLock(filepath.Join(dir, lockName))
	if err != nil {
		return errors.Is(err, errLocked)
	}
	l.release()
	return false
}

// sweep deletes the temporary folders in base that nobody holds any more, since
// Corsage was killed before it could.
func sweep(base string) {
	left, _ := filepath.Glob(filepath.Join(base, temporaryStart+"*"))
	for _, dir := range left {
		info, err := os.Lstat(dir)
		if err != nil || !info.IsDir() {
			continue // somebody else's: such a folder may be everybody's
		}
		if _, err := os.Stat(filepath.Join(dir, lockName)); errors.Is(err, os.ErrNotExist) && time.Since(info.ModTime()) < preparing {
			continue
		}
		l, err := tryLock(filepath.Join(dir, lockName))
		if err != nil {
			continue
		}
		_ = os.RemoveAll(dir)
		l.release()
	}
}

// close lets go of the folder, and deletes it if it is a temporary one. The
// browser's helpers may still be writing in it for a moment, so it looks again.
func (f *folder) close() error {
	if f.inUse {
		return nil
	}
	defer f.lock.release()
	if !f.temporary {
		return nil
	}
	var err error
	for range 20 {
		err = os.RemoveAll(f.dir)
		<-time.After(50 * time.Millisecond)
		if _, gone := os.Stat(f.dir); err == nil && gone != nil {
			return nil
		}
	}
	return err
}

// settings are what a browser was started with, and can't be told later.
type settings struct {
	Proxy string   `json:"proxy"`
	Roots []string `json:"roots"` // their SPKIs
}

// serve reports whether a browser started with s does for want: roots that were
// taken away meanwhile sign nothing any more.
func (s settings) serve(want settings) bool {
	return s.Proxy == want.Proxy && !slices.ContainsFunc(want.Roots, func(r string) bool { return !slices.Contains(s.Roots, r) })
}

func (f *folder) save(s settings) error {
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(f.dir, settingsName), text, 0o600)
}

// settings are those of the browser that has the folder open; zero if it can't
// be told.
func (f *folder) settings() (s settings) {
	text, err := os.ReadFile(filepath.Join(f.dir, settingsName))
	if err != nil || json.Unmarshal(text, &s) != nil {
		return settings{}
	}
	return s
}
