package demo

import (
	"errors"
	"fmt"

	"corsage/profiles"
)

// Install puts the demo's profiles into the store, enables them, and lets the
// page show and flip their switches. Profiles that an earlier demo left behind
// are replaced. Uninstall takes them out again.
func (d *Demo) Install(store *profiles.Store) error {
	for _, p := range []profiles.Profile{d.Address(), d.Profile()} {
		write := store.Create
		if has(store, p.Name) {
			write = func(p profiles.Profile) error { return store.Update(p.Name, p) }
		}
		if err := write(p); err != nil {
			return errors.Join(fmt.Errorf("add the profile %q: %w", p.Name, err), d.Uninstall(store))
		}
		if err := store.SetEnabled(p.Name, true); err != nil {
			return errors.Join(fmt.Errorf("enable the profile %q: %w", p.Name, err), d.Uninstall(store))
		}
	}
	d.switches.Store(&switches{store})
	return nil
}

// Uninstall removes what Install added. Without the demo's backend the profiles
// are of no use.
func (d *Demo) Uninstall(store *profiles.Store) error {
	d.switches.Store(nil)
	var errs []error
	for _, name := range []string{ProfileName, AddressName} {
		if has(store, name) {
			_, err := store.Delete(name)
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// has reports whether the store holds the demo's profile of that name, and not
// one of the user's own that only shares the name.
func has(store *profiles.Store, name string) bool {
	for _, item := range store.Items() {
		if p := item.Profile; p != nil && p.Name == name && len(p.Backends) == 1 && p.Backends[0].URL == BackendURL {
			return true
		}
	}
	return false
}
