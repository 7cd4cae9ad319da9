package demo

import (
	"errors"
	"fmt"

	"corsage/profiles"
)

// Install puts the demo's profiles into the store, enables them, and lets the
// page show and flip their switches. Profiles of this demo that are there
// already keep their toggles; those that an earlier demo left behind are
// replaced. Uninstall takes them out again.
func (d *Demo) Install(store *profiles.Store) error {
	for _, p := range []profiles.Profile{d.Address(), d.Profile()} {
		if err := install(store, p); err != nil {
			return errors.Join(fmt.Errorf("add the profile %q: %w", p.Name, err), d.Uninstall(store))
		}
	}
	d.switches.Store(&switches{store})
	return nil
}

func install(store *profiles.Store, p profiles.Profile) error {
	var err error
	switch have := find(store, p.Name); {
	case have == nil:
		err = store.Create(p)
	case have.Backends[0] != p.Backends[0]:
		err = store.Update(p.Name, p)
	}
	if err != nil {
		return err
	}
	return store.SetEnabled(p.Name, true)
}

// Uninstall removes what Install added. Without the demo's backend the profiles
// are of no use.
func (d *Demo) Uninstall(store *profiles.Store) error {
	d.switches.Store(nil)
	var errs []error
	for _, name := range []string{ProfileName, AddressName} {
		if find(store, name) != nil {
			_, err := store.Delete(name)
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// find returns the demo's profile of that name; nil if there is none, or only
// one of the user's own that shares the name.
func find(store *profiles.Store, name string) *profiles.Profile {
	for _, item := range store.Items() {
		if p := item.Profile; p != nil && p.Name == name && len(p.Backends) == 1 && p.Backends[0].URL == BackendURL {
			return p
		}
	}
	return nil
}
