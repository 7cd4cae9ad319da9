package profiles

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"corsage/proxy"
	"corsage/proxy/authority"
)

// signer gives the rules of profiles their root certificates. The Store's change
// lock guards it.
type signer struct {
	roots  *authority.Roots  // nil where nothing is served
	signed map[string]signed // by path of the profile file
}

// signed are rules that were given a root.
type signed struct {
	plain, rules []*proxy.Rule // an entry's, and those with the root in them
	root         *authority.Authority
}

// root returns an entry's root, made where it is missing; nil where the entry
// needs none. Beside an error there may be one that is good for a part.
func (g *signer) root(e *entry) (*authority.Authority, error) {
	hosts := tlsHosts(e.rules)
	if g.roots == nil || len(hosts) == 0 {
		return nil, nil
	}
	root, err := g.roots.For(e.path, hosts)
	switch {
	case err != nil && root == nil:
		err = fmt.Errorf("the profile %s has no root certificate, so browsers get no connection to its https backends: %w", e.name(), err)
	case err != nil: // or it can't be read for the moment, as where descriptors run out
		err = fmt.Errorf("the root certificate of the profile %s can't be renewed, so browsers get no connection to hosts that are new in it, and to the others until it ends: %w", e.name(), err)
	}
	return root, err
}

// sign returns an entry's rules with its root in them: the same pointers as long
// as neither has changed.
func (g *signer) sign(e *entry) ([]*proxy.Rule, error) {
	root, err := g.root(e)
	if root == nil {
		delete(g.signed, e.path)
		return e.rules, err
	}
	if old := g.signed[e.path]; old.root == root && slices.Equal(old.plain, e.rules) {
		return old.rules, err
	}
	now := signed{plain: e.rules, root: root}
	for _, r := range e.rules {
		with := *r
		with.Authority = root
		now.rules = append(now.rules, &with)
	}
	g.signed[e.path] = now
	return now.rules, err
}

// stale reports whether an entry's root is another than its rules have, since
// another process renewed it or the time has come.
func (g *signer) stale(e *entry) bool {
	root, err := g.root(e)
	return err == nil && root != g.signed[e.path].root
}

// folders are those in which another process's change of a root shows.
func (g *signer) folders() []string {
	if g.roots == nil {
		return nil
	}
	return []string{filepath.Dir(g.roots.CertPath())}
}

// tlsHosts are those hosts of rules for which browsers are shown a certificate,
// a name alone where it has a wildcard before it; none for plain http.
func tlsHosts(rules []*proxy.Rule) []string {
	hosts := make(map[string]bool)
	for _, r := range rules {
		if scheme, host, _ := r.Backend.Target(); scheme == "https" {
			hosts[strings.TrimPrefix(host, "*.")] = true
		}
	}
	return slices.Sorted(maps.Keys(hosts))
}

// Root is the root certificate of one profile.
type Root struct {
	Profile string // the profile's name
	File    string // path of the profile file
	Enabled bool
	*authority.Authority
}

// Roots returns the roots of all profiles that have https backends, enabled or
// not, in the order of their names, and makes what is missing. The error says
// which can't be made; the others are returned beside it.
func (s *Store) Roots() ([]Root, error) {
	s.change.Lock()
	defer s.change.Unlock()
	var all []Root
	var errs []error
	for _, e := range s.sorted() {
		if e.profile == nil {
			continue
		}
		root, err := s.signer.root(e)
		errs = append(errs, err)
		if root != nil {
			all = append(all, Root{e.name(), e.path, s.enabled[e.name()], root})
		}
	}
	return all, errors.Join(errs...)
}

// Renew looks whether roots of enabled profiles were renewed, or must be, as they
// must some time before they end. Call it now and then.
func (s *Store) Renew() {
	s.change.Lock()
	defer s.change.Unlock()
	if !s.closed && (s.rootsStale() || s.rootErr() != nil) {
		s.publish()
	}
}

// rootsStale reports whether some enabled profile's rules lack its present root.
func (s *Store) rootsStale() bool {
	return slices.ContainsFunc(s.entries, func(e *entry) bool {
		return e.profile != nil && s.enabled[e.name()] && s.signer.stale(e)
	})
}

// rootErr is what keeps roots of enabled profiles from being made.
func (s *Store) rootErr() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rootFault
}

// rootFailed notes that, and says so in the log once.
func (s *Store) rootFailed(err error) {
	s.mu.Lock()
	told := fmt.Sprint(s.rootFault) == fmt.Sprint(err)
	s.rootFault = err
	s.mu.Unlock()
	if err != nil && !told {
		slog.Error("profiles: " + err.Error())
	}
}
