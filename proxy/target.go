package proxy

import (
	"net/http"
	"net/url"
	"strings"
)

// target is where a request for u goes under rule: the upstream's scheme and
// prefix, with the host that the backend is told.
func target(rule *Rule, u *url.URL) *url.URL {
	if rule == nil || rule.Upstream == nil {
		return u
	}
	v := *u
	v.Scheme = rule.Upstream.Scheme
	if rule.Host != "" {
		v.Host = rule.Host
	}
	if prefix := strings.TrimSuffix(rule.Upstream.EscapedPath(), "/"); prefix != "" && u.Path != "*" {
		v.RawPath = prefix + writtenPath(u)
		v.Path, _ = url.PathUnescape(v.RawPath)
	}
	return &v
}

// writtenPath is u's path as it was written in the request, where EscapedPath
// also escapes what it finds unescaped.
func writtenPath(u *url.URL) string {
	if u.RawPath != "" {
		return u.RawPath
	}
	return u.EscapedPath()
}

// verbatim makes net/http send u's path as it was written: browsers leave some
// bytes as they are that net/url escapes, such as | and ^, and a backend may have
// signed the address. It is for requests in origin form. There is no way to do
// so with a path that begins with two slashes.
func verbatim(u *url.URL) *url.URL {
	if u.RawPath == "" || strings.HasPrefix(u.RawPath, "//") || u.RawPath == u.EscapedPath() {
		return u
	}
	v := *u
	v.Opaque = u.RawPath
	return &v
}

// asterisk gives OPTIONS about a server as a whole, which a client says to a
// proxy by leaving the path out, the path that net/http sends as * (RFC 9112,
// section 3.2.4).
func asterisk(r *http.Request) {
	if r.Method == http.MethodOptions && r.URL.Path == "" && r.URL.RawQuery == "" && !r.URL.ForceQuery {
		r.URL.Path = "*"
	}
}
