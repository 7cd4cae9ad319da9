package proxy

import "net/url"

// Ruleset is the whole configuration of the engine: the rules of all enabled
// profiles, in order. It is immutable; a change of profiles makes a new one. A
// nil Ruleset matches nothing.
type Ruleset struct{ rules []*Rule }

// NewRuleset returns a Ruleset in which the first rule that matches wins.
func NewRuleset(rules ...*Rule) *Ruleset { return &Ruleset{rules} }

// Rules returns the rules in order. Read only.
func (s *Ruleset) Rules() []*Rule {
	if s == nil {
		return nil
	}
	return s.rules
}

// Match returns the first rule that chooses the absolute URL u, and true. Where
// u lies on a chosen host, but not under a chosen path, it returns the first
// rule for that host and false: such an exchange is guarded, not modified.
// Without a rule it returns nil.
func (s *Ruleset) Match(u *url.URL) (r *Rule, modify bool) {
	host, port := hostPort(u.Host, u.Scheme)
	path := u.EscapedPath()
	for _, rule := range s.Rules() {
		if !rule.Backend.MatchHost(u.Scheme, host, port) {
			continue
		}
		if rule.Backend.MatchPath(path) && (rule.Path == nil || rule.Path.MatchString(path)) {
			return rule, true
		}
		if r == nil {
			r = rule
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
