package session

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// Cookie is one held cookie.
type Cookie struct {
	// Name and Value have the bytes that the backend or the browser sent.
	Name, Value string
	// Domain is the host, or the parent of hosts, it goes to: lower case,
	// A-label, without a dot in front.
	Domain string
	// HostOnly says that it goes to Domain alone and to no host below it.
	HostOnly bool
	// Path is the path it goes to, with all below.
	Path string
	// Expires is when it ends, the zero time where it lasts as long as the app.
	Expires time.Time
	// Secure says that it goes to https and to hosts on this machine only. A
	// Secure cookie that a backend itself set over plain http is not held as one.
	Secure bool
	// HTTPOnly and SameSite ("Strict", "Lax", "None" or "") are what the backend
	// set; the store sends the cookie all the same.
	HTTPOnly bool
	SameSite string
	// Sent says that the cookie was learned from a request: its path, end and
	// flags are guesses.
	Sent bool
	// Created is when it was first learned, and Used when it was last set, sent
	// or added to a request.
	Created, Used time.Time

	order     uint64 // of creation
	used      uint64 // of the last use
	confirmed bool   // the backend's own pages have sent this very value
}

// The bounds of RFC 6265bis, sections 5.5 to 5.7.
const (
	maxPair = 4096 // bytes of name and value
	maxAttr = 1024 // bytes of an attribute's value
	maxLife = 400 * 24 * time.Hour
)

// newCookie makes of a Set-Cookie line for the answer from u what a browser
// would store (RFC 6265bis, section 5.7), and reports false where it would
// refuse it. Unlike a browser it takes Secure cookies over plain http.
func newCookie(u *url.URL, line string, now time.Time) (Cookie, bool) {
	set := ParseSetCookie(line)
	host := hostOf(u)
	c := Cookie{Name: set.Name(), Value: set.Value(), Domain: host, HostOnly: true, Path: defaultPath(u), Created: now, Used: now}
	if !plausible(c.Name, c.Value) || host == "" || strings.ContainsFunc(line, control) {
		return Cookie{}, false
	}
	var domain, path string
	var secure, aged bool
	for _, text := range set.attrs {
		name, value := attr(text)
		if len(value) > maxAttr {
			continue
		}
		switch strings.ToLower(name) {
		case "domain":
			domain = value
		case "path":
			path = value
			if c.Path = value; !strings.HasPrefix(value, "/") {
				c.Path = defaultPath(u)
			}
		case "max-age": // it goes before Expires
			if end, ok := parseMaxAge(value, now); ok {
				c.Expires, aged = end, true
			}
		case "expires":
			if end, ok := parseDate(value); ok && !aged {
				c.Expires = end
			}
		case "secure":
			secure = true
		case "httponly":
			c.HTTPOnly = true
		case "samesite":
			c.SameSite = sameSite(value)
		}
	}
	if last := now.Add(maxLife); c.Expires.After(last) {
		c.Expires = last
	}
	if !c.setDomain(domain, host) {
		return Cookie{}, false
	}
	name := strings.ToLower(c.Name)
	if strings.HasPrefix(name, "__secure-") && !secure {
		return Cookie{}, false
	}
	if strings.HasPrefix(name, "__host-") && (!secure || !c.HostOnly || path != "/") {
		return Cookie{}, false
	}
	c.Secure = secure && u.Scheme != "http"
	return c, true
}

// setDomain applies the Domain attribute (RFC 6265bis, section 5.7, steps 7 to
// 10), and reports whether host may set it.
func (c *Cookie) setDomain(domain, host string) bool {
	if domain = strings.TrimPrefix(domain, "."); domain == "" {
		return true
	}
	if strings.ContainsFunc(domain, notASCII) {
		return false
	}
	domain = strings.ToLower(domain)
	if isIP(host) {
		return domain == host
	}
	if suffix, _ := publicsuffix.PublicSuffix(domain); suffix == domain {
		return domain == host // as if there were no Domain
	}
	if domain != host && !strings.HasSuffix(host, "."+domain) {
		return false
	}
	c.Domain, c.HostOnly = domain, false
	return true
}

// expired reports whether the cookie has ended.
func (c *Cookie) expired(now time.Time) bool {
	return !c.Expires.IsZero() && !c.Expires.After(now)
}

// pathMatches is RFC 6265bis, section 5.1.4.
func (c *Cookie) pathMatches(path string) bool {
	rest, ok := strings.CutPrefix(path, c.Path)
	return ok && (rest == "" || rest[0] == '/' || strings.HasSuffix(c.Path, "/"))
}

func parseMaxAge(s string, now time.Time) (time.Time, bool) {
	digits := strings.TrimPrefix(s, "-")
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return time.Time{}, false
	}
	if digits != s || strings.Trim(digits, "0") == "" {
		return time.Unix(0, 0), true
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n > int64(maxLife/time.Second) {
		n = int64(maxLife / time.Second)
	}
	return now.Add(time.Duration(n) * time.Second), true
}

// sameSite folds a SameSite value into one of the three that mean something.
func sameSite(value string) string {
	for _, known := range []string{"Strict", "Lax", "None"} {
		if strings.EqualFold(value, known) {
			return known
		}
	}
	return ""
}

// defaultPath is the directory of u (RFC 6265bis, section 5.1.4).
func defaultPath(u *url.URL) string {
	path := pathOf(u)
	if i := strings.LastIndexByte(path, '/'); i > 0 {
		return path[:i]
	}
	return "/"
}

func pathOf(u *url.URL) string {
	if p := u.EscapedPath(); strings.HasPrefix(p, "/") {
		return p
	}
	return "/"
}

// hostOf is the host of u in the form that Domain has.
func hostOf(u *url.URL) string {
	host := strings.TrimSuffix(u.Hostname(), ".")
	if a, ok := addr(host); ok {
		return a.String()
	}
	if !strings.ContainsFunc(host, notASCII) {
		return strings.ToLower(host)
	}
	if name, err := idna.Lookup.ToASCII(host); err == nil {
		host = name
	}
	return strings.ToLower(host)
}

func notASCII(r rune) bool { return r >= 0x80 }

func isIP(host string) bool {
	_, ok := addr(host)
	return ok
}

// addr reads an address, and tells most names at a glance: it begins with a
// digit or has a colon.
func addr(host string) (netip.Addr, bool) {
	if host == "" || (host[0] < '0' || host[0] > '9') && !strings.Contains(host, ":") {
		return netip.Addr{}, false
	}
	a, err := netip.ParseAddr(host)
	return a, err == nil
}

// trusted reports whether a Secure cookie may be sent to u: browsers count
// this machine as secure.
func trusted(u *url.URL) bool {
	if u.Scheme == "https" || u.Scheme == "wss" {
		return true
	}
	host := hostOf(u)
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	a, ok := addr(host)
	return ok && a.IsLoopback()
}

// plausible reports whether a browser could store and send the pair. Cookies
// without a name are not held: their text could pass for another's name.
func plausible(name, value string) bool {
	return name != "" && len(name)+len(value) <= maxPair
}

// control reports what RFC 6265bis refuses anywhere in a Set-Cookie line.
func control(r rune) bool { return r < 0x20 && r != '\t' || r == 0x7f }
