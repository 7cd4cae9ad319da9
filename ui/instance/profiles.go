package instance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"corsage/profiles"
	"corsage/proxy"
)

// Profile is one profile as the command line shows it.
type Profile struct {
	Name     string   `json:"name"`
	Enabled  bool     `json:"enabled"`
	Backends []string `json:"backends"`
	// Origins are those of the pages that it allows.
	Origins []string `json:"origins"`
	File    string   `json:"file"`
	// OffAt is when the profile is turned off unless somebody touches it; nil
	// where it stays on.
	OffAt *time.Time `json:"off_at,omitempty"`
	// Error is what is wrong with the file's present text; the profile then
	// works as it last was. Empty if nothing is.
	Error string `json:"error,omitempty"`
}

// Profiles lists and switches profiles: those of the running instance, or else
// the stored ones.
type Profiles interface {
	List(context.Context) ([]Profile, error)
	SetEnabled(ctx context.Context, name string, on bool) error
}

// OpenProfiles returns the running instance's profiles, or else the stored
// ones. Call done when finished.
func OpenProfiles(ctx context.Context, dirs Dirs) (p Profiles, done func() error, err error) {
	client := NewClient(dirs)
	switch _, err := client.Status(ctx); {
	case err == nil:
		return client, func() error { return nil }, nil
	case !errors.Is(err, ErrNotRunning):
		return nil, nil, err
	}
	store, err := profiles.Open(dirs.Profiles, nil, func(*proxy.Ruleset) {})
	if err != nil {
		return nil, nil, err
	}
	return stored{store, sinceFileIn(dirs)}, store.Close, nil
}

type stored struct {
	store *profiles.Store
	since offFile
}

func (s stored) List(context.Context) ([]Profile, error) { return describe(s.store.Items()), nil }

// SetEnabled has the profile count as turned on at the next start.
func (s stored) SetEnabled(_ context.Context, name string, on bool) error {
	if err := setEnabled(s.store, name, on); err != nil {
		return err
	}
	return s.since.forget(name)
}

// UnknownProfileError says that no profile has the name, and which there are.
type UnknownProfileError struct {
	Name string
	Have []string
}

func (e *UnknownProfileError) Error() string {
	if len(e.Have) == 0 {
		return fmt.Sprintf("no profile is named %q: there is none yet; make one in the window, or write its file into the profiles folder", e.Name)
	}
	for _, name := range e.Have {
		if strings.EqualFold(strings.TrimSpace(e.Name), name) {
			return fmt.Sprintf("no profile is named %q: did you mean %q?", e.Name, name)
		}
	}
	quoted := make([]string, len(e.Have))
	for i, name := range e.Have {
		quoted[i] = fmt.Sprintf("%q", name)
	}
	return fmt.Sprintf("no profile is named %q: there is %s", e.Name, strings.Join(quoted, ", "))
}

// setEnabled asks the store first: that reads the folder anew, and knows a profile
// whose file was written just now.
func setEnabled(store *profiles.Store, name string, on bool) error {
	err := store.SetEnabled(name, on)
	if err == nil {
		return nil
	}
	var have []string
	for _, p := range describe(store.Items()) {
		have = append(have, p.Name)
	}
	if !slices.Contains(have, name) {
		return &UnknownProfileError{Name: name, Have: have}
	}
	return err
}

func describe(items []profiles.Item) []Profile {
	list := make([]Profile, 0, len(items))
	for _, item := range items {
		p := Profile{File: item.File, Enabled: item.Enabled, Backends: []string{}, Origins: []string{}}
		if item.Profile != nil {
			p.Name, p.Origins = item.Profile.Name, item.Profile.AllowedOrigins()
			for _, b := range item.Profile.Backends {
				p.Backends = append(p.Backends, b.URL)
			}
		}
		if item.Err != nil {
			p.Error = item.Err.Error()
		}
		list = append(list, p)
	}
	return list
}

// faults returns what is wrong with the files of items: as profiles.Errors, or,
// if there is one without a place in a text, as that one's error.
func faults(items []profiles.Item) error {
	var all profiles.Errors
	for _, item := range items {
		var here profiles.Errors
		switch {
		case errors.As(item.Err, &here):
			all = append(all, here...)
		case item.Err != nil:
			return item.Err
		}
	}
	if len(all) == 0 {
		return nil
	}
	return all
}
