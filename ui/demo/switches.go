package demo

import (
	"errors"
	"fmt"
	"slices"

	"corsage/profiles"
	"corsage/proxy"
)

// errUnknown says that a change names nothing that could be switched.
var errUnknown = errors.New("unknown switch")

// switches are the Demo profile's, as the page shows and flips them.
type switches struct{ store *profiles.Store }

// state is what the page is told.
type state struct {
	// Profile is the profile's name; Enabled is false also where it is gone.
	Profile string   `json:"profile"`
	Enabled bool     `json:"enabled"`
	Toggles []toggle `json:"toggles"`
}

type toggle struct {
	Name    string `json:"name"`
	Group   string `json:"group"`
	Label   string `json:"label"`
	Help    string `json:"help"`
	On      bool   `json:"on"`
	Default bool   `json:"default"`
}

// change is one flip: of the toggle, or where that is empty of the profile.
type change struct {
	Toggle string `json:"toggle"`
	On     bool   `json:"on"`
}

// item is the Demo profile in the store.
func (s *switches) item() (item profiles.Item, ok bool) {
	for _, item := range s.store.Items() {
		if item.Profile != nil && item.Profile.Name == ProfileName {
			return item, true
		}
	}
	return item, false
}

func (s *switches) state() state {
	st := state{Profile: ProfileName}
	profile := &profiles.Profile{}
	if item, ok := s.item(); ok {
		profile, st.Enabled = item.Profile, item.Enabled
	}
	for _, m := range profiles.Catalog() {
		st.Toggles = append(st.Toggles, toggle{m.Name, m.Group, m.Label, m.Help, profile.On(m.Name), m.Default})
	}
	return st
}

func (s *switches) set(c change) error {
	if c.Toggle == "" {
		return s.store.SetEnabled(ProfileName, c.On)
	}
	known := slices.ContainsFunc(profiles.Catalog(), func(m proxy.Modifier) bool { return m.Name == c.Toggle })
	if !known {
		return fmt.Errorf("%w %q: the catalogue of toggles doesn't have it", errUnknown, c.Toggle)
	}
	return s.store.SetToggle(ProfileName, c.Toggle, c.On)
}
