package profiles

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

var (
	errClosed = errors.New("the profiles are closed, Corsage is ending: nothing was changed")
	errGiven  = errors.New("these profiles were given with -f: start Corsage without it to add or delete profiles")
)

// lockForChange takes the change lock and reads again what others have changed.
// Where it returns no error, call s.change.Unlock.
func (s *Store) lockForChange() error {
	s.change.Lock()
	if s.closed {
		s.change.Unlock()
		return errClosed
	}
	if s.reload() {
		s.publish()
	}
	return nil
}

// find returns the entry of a profile's name.
func (s *Store) find(name string) (*entry, error) {
	var names []string
	for _, e := range s.entries {
		if e.profile != nil && e.name() == name {
			return e, nil
		}
		if e.profile != nil {
			names = append(names, e.name())
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("there is no profile %q, and no other: make one first", name)
	}
	slices.Sort(names)
	return nil, fmt.Errorf("there is no profile %q; %s", name, oneOf(name, names))
}

// SetEnabled turns a profile on or off. It is written and applied when it
// returns.
func (s *Store) SetEnabled(name string, on bool) error {
	if err := s.lockForChange(); err != nil {
		return err
	}
	defer s.change.Unlock()
	if _, err := s.find(name); err != nil {
		return err
	}
	if err := s.setState(name, on); err != nil {
		return err
	}
	s.publish()
	return nil
}

func (s *Store) setState(name string, on bool) error {
	names, err := s.state.change(func(names map[string]bool) {
		if on {
			names[name] = true
		} else {
			delete(names, name)
		}
	})
	if err != nil {
		return err
	}
	s.enabled = names
	s.mu.Lock()
	s.stateErr = nil
	s.mu.Unlock()
	return nil
}

// SetToggle changes one toggle of a profile, in its file too. It is written and
// applied when it returns.
func (s *Store) SetToggle(name, toggleName string, on bool) error {
	if _, ok := toggle(toggleName); !ok {
		return fmt.Errorf("there is no toggle %q; %s", toggleName, oneOf(toggleName, toggleNames()))
	}
	if err := s.lockForChange(); err != nil {
		return err
	}
	defer s.change.Unlock()
	e, err := s.find(name)
	if err != nil {
		return err
	}
	p := e.profile.Clone()
	p.Set(toggleName, on)
	return s.update(e, p)
}

// Update changes the profile called name to p, in its file too: only what
// differs is written, comments, order and unknown keys stay. With another name
// in p the profile is renamed; it stays enabled and keeps its held session. A
// file whose present text is bad is not touched. It is written and applied when
// it returns; where it returns an error, nothing has changed. What is wrong
// with p is told as Errors.
func (s *Store) Update(name string, p Profile) error {
	if err := p.Validate(); err != nil {
		return err
	}
	if err := s.lockForChange(); err != nil {
		return err
	}
	defer s.change.Unlock()
	e, err := s.find(name)
	if err != nil {
		return err
	}
	return s.update(e, &p)
}

func (s *Store) update(e *entry, p *Profile) error {
	if e.err != nil {
		return fmt.Errorf("%s has a mistake and is not touched; mend it first: %w", e.path, e.err)
	}
	if err := s.nameFree(p.Name, e); err != nil {
		return err
	}
	text, err := edit(e.text, p)
	if err != nil {
		return fmt.Errorf("%s: %w", e.path, err)
	}
	if err := s.check(e.path, filepath.Dir(e.real), text); err != nil {
		return err
	}
	from := e.name()
	wasEnabled := s.enabled[from]
	if p.Name != from && wasEnabled {
		if err := s.setState(p.Name, true); err != nil {
			return err
		}
	}
	if err := s.write(e.real, text, 0o644); err != nil {
		if p.Name != from && wasEnabled {
			err = errors.Join(err, s.setState(p.Name, false))
		}
		return err
	}
	s.reload()
	s.publish()
	return nil
}

// check compiles a text that is about to be written.
func (s *Store) check(path, dir string, text []byte) error {
	_, _, err := compile(path, dir, text, s.session)
	return err
}

// nameFree reports as Errors if a profile other than e has the name.
func (s *Store) nameFree(name string, e *entry) error {
	for _, other := range s.entries {
		if other != e && other.profile != nil && other.name() == name {
			return Errors{{Field: "name", Message: fmt.Sprintf("%q is the name of the profile in %s already: choose another", name, other.path)}}
		}
	}
	return nil
}

// Create writes p to a new file, named after it. It is not enabled. What is
// wrong with p is told as Errors.
func (s *Store) Create(p Profile) error {
	if err := p.Validate(); err != nil {
		return err
	}
	if err := s.lockForChange(); err != nil {
		return err
	}
	defer s.change.Unlock()
	if s.dir == "" {
		return errGiven
	}
	if err := s.nameFree(p.Name, nil); err != nil {
		return err
	}
	text, err := render(&p)
	if err != nil {
		return err
	}
	return s.add(p.Name, text)
}

// add writes a new file for the profile called name.
func (s *Store) add(name string, text []byte) error {
	path := free(filepath.Join(s.dir, slug(name)), ".yaml")
	if err := s.check(path, s.dir, text); err != nil {
		return err
	}
	if s.enabled[name] { // left over from a file of that name that is gone
		if err := s.setState(name, false); err != nil {
			return err
		}
	}
	delete(s.sessions, name)
	if err := s.writeNew(path, text, 0o644); err != nil {
		return err
	}
	s.reload()
	s.publish()
	return nil
}

// writeNew writes a file into the folder for profiles, which may have vanished.
func (s *Store) writeNew(path string, text []byte, mode fs.FileMode) error {
	if err := os.MkdirAll(s.dir, 0o755); err != nil {
		return fmt.Errorf("cannot make the folder for profiles again: %w", err)
	}
	return s.write(path, text, mode)
}

// Duplicate writes a copy of a profile's file, comments and all, under a new
// name, which it returns. The copy is not enabled.
func (s *Store) Duplicate(name string) (newName string, err error) {
	if err := s.lockForChange(); err != nil {
		return "", err
	}
	defer s.change.Unlock()
	if s.dir == "" {
		return "", errGiven
	}
	e, err := s.find(name)
	if err != nil {
		return "", err
	}
	if e.err != nil {
		return "", fmt.Errorf("%s has a mistake and is not copied; mend it first: %w", e.path, e.err)
	}
	p := e.profile.Clone()
	stem := name
	if len(stem) > maxName-16 {
		stem = "Profile"
	}
	p.Name = stem + " copy"
	for i := 2; s.nameFree(p.Name, nil) != nil; i++ {
		p.Name = fmt.Sprintf("%s copy %d", stem, i)
	}
	if from := filepath.Dir(e.real); from != s.dir { // what they name was relative to the file that a link led to
		for i := range p.Backends {
			b := &p.Backends[i]
			for _, name := range []*string{&b.CA, &b.Certificate, &b.Key} {
				if *name != "" {
					*name = filepath.ToSlash(beside(from, *name))
				}
			}
		}
	}
	text, err := edit(e.text, p)
	if err != nil {
		return "", fmt.Errorf("%s: %w", e.path, err)
	}
	return p.Name, s.add(p.Name, text)
}

// Delete removes a profile's file (of a link, the link) and turns the profile
// off. undo puts both back as they were, unless the name has been taken
// meanwhile.
func (s *Store) Delete(name string) (undo func() error, err error) {
	if err := s.lockForChange(); err != nil {
		return nil, err
	}
	defer s.change.Unlock()
	if s.dir == "" {
		return nil, errGiven
	}
	e, err := s.find(name)
	if err != nil {
		return nil, err
	}
	info, err := os.Lstat(e.path)
	if err != nil {
		return nil, fmt.Errorf("cannot delete the profile: %w", err)
	}
	target, _ := os.Readlink(e.path) // "" if it is no link
	enabled := s.enabled[name]
	if err := os.Remove(e.path); err != nil {
		return nil, fmt.Errorf("cannot delete the profile; make its folder writable: %w", err)
	}
	syncDir(s.dir)
	held := s.sessions[name]
	if enabled {
		err = s.setState(name, false)
	}
	s.reload()
	s.publish()
	return func() error { return s.restore(e, name, info.Mode().Perm(), target, enabled, held) }, err
}
