package pac

import (
	"net"
	"net/url"
	"strings"
)

// A Route is one way to a host: through the proxy at the URL, whose scheme is
// http, https or socks5, or directly, which is nil.
type Route = *url.URL

// ParseAnswer reads what FindProxyForURL returned: the ways to try, in order. An
// answer that names none is direct, as in browsers; entries that they don't know
// either are left out. SOCKS is taken for SOCKS5, which nearly all that speak the
// older version speak too.
func ParseAnswer(s string) []Route {
	var routes []Route
	for entry := range strings.SplitSeq(s, ";") {
		fields := strings.Fields(entry)
		switch {
		case len(fields) == 1 && strings.EqualFold(fields[0], "DIRECT"):
			routes = append(routes, nil)
			continue
		case len(fields) != 2:
			continue
		}
		scheme, usual := "", ""
		switch strings.ToUpper(fields[0]) {
		case "PROXY", "HTTP":
			scheme, usual = "http", "80"
		case "HTTPS":
			scheme, usual = "https", "443"
		case "SOCKS", "SOCKS5":
			scheme, usual = "socks5", "1080"
		default:
			continue
		}
		u, err := url.Parse(scheme + "://" + fields[1])
		if err != nil || u.Hostname() == "" || u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
			continue
		}
		if u.Port() == "" {
			u.Host = net.JoinHostPort(u.Hostname(), usual)
		}
		routes = append(routes, u)
	}
	if len(routes) == 0 {
		return []Route{nil}
	}
	return routes
}

// answer is what FindProxyForURL returns for a proxy of a Setting, nil for none.
// SOCKS stands behind SOCKS5 for those that know only that word.
func answer(u *url.URL) string {
	switch {
	case u == nil:
		return "DIRECT"
	case u.Scheme == "https":
		return "HTTPS " + withPort(u, "443")
	case u.Scheme == "http":
		return "PROXY " + withPort(u, "80")
	}
	address := withPort(u, "1080")
	return "SOCKS5 " + address + "; SOCKS " + address
}

func withPort(u *url.URL, usual string) string {
	if u.Port() != "" {
		return u.Host
	}
	return net.JoinHostPort(u.Hostname(), usual)
}
