package instance

import (
	"context"
	"errors"
	"time"

	"corsage/profiles"
	"corsage/proxy"
	"corsage/proxy/authority"
)

// renewEvery is how often roots are looked at while the instance runs. The clock
// of a machine that sleeps is not the timer's, so it is far below a day.
const renewEvery = time.Hour

// Root is the root certificate of one profile: what a browser must trust to use
// the profile's https backends.
type Root struct {
	Profile string `json:"profile"` // its name
	File    string `json:"file"`    // path of the profile file
	Enabled bool   `json:"enabled"`
	Subject string `json:"subject"` // as in "CN=Corsage dev.example.com (3f9a2c1b),OU=user@host,O=Corsage"
	Cert    string `json:"cert"`    // path of its own PEM file
	PEM     []byte `json:"pem"`     // what is in it
	Key     string `json:"key"`     // path of its private key
	// SPKI is what Chromium's --ignore-certificate-errors-spki-list takes.
	SPKI        string `json:"spki"`
	Fingerprint string `json:"fingerprint"` // SHA-256, as "AB:CD:…"
	// Hosts are those it is constrained to: DNS names, which stand for all names
	// below too, and IP addresses.
	Hosts []string  `json:"hosts"`
	Until time.Time `json:"until"` // UTC
	// Renewed says why it replaced another, for some time after it did; a
	// sentence for people.
	Renewed string `json:"renewed,omitempty"`
}

// Roots returns the root certificates of all profiles with https backends,
// enabled or not, in the order of their names, and makes what is missing. Those
// that can't be made are missing; Store.Err says why.
func (i *Instance) Roots() []Root {
	list, err := i.Store.Roots()
	if err != nil {
		i.log.Debug("root certificates", "error", err)
	}
	return describeRoots(i.roots, list)
}

// CertPath is the path of one PEM file with all root certificates.
func (i *Instance) CertPath() string { return i.roots.CertPath() }

// CAs are the root certificates of Roots in PEM, for a browser that is to trust
// them.
func (i *Instance) CAs() [][]byte {
	var all [][]byte
	for _, root := range i.Roots() {
		all = append(all, root.PEM)
	}
	return all
}

// RetiredRoots are the roots that were replaced, which should be in no trust store
// any more. Tell the Authorities' Forget once they aren't.
func (i *Instance) RetiredRoots() ([]authority.Retired, error) { return i.roots.Retired() }

// ForgetRoots drops retired roots, by fingerprint, once no trust store has them.
func (i *Instance) ForgetRoots(fingerprints ...string) error { return i.roots.Forget(fingerprints...) }

// FindRoots returns the roots of the running instance, or else of the stored
// profiles, and makes what is missing. Beside an error there may be some.
func FindRoots(ctx context.Context, dirs Dirs) ([]Root, error) {
	switch s, err := NewClient(dirs).Status(ctx); {
	case err == nil:
		return s.Roots, nil
	case !errors.Is(err, ErrNotRunning):
		return nil, err
	}
	return StoredRoots(dirs)
}

// StoredRoots is Instance.Roots where no instance runs, for the stored profiles.
// The error says which can't be made; the others are returned beside it.
func StoredRoots(dirs Dirs) ([]Root, error) {
	roots, err := authority.OpenRoots(dirs.Authority)
	if err != nil {
		return nil, err
	}
	swept := roots.Sweep(dirs.Profiles.Config)
	store, err := profiles.Open(dirs.Profiles, roots, func(*proxy.Ruleset) {})
	if err != nil {
		return nil, err
	}
	list, err := store.Roots()
	return describeRoots(roots, list), errors.Join(swept, err, store.Close())
}

func describeRoots(roots *authority.Roots, list []profiles.Root) []Root {
	all := make([]Root, 0, len(list))
	for _, r := range list {
		s := r.Status()
		all = append(all, Root{
			Profile: r.Profile, File: r.File, Enabled: r.Enabled,
			Subject: s.Subject, Cert: s.CertPath, PEM: r.PEM(), Key: s.KeyPath, SPKI: r.SPKI(), Fingerprint: s.Fingerprint,
			Hosts: s.Hosts, Until: s.ValidUntil, Renewed: roots.Renewed(r.File),
		})
	}
	return all
}

// renew has look look at the roots now and then, until stop is closed.
func renew(look func(), stop <-chan struct{}) {
	tick := time.NewTicker(renewEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			look()
		case <-stop:
			return
		}
	}
}
