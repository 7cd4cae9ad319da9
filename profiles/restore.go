package profiles

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"corsage/proxy/session"
)

// restore undoes a Delete of e. target is where its link led, "" if it was a file.
func (s *Store) restore(e *entry, name string, mode fs.FileMode, target string, enabled bool, held *session.Store) error {
	if err := s.lockForChange(); err != nil {
		return err
	}
	defer s.change.Unlock()
	if _, err := os.Lstat(e.path); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("cannot bring the profile back: there is another file %s by now", e.path)
	}
	if err := s.nameFree(name, nil); err != nil {
		return err
	}
	var err error
	if target != "" {
		err = os.Symlink(target, e.path)
	} else {
		err = s.writeNew(e.path, e.text, mode)
	}
	if err != nil {
		return fmt.Errorf("cannot bring the profile back: %w", err)
	}
	if held != nil {
		s.sessions[name] = held
	}
	if enabled {
		err = s.setState(name, true)
	}
	s.reload()
	s.publish()
	return err
}
