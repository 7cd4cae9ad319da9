package profiles

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

// settle is how long the watching waits for the rest of a burst of events: an
// editor's save is several.
const settle = 25 * time.Millisecond

// watch follows changes from outside until the watcher is closed.
func (s *Store) watch(folders []string) {
	defer close(s.done)
	timer := time.NewTimer(0)
	timer.Stop()
	for {
		select {
		case _, ok := <-s.watcher.Events:
			if !ok {
				return
			}
			timer.Reset(settle)
		case err, ok := <-s.watcher.Errors:
			if !ok {
				return
			}
			if !errors.Is(err, fsnotify.ErrEventOverflow) {
				slog.Warn("profiles: watching files", "error", err)
			}
			timer.Reset(settle)
		case <-timer.C:
			s.refresh(folders)
		}
	}
}

// refresh reads everything again after a change from outside.
func (s *Store) refresh(folders []string) {
	s.change.Lock()
	defer s.change.Unlock()
	if s.closed {
		return
	}
	for range 3 {
		if s.reload() || s.rootsStale() {
			s.publish()
		}
		if !s.watchFolders(folders) {
			return
		}
	}
}

// watchFolders makes the watched folders those of all files that matter: the
// given ones, and of each profile its own, the one it links to and those of its
// certificates and keys. Files are watched through their folders, since most programs save by
// renaming. It reports whether a folder is watched now that was not before.
func (s *Store) watchFolders(folders []string) bool {
	if s.watcher == nil {
		return false
	}
	wanted := make(map[string]bool)
	want := func(dir string) {
		if real, err := filepath.EvalSymlinks(dir); err == nil {
			dir = real // one folder must not be watched under two names
		}
		wanted[dir] = true
	}
	for _, dir := range folders {
		want(dir)
	}
	for _, e := range s.entries {
		want(filepath.Dir(e.path))
		want(filepath.Dir(e.real))
		for _, file := range e.files {
			want(filepath.Dir(file))
		}
	}
	added := false
	for _, dir := range s.watcher.WatchList() {
		if !wanted[dir] {
			_ = s.watcher.Remove(dir)
		}
		delete(wanted, dir)
	}
	for dir := range wanted {
		switch err := s.watcher.Add(dir); {
		case err == nil:
			added = true
		case errors.Is(err, fsnotify.ErrClosed):
			return false
		case !errors.Is(err, fs.ErrNotExist):
			s.watchFailed(fmt.Errorf("%s: %w", dir, err))
		}
	}
	return added
}

// watchFailed notes that changes from outside may go unseen.
func (s *Store) watchFailed(err error) {
	err = fmt.Errorf("changes made to profile files by other programs may go unseen until Corsage is started again: cannot watch: %w", err)
	s.mu.Lock()
	told := s.watchErr != nil
	s.watchErr = err
	s.mu.Unlock()
	if !told {
		slog.Warn("profiles: " + err.Error())
	}
}
