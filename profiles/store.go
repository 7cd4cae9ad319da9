package profiles

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/fsnotify/fsnotify"

	"corsage/proxy"
	"corsage/proxy/authority"
	"corsage/proxy/session"
)

// Item is one profile file as a Store shows it. It is a copy.
type Item struct {
	// Profile is what the file holds; while its text is bad, the last good
	// version since the Store was opened, or nil.
	Profile *Profile
	// File is the path of the file.
	File string
	// Enabled reports whether the profile's rules are applied.
	Enabled bool
	// Err says what is wrong with the file's present text, as Errors.
	Err error
	// Warnings are of the file's present text.
	Warnings []Warning
	// Session is the profile's held session itself, no copy; nil where Profile
	// is. Use Store.Forget to drop cookies of it.
	Session *session.Store
}

// Store is the user's profiles: it reads their files, follows changes made to
// them by anyone, changes them itself, and hands the rules of the enabled ones
// to its apply function. Safe for concurrent use.
type Store struct {
	dir   string   // of the profile files; "" for a Store of given files
	files []string // the given files
	apply func(*proxy.Ruleset)
	state enabledState
	write func(path string, data []byte, mode fs.FileMode) error

	// change is held by whoever changes something, until it is applied.
	change   sync.Mutex
	closed   bool
	entries  []*entry // in the order in which names are given away
	enabled  map[string]bool
	sessions map[string]*session.Store // by profile name, for the Store's life

	keeper *keeper
	signer signer

	watcher *fsnotify.Watcher // nil where watching failed
	done    chan struct{}     // closed when the watching has ended

	mu        sync.Mutex // guards what follows, for readers
	items     []Item
	stateErr  error
	watchErr  error
	rootFault error
	subs      map[chan struct{}]struct{}
}

// Open reads the profiles in d, calls apply with the rules of the enabled ones
// before it returns, and then again after each change, from the goroutine that
// made it or from one of its own, one call at a time. apply must be quick and
// not call methods that change the Store. Each rule has its profile's root out of
// roots; nil where nothing is served. The folders are made if missing; the error
// says which can't be.
func Open(d Dirs, roots *authority.Roots, apply func(*proxy.Ruleset)) (*Store, error) {
	if err := os.MkdirAll(d.Config, 0o755); err != nil {
		return nil, fmt.Errorf("cannot make the folder for profiles; make it yourself or set XDG_CONFIG_HOME: %w", err)
	}
	if err := os.MkdirAll(d.State, 0o700); err != nil {
		return nil, fmt.Errorf("cannot make the folder that says which profiles are enabled; make it yourself or set XDG_STATE_HOME: %w", err)
	}
	dir, err := filepath.Abs(d.Config)
	if err != nil {
		return nil, fmt.Errorf("cannot find the folder for profiles: %w", err)
	}
	if _, err := os.ReadDir(dir); err != nil {
		return nil, fmt.Errorf("cannot read the folder for profiles; make it readable: %w", err)
	}
	s := newStore(roots, apply)
	s.dir = dir
	state, err := filepath.Abs(d.State)
	if err != nil {
		return nil, fmt.Errorf("cannot find the folder that says which profiles are enabled: %w", err)
	}
	s.state = &stateFile{dir: state, write: WriteFile}
	s.keeper = newKeeper(state, s.wake)
	s.start(append(s.signer.folders(), dir, filepath.Dir(dir), state)...)
	return s, nil
}

// OpenFiles is Open for exactly these files, wherever they are. All are enabled
// at first; what is enabled is kept in memory only. Files that are bad or
// missing show in Items. Profiles can be changed, but not added or deleted. state
// is the folder for the sessions of profiles that keep theirs, made at first use.
func OpenFiles(files []string, state string, roots *authority.Roots, apply func(*proxy.Ruleset)) (*Store, error) {
	state, err := filepath.Abs(state)
	if err != nil {
		return nil, fmt.Errorf("cannot find the folder for kept sessions: %w", err)
	}
	s := newStore(roots, apply)
	s.keeper = newKeeper(state, s.wake)
	for _, file := range files {
		path, err := filepath.Abs(file)
		if err != nil {
			return nil, fmt.Errorf("cannot find %s: %w", file, err)
		}
		if !slices.Contains(s.files, path) {
			s.files = append(s.files, path)
		}
	}
	s.state = &memoryState{names: make(map[string]bool)}
	s.start(s.signer.folders()...)
	return s, nil
}

func newStore(roots *authority.Roots, apply func(*proxy.Ruleset)) *Store {
	return &Store{
		signer: signer{roots, make(map[string]signed)}, apply: apply, write: WriteFile, done: make(chan struct{}),
		enabled: make(map[string]bool), sessions: make(map[string]*session.Store),
		subs: make(map[chan struct{}]struct{}),
	}
}

// start loads everything and begins to watch; folders are watched in any case.
func (s *Store) start(folders ...string) {
	s.change.Lock()
	defer s.change.Unlock()
	var err error
	if s.watcher, err = fsnotify.NewWatcher(); err != nil {
		s.watchFailed(err)
		close(s.done)
	}
	s.watchFolders(folders)
	s.reload()
	s.publish()
	for range 3 { // what changed before its folder was watched
		if !s.watchFolders(folders) {
			break
		}
		if s.reload() {
			s.publish()
		}
	}
	if s.watcher != nil {
		go s.watch(folders)
	}
}

// Items returns all files, ordered by the profiles' names.
func (s *Store) Items() []Item {
	s.mu.Lock()
	defer s.mu.Unlock()
	items := slices.Clone(s.items)
	for i := range items {
		items[i].Profile = items[i].Profile.Clone()
		items[i].Warnings = slices.Clone(items[i].Warnings)
	}
	return items
}

// Err returns what keeps the Store from working in full, with what to do: a
// broken enabled.json, folders that can't be watched, sessions that can't be
// kept, or root certificates that can't be made. Nil if all is well.
func (s *Store) Err() error {
	unkept := s.keeper.err()
	s.mu.Lock()
	defer s.mu.Unlock()
	return errors.Join(s.stateErr, s.watchErr, unkept, s.rootFault)
}

// Subscribe returns a channel that holds a value whenever Items may have
// changed since the last receive, and a function that ends the subscription.
// The channel has one slot: many changes make one wake-up. It is never closed.
func (s *Store) Subscribe() (wake <-chan struct{}, cancel func()) {
	c := make(chan struct{}, 1)
	s.mu.Lock()
	s.subs[c] = struct{}{}
	s.mu.Unlock()
	return c, func() {
		s.mu.Lock()
		delete(s.subs, c)
		s.mu.Unlock()
	}
}

// Close ends the watching. The rules that were applied last stay applied;
// changes are refused from now on. Kept sessions are on the disk when it returns.
// It may be called again.
func (s *Store) Close() error {
	s.change.Lock()
	if s.closed {
		s.change.Unlock()
		return nil
	}
	s.closed = true
	s.change.Unlock()
	s.keeper.close()
	if s.watcher == nil {
		return nil
	}
	err := s.watcher.Close()
	<-s.done
	return err
}

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

// publish shows the entries to readers, applies their rules and wakes the
// subscribers.
func (s *Store) publish() {
	items := make([]Item, len(s.entries))
	var rules []*proxy.Rule
	var unsigned []error
	for i, e := range s.sorted() {
		items[i] = e.item(s.enabled)
		if e.profile != nil {
			items[i].Session = s.session(e.name())
		}
		if items[i].Enabled {
			signed, err := s.signer.sign(e)
			rules = append(rules, signed...)
			unsigned = append(unsigned, err)
		}
	}
	s.rootFailed(errors.Join(unsigned...))
	s.mu.Lock()
	s.items = items
	s.mu.Unlock()
	s.keep()
	s.apply(proxy.NewRuleset(rules...))
	s.wake()
}

// sorted returns the entries in the order of the profiles' names.
func (s *Store) sorted() []*entry {
	return slices.SortedFunc(slices.Values(s.entries), func(a, b *entry) int {
		return cmp.Or(cmp.Compare(a.sortKey(), b.sortKey()), cmp.Compare(a.path, b.path))
	})
}

// wake wakes the subscribers.
func (s *Store) wake() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for wake := range s.subs {
		select {
		case wake <- struct{}{}:
		default:
		}
	}
}

// sortKey is the name, or the file's own where there is none.
func (e *entry) sortKey() string {
	return cmp.Or(e.name(), filepath.Base(e.path))
}
