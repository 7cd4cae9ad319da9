package session

import (
	"net/url"
	"strings"
	"time"
)

// Expires returns when a cookie that is set now with this line ends, the zero
// time for one that lasts as long as the browser (RFC 6265bis, sections 5.6.1,
// 5.6.2 and 5.7). A time in the past ends the cookie.
func (c SetCookie) Expires(now time.Time) time.Time {
	var end time.Time
	var aged bool
	for _, text := range c.attrs {
		name, value := attr(text)
		if len(value) > maxAttr {
			continue
		}
		switch strings.ToLower(name) {
		case "max-age": // it goes before Expires
			if t, ok := parseMaxAge(value, now); ok {
				end, aged = t, true
			}
		case "expires":
			if t, ok := parseDate(value); ok && !aged {
				end = t
			}
		}
	}
	return end
}

// CookiePath returns the path of a cookie that an answer from u sets with this
// line (RFC 6265bis, section 5.6.4).
func (c SetCookie) CookiePath(u *url.URL) string {
	path := defaultPath(u)
	for _, text := range c.attrs {
		if name, value := attr(text); strings.EqualFold(name, "Path") && len(value) <= maxAttr {
			if path = value; !strings.HasPrefix(value, "/") {
				path = defaultPath(u)
			}
		}
	}
	return path
}

// PathMatches reports whether a cookie with the path goes to u (RFC 6265bis,
// section 5.1.4).
func PathMatches(path string, u *url.URL) bool { return PathWithin(path, pathOf(u)) }

// PathWithin reports whether a path is a cookie's path or lies below it (RFC
// 6265bis, section 5.1.4).
func PathWithin(cookiePath, path string) bool {
	c := Cookie{Path: cookiePath}
	return c.pathMatches(path)
}

// HostOf returns u's host in the form that a cookie's domain has: lower case,
// A-label, without port and final dot.
func HostOf(u *url.URL) string { return hostOf(u) }
