package proxy

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// Pattern chooses backends: scheme://host[:port][/prefix], where the host may
// begin with "*." (any name below, not the name itself) and the port may be
// "*". The zero Pattern matches nothing.
type Pattern struct {
	scheme string // "http" or "https"; ws and wss are folded into them
	host   string // lower case, A-label, no trailing dot, no brackets; without the "*." of a wildcard
	suffix bool   // host is a wildcard's suffix
	port   string // decimal, or "*"
	prefix string // "" or begins with "/", no trailing "/"
}

// ParsePattern reads a backend's URL. The error says which part is wrong and
// what is allowed there.
func ParsePattern(s string) (Pattern, error) {
	var p Pattern
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok {
		return p, fmt.Errorf("%q has no scheme: write https://%s or http://%s", s, s, s)
	}
	switch strings.ToLower(scheme) {
	case "http", "ws":
		p.scheme = "http"
	case "https", "wss":
		p.scheme = "https"
	default:
		return p, fmt.Errorf("%q has the scheme %q: it must be http or https", s, scheme)
	}
	if strings.ContainsAny(rest, "?#") {
		return p, fmt.Errorf("%q has a query or fragment: only scheme://host[:port][/prefix] is allowed", s)
	}
	hostport, prefix, _ := strings.Cut(rest, "/")
	if strings.Contains(hostport, "@") {
		return p, fmt.Errorf("%q has a user name: leave out what stands before the @", s)
	}
	host, port := hostport, ""
	if i := strings.LastIndexByte(hostport, ':'); i >= 0 && !strings.HasSuffix(hostport, "]") {
		host, port = hostport[:i], hostport[i+1:]
		if strings.Contains(host, ":") && !strings.HasPrefix(host, "[") {
			return p, fmt.Errorf("%q has an IPv6 address without brackets: write [%s]", s, hostport)
		}
	}
	switch {
	case port == "*":
		p.port = port
	case port == "" && strings.HasSuffix(hostport, ":"):
		return p, fmt.Errorf("%q ends its host with a colon: write a port from 1 to 65535 or * after it", s)
	case port == "":
		p.port = defaultPort(p.scheme)
	default:
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return p, fmt.Errorf("%q has the port %q: it must be 1 to 65535 or *", s, port)
		}
		p.port = strconv.FormatUint(n, 10)
	}
	if name, ok := strings.CutPrefix(host, "*."); ok {
		p.suffix, host = true, name
	}
	var err error
	if p.host, err = hostName(host); err != nil {
		return Pattern{}, fmt.Errorf("%q: %w", s, err)
	}
	if _, err := netip.ParseAddr(p.host); err == nil && p.suffix {
		return Pattern{}, fmt.Errorf("%q has a wildcard before an address: a wildcard needs a name", s)
	}
	if prefix = strings.Trim(prefix, "/"); prefix != "" {
		u, err := url.Parse("/" + prefix)
		if err != nil {
			return Pattern{}, fmt.Errorf("%q has a broken prefix: %w", s, err)
		}
		p.prefix = u.EscapedPath()
	}
	return p, nil
}

// String returns the pattern in its normal form.
func (p Pattern) String() string {
	s := p.scheme + "://"
	host := p.host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if p.suffix {
		host = "*." + host
	}
	s += host
	if p.port != defaultPort(p.scheme) {
		s += ":" + p.port
	}
	return s + p.prefix
}

// Target returns what the pattern chooses by but the prefix, for a PAC file:
// "http" or "https", the host without brackets and perhaps with "*." in front,
// and a decimal port or "*".
func (p Pattern) Target() (scheme, host, port string) {
	if p.suffix {
		return p.scheme, "*." + p.host, p.port
	}
	return p.scheme, p.host, p.port
}

// MatchHost reports whether some address at host and port, asked for with
// scheme "http" or "https", could match. Any other scheme matches nothing.
func (p Pattern) MatchHost(scheme, host, port string) bool {
	if p.scheme == "" || scheme != p.scheme || p.port != "*" && port != p.port {
		return false
	}
	if !p.suffix {
		return host == p.host
	}
	return len(host) > len(p.host)+1 && strings.HasSuffix(host, p.host) && host[len(host)-len(p.host)-1] == '.'
}

// MatchPath reports whether the escaped path lies under the pattern's prefix.
func (p Pattern) MatchPath(path string) bool {
	rest, ok := strings.CutPrefix(path, p.prefix)
	return ok && (p.prefix == "" || rest == "" || rest[0] == '/')
}

// hostName brings a host to the one form in which names are compared: lower
// case, A-label, without trailing dot; an address without brackets.
func hostName(host string) (string, error) {
	bare := strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if a, err := netip.ParseAddr(bare); err == nil {
		if a.Is6() != (bare != host) {
			return "", fmt.Errorf("the address %q is written wrongly: IPv6 stands in brackets, IPv4 doesn't", host)
		}
		return a.String(), nil
	}
	profile := browserNames()
	name, err := profile.ToASCII(strings.TrimSuffix(host, "."))
	if err == nil { // an A-label that decodes to nothing valid is none
		name, err = profile.ToASCII(name)
	}
	if err != nil || name == "" || strings.HasPrefix(name, ".") || strings.HasSuffix(name, ".") || strings.ContainsFunc(name, notInName) {
		return "", fmt.Errorf("the host %q is not a host name (a * may only stand in front, as in *.example.com)", host)
	}
	return strings.ToLower(name), nil
}

// browserNames is UTS #46 as browsers use it (URL standard, "domain to ASCII"):
// with names that DNS hosts should not have, such as my_service and ab--cd.
func browserNames() *idna.Profile {
	return idna.New(idna.MapForLookup(), idna.BidiRule(), idna.StrictDomainName(false), idna.CheckHyphens(false))
}

func notInName(r rune) bool {
	return !('a' <= r && r <= 'z' || '0' <= r && r <= '9' || r == '-' || r == '_' || r == '.')
}

// hostPort splits an authority into the name to compare and a decimal port,
// scheme's default where it has none.
func hostPort(authority, scheme string) (host, port string) {
	u := url.URL{Host: authority}
	host, port = u.Hostname(), u.Port()
	if port == "" {
		port = defaultPort(scheme)
	}
	if mayBeAddr(host) {
		if a, err := netip.ParseAddr(host); err == nil {
			return a.String(), port
		}
	}
	host = strings.TrimSuffix(host, ".")
	if ascii(host) {
		return strings.ToLower(host), port
	}
	if name, err := browserNames().ToASCII(host); err == nil {
		host = name
	}
	return strings.ToLower(host), port
}

// mayBeAddr is false for most names at a glance: an address begins with a digit
// or has a colon (net.ParseIP's error is dear).
func mayBeAddr(host string) bool {
	return host != "" && ('0' <= host[0] && host[0] <= '9' || strings.Contains(host, ":"))
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

func defaultPort(scheme string) string {
	if scheme == "https" {
		return "443"
	}
	return "80"
}

// originOf serialises the origin of an absolute URL (RFC 6454, section 6.2).
func originOf(u *url.URL) string { return u.Scheme + "://" + Authority(u) }

// Authority returns the host of an absolute URL, with its port where that is not
// the scheme's own, as browsers write it into Host.
func Authority(u *url.URL) string {
	host, port := hostPort(u.Host, u.Scheme)
	if port != defaultPort(u.Scheme) {
		return net.JoinHostPort(host, port)
	}
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}
