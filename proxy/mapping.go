package proxy

import (
	"net/netip"
	"net/url"
	"strings"
)

// ToBackend returns a URL of f's own origin as the backend knows it; any other
// URL as it is.
func (f *Flow) ToBackend(address string) string {
	if f.Rule.Upstream == nil || f.prefix() == "" && f.BackendOrigin() == f.OwnOrigin() {
		return address
	}
	u, rest, ok := cutOrigin(address, f.URL.Scheme)
	if !ok || originOf(u) != f.OwnOrigin() {
		return address
	}
	if path := pathOf(rest); path != "" && f.Rule.ChoosesPath(path) {
		rest = f.prefix() + rest
	}
	return f.BackendOrigin() + rest
}

// FromBackend returns a URL reference (RFC 3986, section 4.1) in the backend's
// answer as the browser is to see it: where it names the upstream, however spelt,
// f's own origin stands instead, and the upstream's prefix is gone. Any other
// reference is returned as it is, and so is one to what the upstream has outside
// of its prefix, for which the browser has no address.
func (f *Flow) FromBackend(ref string) string {
	if f.Rule.Upstream == nil {
		return ref
	}
	prefix, own := f.prefix(), f.OwnOrigin()
	u, rest, absolute := cutOrigin(ref, f.Rule.Upstream.Scheme)
	switch {
	case absolute && originOf(u) == own:
		if prefix == "" || f.BackendOrigin() != own { // it was told how it is called here
			return ref
		}
	case absolute:
		if !f.namesBackend(u) {
			return ref
		}
	case prefix != "" && strings.HasPrefix(ref, "/") && !strings.HasPrefix(ref, "//"):
		own, rest = "", ref
	default:
		return ref
	}
	rest, under := strings.CutPrefix(rest, prefix)
	if !under || prefix != "" && rest != "" && !strings.ContainsRune("/?#", rune(rest[0])) {
		return ref
	}
	switch {
	case absolute:
	case !strings.HasPrefix(rest, "/"):
		rest = "/" + rest
	case len(rest) > 1 && strings.IndexByte("/\\", rest[1]) >= 0: // it would begin with a host
		own = f.OwnOrigin()
	}
	return own + rest
}

// prefix is what the upstream has in front of all paths; "" for nothing.
func (f *Flow) prefix() string { return strings.TrimSuffix(f.Rule.Upstream.EscapedPath(), "/") }

// DropsDomain reports whether a cookie's Domain (RFC 6265bis, section 5.6.3)
// covers the backend under one of its own names, but not the host that the
// browser asked: it would refuse such a cookie.
func (f *Flow) DropsDomain(domain string) bool {
	if f.Rule.Upstream == nil {
		return false
	}
	domain = strings.ToLower(strings.TrimPrefix(domain, "."))
	asked, _ := hostPort(f.URL.Host, f.URL.Scheme)
	told, _ := hostPort(target(f.Rule, f.URL).Host, f.Rule.Upstream.Scheme)
	at, _ := hostPort(f.Rule.Upstream.Host, f.Rule.Upstream.Scheme)
	return !covers(domain, asked) && (covers(domain, told) || covers(domain, at))
}

// covers reports whether host domain-matches domain (RFC 6265bis, section 5.1.3).
func covers(domain, host string) bool {
	if domain == host {
		return true
	}
	_, err := netip.ParseAddr(host)
	return err != nil && domain != "" && strings.HasSuffix(host, "."+domain)
}

// namesBackend reports whether u lies on the upstream: at its address, whatever
// the scheme; at the origin that the backend makes of the Host it is told; or at
// the url's own host with the upstream's scheme, which is what is left of it for
// a backend that does not know that there is TLS in front.
func (f *Flow) namesBackend(u *url.URL) bool {
	if origin := originOf(u); origin == f.BackendOrigin() || origin == f.Rule.Upstream.Scheme+"://"+Authority(f.URL) {
		return true
	}
	host, port := hostPort(u.Host, u.Scheme)
	at, atPort := hostPort(f.Rule.Upstream.Host, f.Rule.Upstream.Scheme)
	return port == atPort && (host == at || isThisMachine(host) && isThisMachine(at))
}

// isThisMachine reports one of the names that a server on this machine gives
// itself; on one port they are one server.
func isThisMachine(host string) bool {
	return host == "localhost" || host == "127.0.0.1" || host == "::1"
}

// cutOrigin splits an http or https URL, or one without a scheme but with a host,
// into its origin and what follows, as it is written. It reports false for
// anything else, and where a user name stands in the URL.
func cutOrigin(ref, scheme string) (origin *url.URL, rest string, ok bool) {
	after, ok := strings.CutPrefix(ref, "//")
	if !ok {
		if scheme, after, ok = strings.Cut(ref, "://"); !ok {
			return nil, "", false
		}
		if scheme = strings.ToLower(scheme); scheme != "http" && scheme != "https" {
			return nil, "", false
		}
	}
	end := strings.IndexAny(after, "/?#\\")
	if end < 0 {
		end = len(after)
	}
	host := after[:end]
	if host == "" || strings.Contains(host, "@") {
		return nil, "", false
	}
	return &url.URL{Scheme: scheme, Host: host}, after[end:], true
}

// pathOf is the path in what follows an origin.
func pathOf(rest string) string {
	if i := strings.IndexAny(rest, "?#"); i >= 0 {
		return rest[:i]
	}
	return rest
}
