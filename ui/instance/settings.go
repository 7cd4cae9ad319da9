package instance

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"

	"corsage/profiles"
)

// settingsSettle is how long the watching waits for the rest of a burst of events: an
// editor's save is several, and some begin with an empty file, which must not count:
// profiles that are to stay on would be taken for forgotten.
const settingsSettle = 250 * time.Millisecond

// SettingsFile is the user's Settings and the file that they are kept in. It
// follows changes made to the file by anyone. While the text is bad, the last
// good settings stay in use. Safe for concurrent use.
type SettingsFile struct {
	path    string // "" to keep them in memory only
	log     *slog.Logger
	watcher *fsnotify.Watcher // nil where there is nothing to watch
	done    chan struct{}     // closed when the watching has ended

	change sync.Mutex // held by whoever reads or writes the file

	mu      sync.Mutex // guards what follows
	now     Settings
	err     error
	unknown string // keys that were told
	subs    map[chan struct{}]struct{}
}

// OpenSettings reads the settings file at path, which need not exist, and
// watches it until Close. An empty path gives the defaults, kept in memory. It
// always returns settings that work: of a file with a mistake those keys that are
// right. What is wrong is told in the log and by Err. log is required.
func OpenSettings(path string, log *slog.Logger) *SettingsFile {
	s := &SettingsFile{path: path, log: log, now: DefaultSettings(), done: make(chan struct{}), subs: make(map[chan struct{}]struct{})}
	if path == "" {
		close(s.done)
		return s
	}
	if err := s.watch(); err != nil {
		log.Warn("changes made to the settings file by other programs count from the next start on only: it can't be watched", "file", path, "error", err)
		close(s.done)
	}
	s.change.Lock()
	defer s.change.Unlock()
	_, now, unknown, err := s.read()
	s.now = now // there is no last good text, but what is good of this one
	s.use(now, unknown, err)
	return s
}

// Get returns the settings in use.
func (s *SettingsFile) Get() Settings {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

// Err says what is wrong with the file's present text, and where; nil if nothing is.
func (s *SettingsFile) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// Subscribe returns a channel that holds a value whenever Get or Err may have
// changed since the last receive, and a function that ends the subscription.
// The channel has one slot, and is never closed.
func (s *SettingsFile) Subscribe() (wake <-chan struct{}, cancel func()) {
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

// Update has alter change the settings, and returns once they are in the file
// and in use. A file with a mistake in it is left alone: the error says what to
// correct first. alter must not call methods of s.
func (s *SettingsFile) Update(alter func(*Settings)) error {
	s.change.Lock()
	defer s.change.Unlock()
	text, was, unknown, err := s.read()
	if err != nil {
		return fmt.Errorf("the settings are not changed: correct their file first: %w", err)
	}
	now := was
	alter(&now)
	for _, setting := range allSettings() {
		if err := setting.set(new(Settings), setting.get(now)); err != nil {
			return fmt.Errorf("the settings are not changed: %s: %w", setting.key, err)
		}
	}
	if s.path != "" && now != was {
		if text, err = writeSettings(text, was, now); err != nil {
			return err
		}
		if err := s.write(text); err != nil {
			return fmt.Errorf("the settings are not changed: %w", err)
		}
	}
	s.use(now, unknown, nil)
	return nil
}

// Close ends the watching. It may be called again.
func (s *SettingsFile) Close() error {
	var err error
	if s.watcher != nil {
		err = s.watcher.Close()
	}
	<-s.done
	return err
}

// read reads the file. Of settings that are kept in memory it returns those.
func (s *SettingsFile) read() (text []byte, now Settings, unknown []string, err error) {
	if s.path == "" {
		return nil, s.Get(), nil, nil
	}
	f, err := os.Open(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, DefaultSettings(), nil, nil
	}
	if err != nil {
		return nil, now, nil, fmt.Errorf("reading the settings: %w", err)
	}
	defer f.Close()
	text, err = io.ReadAll(io.LimitReader(f, maxSettings+1))
	if err == nil && len(text) > maxSettings {
		err = fmt.Errorf("it has more than %d bytes: it is none", maxSettings)
	}
	if err == nil {
		now, unknown, err = readSettings(text)
	}
	if err != nil {
		err = fmt.Errorf("the settings file %s: %w", s.path, err)
	}
	return text, now, unknown, err
}

func (s *SettingsFile) write(text []byte) error {
	path := s.path
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real // a link into a repository of dotfiles stays one
	} else if to, err := os.Readlink(path); err == nil { // to what is not there yet
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(path), to)
		}
		path = to
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("making their folder: %w", err)
	}
	return profiles.WriteFile(path, text, 0o644)
}

// reload reads the file and puts it to use.
func (s *SettingsFile) reload() {
	s.change.Lock()
	defer s.change.Unlock()
	_, now, unknown, err := s.read()
	s.use(now, unknown, err)
}

// use makes now the settings in use, unless err says that they can't be read,
// and tells the log and the subscribers what is new.
func (s *SettingsFile) use(now Settings, unknown []string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		now = s.now
	}
	text := func(err error) string {
		if err == nil {
			return ""
		}
		return err.Error()
	}
	same := text(err) == text(s.err)
	switch {
	case err != nil && !same:
		s.log.Warn("the settings stay as they were until their file is corrected", "error", err)
	case err == nil && s.err != nil:
		s.log.Info("the settings file is in order again", "file", s.path)
	}
	if keys := strings.Join(unknown, ", "); err == nil && keys != s.unknown {
		s.unknown = keys
		if keys != "" {
			s.log.Warn("the settings file has keys that this version does not know", "file", s.path, "unknown", keys)
		}
	}
	if now == s.now && same {
		return
	}
	s.now, s.err = now, err
	for wake := range s.subs {
		select {
		case wake <- struct{}{}:
		default:
		}
	}
}

// watch begins to follow the file, through its folder: most programs save by
// renaming.
func (s *SettingsFile) watch() error {
	dir := filepath.Dir(s.path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return err
	}
	folders := map[string]bool{dir: true}
	if real, err := filepath.EvalSymlinks(s.path); err == nil {
		folders[filepath.Dir(real)] = true
	}
	for dir := range folders {
		if err := watcher.Add(dir); err != nil {
			return errors.Join(err, watcher.Close())
		}
	}
	s.watcher = watcher
	go s.follow()
	return nil
}

// follow ends when the watcher is closed.
func (s *SettingsFile) follow() {
	defer close(s.done)
	timer := time.NewTimer(settingsSettle)
	defer timer.Stop()
	for {
		select {
		case _, ok := <-s.watcher.Events:
			if !ok {
				return
			}
			timer.Reset(settingsSettle)
		case _, ok := <-s.watcher.Errors: // such as an overflow: something may have changed
			if !ok {
				return
			}
			timer.Reset(settingsSettle)
		case <-timer.C:
			s.reload()
		}
	}
}
