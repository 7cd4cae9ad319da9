package proxy

import (
	"crypto/tls"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"strings"

	"corsage/proxy/authority"
	"corsage/proxy/session"
)

// Rule is one backend of one enabled profile, compiled. It is immutable and
// shared by all exchanges.
type Rule struct {
	// Profile is the profile's name.
	Profile string
	// Authority is the profile's root, which signs the certificates that browsers
	// get for an https Backend. Nil where there is none: browsers then get no
	// connection to it.
	Authority *authority.Authority
	// Backend chooses requests by scheme, host, port and path prefix.
	Backend Pattern
	// Path chooses matching paths only; nil for all. Other paths of the host are
	// guarded, but go to the host itself.
	Path *regexp.Regexp
	// Upstream is where to connect instead: scheme, host and port, and a path
	// prefix to put in front. Nil to connect to the request's own host.
	Upstream *url.URL
	// Host is what Upstream gets as Host (RFC 9110, section 7.2): a name that it
	// answers to, perhaps with a port. "" for the request's own.
	Host string
	// ServerName is the name that TLS asks the upstream for (RFC 6066, section 3)
	// and that its certificate must have; "" for that in Host.
	ServerName string
	// CA is a PEM bundle trusted for this upstream besides the system's; may be nil.
	CA []byte
	// Certificate is shown to an upstream that asks for a client certificate
	// (RFC 8446, section 4.3.2), with its key; nil for none.
	Certificate *tls.Certificate
	// Proxy is the proxy on the way to the upstream.
	Proxy UpstreamProxy
	// Insecure turns verification of the upstream's certificate off.
	Insecure bool
	// Origins are the page origins that the profile allows.
	Origins Origins
	// Modifiers are the enabled ones, in the catalogue's order.
	Modifiers []Modifier
	// CSRF names the token cookie of the backend and the header that carries
	// the token.
	CSRF CSRF
	// Backends are those of the whole profile, this rule's among them.
	Backends []Pattern
	// Headers are the profile's own changes of headers, in its order.
	Headers []HeaderEdit
	// Sessions is the profile's held session, shared by all its rules and kept
	// across rebuilds of the ruleset. Never nil.
	Sessions *session.Store
}

// ChoosesPath reports whether the rule is for the escaped path on a host of its
// own.
func (r *Rule) ChoosesPath(path string) bool {
	return r.Backend.MatchPath(path) && (r.Path == nil || r.Path.MatchString(path))
}

// rest is the rule for what lies on the same host outside of the rule's paths:
// r itself, but without what is said of an upstream.
func (r *Rule) rest() *Rule {
	if r.Upstream == nil {
		return r
	}
	rest := *r
	rest.Upstream, rest.Host, rest.ServerName = nil, "", ""
	rest.CA, rest.Certificate, rest.Insecure = nil, nil, false
	return &rest
}

// ParseHost reads a Rule's Host: a name or address, perhaps with a port, which it
// returns in the form in which browsers write it.
func ParseHost(s string) (string, error) {
	p, err := ParsePattern("http://" + s)
	if err != nil || p.suffix || p.port == "*" || p.prefix != "" || strings.HasSuffix(s, "/") {
		return "", fmt.Errorf("%q is no host: it is url, upstream, or a name such as localhost:3000, without scheme, path and *", s)
	}
	return strings.TrimPrefix(p.String(), "http://"), nil
}

// ParseServerName reads a Rule's ServerName: a host name, which it returns as an
// A-label in lower case, or an IP address.
func ParseServerName(s string) (string, error) {
	if a, err := netip.ParseAddr(s); err == nil {
		return a.String(), nil
	}
	name, err := hostName(s)
	if err != nil {
		return "", fmt.Errorf("%q is no host name: it is one such as internal.example.com, without scheme, port and *", s)
	}
	return name, nil
}

// CSRF holds the names that a backend uses for its CSRF token.
type CSRF struct {
	Cookie string // such as "csrftoken"
	Header string // such as "X-CSRFToken"
}
