package proxy

import (
	"crypto/tls"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"

	"corsage/proxy/session"
)

// Rule is one backend of one enabled profile, compiled. It is immutable and
// shared by all exchanges.
type Rule struct {
	// Profile is the profile's name.
	Profile string
	// Backend chooses requests by scheme, host, port and path prefix.
	Backend Pattern
	// Path limits what is modified to matching paths; nil for all.
	Path *regexp.Regexp
	// Upstream is where to connect instead: scheme, host and port, and a path
	// prefix to put in front. The Host header stays the request's, and so does
	// the name in TLS unless ServerName is set. Nil to connect to the request's
	// own host.
	Upstream *url.URL
	// ServerName is the name that TLS asks the upstream for (RFC 6066, section 3)
	// and that its certificate must have; "" for the request's host.
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
	// Sessions is the profile's held session, shared by all its rules and kept
	// across rebuilds of the ruleset. Never nil.
	Sessions *session.Store
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
