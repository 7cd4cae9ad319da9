package proxy

import (
	"fmt"
	"net/url"
	"strings"
)

// Ruleset is the whole configuration of the engine: the rules of all enabled
// profiles, in order. It is immutable; a change of profiles makes a new one. A
// nil Ruleset matches nothing.
type Ruleset struct {
	rules []*Rule
	rests []*Rule // of each rule, what is its host's alone; see rest
}

// NewRuleset returns a Ruleset in which the first rule that matches wins.
func NewRuleset(rules ...*Rule) *Ruleset {
	s := &Ruleset{rules: rules}
	for _, r := range rules {
		s.rests = append(s.rests, r.rest())
	}
	return s
}

// Rules returns the rules in order. Read only.
func (s *Ruleset) Rules() []*Rule {
	if s == nil {
		return nil
	}
	return s.rules
}

// all returns every rule that Match may return.
func (s *Ruleset) all() []*Rule {
	if s == nil {
		return nil
	}
	return append(s.rules[:len(s.rules):len(s.rules)], s.rests...)
}

// Match returns the first rule that chooses the absolute URL u, and true. Where
// u lies on a chosen host, but not under a chosen path, it goes to the host
// itself: Match returns a rule without an upstream, the host's first or else what
// is left of the first without its upstream, and false: such an exchange is
// guarded, not modified. Without a rule it returns nil.
func (s *Ruleset) Match(u *url.URL) (r *Rule, modify bool) {
	host, port := hostPort(u.Host, u.Scheme)
	path := u.EscapedPath()
	elsewhere := false // r is what is left of a rule with an upstream
	for i, rule := range s.Rules() {
		if !rule.Backend.MatchHost(u.Scheme, host, port) {
			continue
		}
		if rule.ChoosesPath(path) {
			return rule, true
		}
		if r == nil || elsewhere && rule.Upstream == nil {
			r, elsewhere = s.rests[i], rule.Upstream != nil
		}
	}
	return r, false
}

// chooses reports whether a rule could match something at authority (a host,
// perhaps with a port), asked for with scheme "http" or "https".
func (s *Ruleset) chooses(scheme, authority string) bool {
	host, port := hostPort(authority, scheme)
	for _, rule := range s.Rules() {
		if rule.Backend.MatchHost(scheme, host, port) {
			return true
		}
	}
	return false
}

// signer returns the rule whose root signs for name on a connection to target, a
// host, perhaps with a port: the first for target whose root may sign for name,
// else any. The two differ where a client asks by TLS for another name than it
// connected to.
func (s *Ruleset) signer(target, name string) (*Rule, error) {
	host, port := hostPort(target, "https")
	var first, other *Rule // for target, and not
	for _, rule := range s.Rules() {
		here := rule.Backend.MatchHost("https", host, port)
		if here && first == nil {
			first = rule
		}
		switch {
		case rule.Authority == nil || !rule.Authority.Permits(name):
		case here:
			return rule, nil
		case other == nil:
			other = rule
		}
	}
	switch {
	case other != nil:
		return other, nil
	case first == nil:
		return nil, fmt.Errorf("no enabled profile has %s any more", target)
	case first.Authority == nil:
		return nil, fmt.Errorf("the profile %q has no root certificate: the Profiles window says why", first.Profile)
	case strings.EqualFold(name, host):
		return nil, fmt.Errorf("the root certificate of the profile %q does not cover %s: the Profiles window says why", first.Profile, host)
	}
	return nil, fmt.Errorf("the connection is to %s, but the browser asks for %s: add https://%s to the profile %q", host, name, name, first.Profile)
}

// elsewhere reports whether what is asked of authority goes to an upstream, but
// for single paths.
func (s *Ruleset) elsewhere(authority string) bool {
	for _, scheme := range []string{"https", "http"} {
		if r, _ := s.Match(&url.URL{Scheme: scheme, Host: authority, Path: "/"}); r != nil {
			return r.Upstream != nil
		}
	}
	return false
}
