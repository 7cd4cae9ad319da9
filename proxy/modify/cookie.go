package modify

import (
	"strings"

	"corsage/proxy"
	"corsage/proxy/session"
)

// editCookies puts every Set-Cookie line of an answer to an allowed page
// through edit.
func editCookies(f *proxy.Flow, why string, edit func(session.SetCookie) session.SetCookie) {
	if f.Relation != proxy.Allowed {
		return
	}
	lines := f.Response.Header["Set-Cookie"]
	edited := make([]string, len(lines))
	for i, line := range lines {
		edited[i] = edit(session.ParseSetCookie(line)).String()
	}
	f.SetResponse("Set-Cookie", why, edited...)
}

// plain reports whether the browser spoke plain http to the backend.
func plain(f *proxy.Flow) bool { return f.URL.Scheme == "http" || f.URL.Scheme == "ws" }

// needsSecure reports whether the cookie's name has a prefix that makes a
// browser insist on Secure (RFC 6265bis, section 4.1.3).
func needsSecure(c session.SetCookie) bool {
	name := strings.ToLower(c.Name())
	return strings.HasPrefix(name, "__secure-") || strings.HasPrefix(name, "__host-")
}

// cookie returns the value of the first cookie of that name in a request.
func cookie(f *proxy.Flow, name string) string {
	for _, line := range f.Request.Header["Cookie"] {
		for pair := range strings.SplitSeq(line, ";") {
			n, v, ok := strings.Cut(pair, "=")
			if ok && strings.Trim(n, " \t") == name {
				return strings.Trim(v, " \t")
			}
		}
	}
	return ""
}
