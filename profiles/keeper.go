package profiles

import (
	"errors"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"corsage/proxy/session"
)

// keeper writes held sessions to disk, for the profiles that keep theirs, and
// removes what is no longer to be kept. Each has a file of its own, named after
// the profile's path.
type keeper struct {
	dir     string
	changed func() // called when err returns something else, from any goroutine
	swept   bool

	mu   sync.Mutex
	kept map[string]*kept // by path of the profile file
}

func newKeeper(state string, changed func()) *keeper {
	return &keeper{dir: filepath.Join(state, "sessions"), changed: changed, kept: make(map[string]*kept)}
}

// keep brings the keeper to what the profiles want. A file that is bad since the
// Store was opened says nothing: what is kept for it stays.
func (s *Store) keep() {
	wanted, unknown := make(map[string]*session.Store), make(map[string]bool)
	names := make(map[string]string)
	for _, e := range s.entries {
		switch {
		case e.profile == nil:
			unknown[e.path] = true
		case e.profile.KeepSession:
			wanted[e.path], names[e.path] = s.session(e.name()), e.name()
		}
	}
	s.keeper.set(wanted, names, unknown)
}

// set keeps exactly these sessions, by path of the profile file, and leaves
// unknown ones alone. What is on disk is read before it returns.
func (k *keeper) set(wanted map[string]*session.Store, names map[string]string, unknown map[string]bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for path, one := range k.kept {
		if unknown[path] || wanted[path] == one.store {
			continue
		}
		one.end()
		one.remove()
		delete(k.kept, path)
	}
	if !k.swept {
		k.swept = true
		k.sweep()
	}
	for path, store := range wanted {
		one := k.kept[path]
		if one == nil {
			one = newKept(k.dir, path, store, k.changed)
			k.kept[path] = one
			one.begin()
		}
		one.name.Store(names[path])
	}
}

// flush writes the session of a profile file now.
func (k *keeper) flush(path string) error {
	k.mu.Lock()
	one := k.kept[path]
	k.mu.Unlock()
	if one == nil {
		return nil
	}
	return one.save()
}

// err is what keeps sessions from being kept.
func (k *keeper) err() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	var errs []error
	for _, path := range slices.Sorted(maps.Keys(k.kept)) {
		errs = append(errs, k.kept[path].problem())
	}
	return errors.Join(errs...)
}

// close writes what isn't written and ends all.
func (k *keeper) close() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, one := range k.kept {
		one.end()
		_ = one.save() // has told
		one.release()
	}
}

// sweep removes the sessions of profiles that were deleted, or turned keeping
// off, while nobody looked. What can't be read, or is in another Corsage's hands,
// is left to those whose it is.
func (k *keeper) sweep() {
	list, err := os.ReadDir(k.dir)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			slog.Warn("profiles: cannot look for sessions that are no longer to be kept", "error", err)
		}
		return
	}
	for _, f := range list {
		if info, err := f.Info(); err == nil && filepath.Ext(f.Name()) == ".tmp" && time.Since(info.ModTime()) > time.Minute {
			_ = os.Remove(filepath.Join(k.dir, f.Name())) // half written by a process that was killed
		}
		if !strings.HasSuffix(f.Name(), keptExt) {
			continue
		}
		text, err := readKept(filepath.Join(k.dir, f.Name()))
		if err != nil || keptName(text.File) != f.Name() {
			continue
		}
		data, err := readBounded(text.File)
		if err == nil {
			if p, _, err := Parse(text.File, data); err != nil || p.KeepSession {
				continue
			}
		} else if !errors.Is(err, fs.ErrNotExist) {
			continue
		}
		newKept(k.dir, text.File, nil, nil).remove()
	}
}

// Forget drops the cookies of a profile's held session that match, of the disk
// too, and returns how many they were; nil matches all. An error says that what
// was kept on the disk may still be there; in memory the cookies are gone.
func (s *Store) Forget(name string, match func(browser string, c *session.Cookie) bool) (int, error) {
	if err := s.lockForChange(); err != nil {
		return 0, err
	}
	defer s.change.Unlock()
	e, err := s.find(name)
	if err != nil {
		return 0, err
	}
	n := s.session(name).Forget(match)
	return n, s.keeper.flush(e.path)
}
