package profiles

import (
	"errors"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"

	"corsage/proxy/session"
)

// paths returns the files to read, in the order in which names are given away.
func (s *Store) paths() []string {
	if s.dir == "" {
		return s.files
	}
	var paths []string
	list, err := os.ReadDir(s.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		slog.Warn("profiles: cannot read their folder", "error", err)
		for _, e := range s.entries {
			paths = append(paths, e.path)
		}
		return paths
	}
	for _, f := range list {
		if isProfile(f) {
			paths = append(paths, filepath.Join(s.dir, f.Name()))
		}
	}
	return paths
}

// reload reads all files and the state again and reports whether anything is
// different. An unchanged file keeps its rules, the same pointers.
func (s *Store) reload() bool {
	old := make(map[string]*entry)
	for _, e := range s.entries {
		old[e.path] = e
	}
	owner := make(map[string]string) // path by name
	var now []*entry
	changed := false
	for _, path := range s.paths() {
		e, before := examine(path, s.session), old[path]
		if first, ok := owner[e.name()]; ok && e.profile != nil {
			e.err = taken(path, e.name(), e.text, first)
			e.profile, e.rules = nil, nil
		}
		if e.sameAs(before) {
			e = before
		} else {
			changed = true
			if e.err != nil && before != nil {
				e.profile, e.rules = before.profile, before.rules
			}
		}
		if _, ok := owner[e.name()]; ok { // the last good version's name is another's by now
			clone := *e
			clone.profile, clone.rules = nil, nil
			e, changed = &clone, true
		}
		if e.profile != nil {
			owner[e.name()] = path
		}
		now = append(now, e)
	}
	changed = changed || len(now) != len(s.entries)
	s.entries = now
	for _, e := range now {
		if before := old[e.path]; before != nil {
			s.renamed(before.name(), e.name(), owner)
		}
	}
	return s.readState(old) || changed
}

// readState reads what is enabled and reports whether that is different. For a
// Store of given files, profiles that are new since old are enabled.
func (s *Store) readState(old map[string]*entry) bool {
	if s.dir == "" {
		_, _ = s.state.change(func(names map[string]bool) {
			for _, e := range s.entries {
				if before := old[e.path]; e.profile != nil && (before == nil || before.profile == nil) {
					names[e.name()] = true
				}
			}
		})
	}
	enabled, err := s.state.read()
	if err != nil && !errors.Is(err, errBroken) {
		enabled = s.enabled
	}
	s.mu.Lock()
	told := s.stateErr != nil && err != nil && s.stateErr.Error() == err.Error()
	changed := !maps.Equal(enabled, s.enabled) || (s.stateErr != nil) != (err != nil)
	s.stateErr = err
	s.mu.Unlock()
	if err != nil && !told {
		slog.Warn("profiles: " + err.Error())
	}
	s.enabled = enabled
	return changed
}

// renamed moves what is kept under a profile's name when its file got another.
func (s *Store) renamed(from, to string, owner map[string]string) {
	if _, used := owner[from]; used || from == "" || to == "" || from == to {
		return
	}
	if store, ok := s.sessions[from]; ok {
		s.adoptSession(store, from, to)
	}
	_, err := s.state.change(func(names map[string]bool) {
		if names[from] {
			delete(names, from)
			names[to] = true
		}
	})
	if err != nil {
		slog.Warn("profiles: a renamed profile is not enabled under its new name", "from", from, "to", to, "error", err)
	}
}

// adoptSession gives the profile called to the held session that it had under
// its old name. Its rules are new, nobody has them yet.
func (s *Store) adoptSession(store *session.Store, from, to string) {
	delete(s.sessions, from)
	s.sessions[to] = store
	for _, e := range s.entries {
		if e.name() == to {
			for _, r := range e.rules {
				r.Sessions = store
			}
		}
	}
}

// session returns the held session of a profile's name.
func (s *Store) session(name string) *session.Store {
	if s.sessions[name] == nil {
		s.sessions[name] = session.NewStore()
	}
	return s.sessions[name]
}
