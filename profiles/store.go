package profiles

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
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
