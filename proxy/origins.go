package proxy

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// Origins is a set of page origins: patterns as http://localhost:*, "null", and
// /regular expressions/ that must match a serialised origin as a whole. The
// zero Origins allows none.
type Origins struct {
	patterns []Pattern
	regexps  []*regexp.Regexp
	null     bool
	sites    []string // of patterns, see siteOf
}

// DefaultOrigins is what a profile allows that names no origins: pages on this
// machine, on any port.
func DefaultOrigins() []string {
	return []string{
		"http://localhost:*", "https://localhost:*",
		"http://127.0.0.1:*", "https://127.0.0.1:*",
		"http://[::1]:*", "https://[::1]:*",
	}
}

// ParseOrigin reads one entry of a profile's origins into a set of its own.
func ParseOrigin(s string) (Origins, error) {
	switch {
	case s == "null":
		return Origins{null: true}, nil
	case s == "*":
		return Origins{}, fmt.Errorf("%q would let every page use your session: name the origins", s)
	case strings.HasPrefix(s, "/"):
		body, ok := strings.CutSuffix(s[1:], "/")
		if !ok || body == "" {
			return Origins{}, fmt.Errorf("%q begins as a regular expression: it must end with a slash too", s)
		}
		if _, err := regexp.Compile(body); err != nil { // before it is wrapped: "a)|(b" would become one
			return Origins{}, fmt.Errorf("%q is no regular expression (RE2): %w", s, err)
		}
		re, err := regexp.Compile(`^(?:` + body + `)$`)
		if err != nil {
			return Origins{}, fmt.Errorf("%q is no regular expression (RE2): %w", s, err)
		}
		return Origins{regexps: []*regexp.Regexp{re}}, nil
	}
	p, err := ParsePattern(s)
	if err != nil {
		return Origins{}, fmt.Errorf("%w; an origin is scheme://host[:port], \"null\", or a /regular expression/", err)
	}
	if p.prefix != "" || strings.HasSuffix(s, "/") {
		return Origins{}, fmt.Errorf("%q has a path: an origin ends after its port", s)
	}
	return Origins{patterns: []Pattern{p}, sites: []string{siteOf(p.scheme, p.host)}}, nil
}

// ParseOrigins reads a profile's list. The error names the first wrong entry.
func ParseOrigins(list []string) (Origins, error) {
	var all Origins
	for _, s := range list {
		o, err := ParseOrigin(s)
		if err != nil {
			return Origins{}, err
		}
		all.patterns = append(all.patterns, o.patterns...)
		all.regexps = append(all.regexps, o.regexps...)
		all.null = all.null || o.null
		all.sites = append(all.sites, o.sites...)
	}
	return all, nil
}

// SharesCache reports whether a browser may keep what it gets for a page at origin
// together with what it gets for an allowed one: it does so for pages of one site
// (Fetch, section 2.7 "determine the network partition key"). A regular expression
// may allow any site.
func (o Origins) SharesCache(origin string) bool {
	if len(o.regexps) > 0 {
		return true
	}
	scheme, authority, ok := strings.Cut(origin, "://")
	if !ok {
		return o.null && origin == "null"
	}
	host, _ := hostPort(authority, scheme)
	return slices.Contains(o.sites, siteOf(scheme, host))
}

// siteOf serialises a site (HTML, "obtain a site"): the scheme with the
// registrable domain, or with the host where that has none.
func siteOf(scheme, host string) string {
	if domain, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		host = domain
	}
	return scheme + "://" + host
}

// Patterns returns the set's patterns in their normal form, such as
// http://localhost:*. Regular expressions and "null" are not among them.
func (o Origins) Patterns() []string {
	list := make([]string, len(o.patterns))
	for i, p := range o.patterns {
		list[i] = p.String()
	}
	return list
}

// Allows reports whether the serialised origin is in the set.
func (o Origins) Allows(origin string) bool {
	if origin == "null" {
		return o.null
	}
	scheme, authority, ok := strings.Cut(origin, "://")
	if !ok {
		return false
	}
	host, port := hostPort(authority, scheme)
	for _, p := range o.patterns {
		if p.MatchHost(scheme, host, port) {
			return true
		}
	}
	for _, re := range o.regexps {
		if re.MatchString(origin) {
			return true
		}
	}
	return false
}
