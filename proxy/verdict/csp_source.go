package verdict

import (
	"net/url"
	"strings"
)

// source is a scheme-source or host-source expression (CSP, section 2.3.1).
// host is "" for a scheme-source.
type source struct{ scheme, host, port, path string }

// parseSource reports false for an expression of another kind, or a wrong one,
// which matches nothing.
func parseSource(s string) (source, bool) {
	var src source
	if scheme, rest, ok := strings.Cut(s, "://"); ok {
		if !isScheme(scheme) {
			return source{}, false
		}
		src.scheme, s = strings.ToLower(scheme), rest
	} else if scheme, rest, ok := strings.Cut(s, ":"); ok && rest == "" {
		return source{scheme: strings.ToLower(scheme)}, isScheme(scheme)
	}
	if i := strings.IndexByte(s, '/'); i >= 0 {
		s, src.path = s[:i], s[i:]
	}
	host, port, ok := strings.Cut(s, ":")
	if ok && port != "*" && (port == "" || strings.Trim(port, "0123456789") != "") {
		return source{}, false
	}
	src.host, src.port = strings.ToLower(host), port
	if strings.ContainsAny(src.path, "?#") {
		src.path = src.path[:strings.IndexAny(src.path, "?#")]
	}
	return src, isHost(src.host)
}

func isScheme(s string) bool {
	s = strings.ToLower(s)
	return s != "" && s[0] >= 'a' && s[0] <= 'z' && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789+-.") == ""
}

// isHost reports a host-part: "*", or labels, the first of which may be "*".
func isHost(s string) bool {
	if s == "*" {
		return true
	}
	s = strings.TrimSuffix(strings.TrimPrefix(s, "*."), ".")
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return false
		}
	}
	return true
}

// matches is CSP, section 6.7.2, "Does url match expression in origin with
// redirect count?". A WebSocket's URL has the scheme ws or wss, or http and https
// in their place, as a proxy sees it.
func (a asked) matches(expression string) bool {
	u, scheme := a.url, strings.ToLower(a.url.Scheme)
	if a.webSocket {
		switch scheme {
		case "http":
			scheme = "ws"
		case "https":
			scheme = "wss"
		}
	}
	page, err := url.Parse(a.self)
	if err != nil {
		page = &url.URL{}
	}
	switch {
	case expression == "*":
		return scheme == "http" || scheme == "https" || scheme == "ws" || scheme == "wss" || scheme == page.Scheme
	case strings.EqualFold(expression, "'self'"):
		return matchSelf(page, u, scheme)
	}
	src, ok := parseSource(expression)
	if !ok {
		return false
	}
	if src.scheme != "" && !a.matchScheme(src.scheme, scheme) {
		return false
	}
	if src.host == "" {
		return true
	}
	if src.scheme == "" && !a.matchScheme(page.Scheme, scheme) {
		return false
	}
	return matchHost(src.host, strings.ToLower(u.Hostname())) && matchPort(src.port, u.Port(), scheme) &&
		(a.redirected || matchPath(src.path, u.EscapedPath()))
}

// matchSelf is the part of it that is about 'self'.
func matchSelf(page, u *url.URL, scheme string) bool {
	if page.Host == "" || !strings.EqualFold(page.Hostname(), u.Hostname()) {
		return false
	}
	if originOf(page) == originOf(u) {
		return true
	}
	ports := port(page.Port(), page.Scheme) == port(u.Port(), scheme) ||
		port(page.Port(), page.Scheme) == defaultPort(page.Scheme) && port(u.Port(), scheme) == defaultPort(scheme)
	return ports && (scheme == "https" || scheme == "wss" || page.Scheme == "http")
}

// matchScheme is section 6.7.2, "scheme-part matching": an insecure scheme covers
// its secure one, and those of WebSockets cover, so the standard, http and https.
func (a asked) matchScheme(pattern, scheme string) bool {
	switch {
	case pattern == scheme, pattern == "http" && scheme == "https", pattern == "ws" && scheme == "wss":
		return true
	case !a.socketsCoverHTTP:
		return false
	}
	return pattern == "ws" && (scheme == "http" || scheme == "https") || pattern == "wss" && scheme == "https"
}

// matchHost is section 6.7.2, "host-part matching". Addresses match as names do,
// which the standard denies and browsers grant.
func matchHost(pattern, host string) bool {
	if rest, ok := strings.CutPrefix(pattern, "*"); ok {
		return strings.HasSuffix(host, rest)
	}
	return pattern == host
}

// matchPort is section 6.7.2, "port-part matching"; an upgrade from http to https takes the port
// along.
func matchPort(pattern, have, scheme string) bool {
	have = port(have, scheme)
	return pattern == "*" || port(pattern, scheme) == have || pattern == "80" && have == "443"
}

// matchPath is section 6.7.2, "path-part matching".
func matchPath(pattern, path string) bool {
	if pattern == "" || pattern == "/" && path == "" {
		return true
	}
	exact := !strings.HasSuffix(pattern, "/")
	a, b := strings.Split(pattern, "/"), strings.Split(path, "/")
	if !exact {
		a = a[:len(a)-1]
	}
	if len(a) > len(b) || exact && len(a) != len(b) || !exact && len(b) < len(a)+1 {
		return false
	}
	for i, piece := range a {
		if decoded(piece) != decoded(b[i]) {
			return false
		}
	}
	return true
}

func decoded(s string) string {
	if d, err := url.PathUnescape(s); err == nil {
		return d
	}
	return s
}

func port(p, scheme string) string {
	if p == "" {
		return defaultPort(scheme)
	}
	return p
}

func defaultPort(scheme string) string {
	switch scheme {
	case "http", "ws":
		return "80"
	case "https", "wss":
		return "443"
	}
	return ""
}
