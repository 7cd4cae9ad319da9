package modify

import (
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/net/http/httpguts"

	"corsage/proxy"
	"corsage/proxy/session"
)

// CSRFToken carries the backend's CSRF token to the page and back. The names of
// the cookie and the header are the rule's; an empty one turns it off.
func CSRFToken() proxy.Modifier {
	return proxy.Modifier{
		Name:  "csrf-token",
		Group: proxy.GroupCSRF,
		Label: "Carry the CSRF token",
		Help: "Copies the value of the CSRF cookie into the token header, by default csrftoken into X-CSRFToken: on answers, where the page can read it, and on requests that change something, if the page sent none. " +
			"A page can't read another host's cookies, so it has no other way to the token. " +
			"Standard: RFC 6265bis, section 5.8 \"Retrieval Model\"; with expose-headers, Fetch, \"CORS-safelisted response-header name\".",
		Default: true,
		Request: func(f *proxy.Flow) {
			names := f.Rule.CSRF
			if !relayed(f) || names.Cookie == "" || names.Header == "" ||
				!unsafeMethod(f.Request.Method) || hasCSRF(f.Request.Header, names.Header) {
				return
			}
			if token := headerToken(cookie(f, names.Cookie)); token != "" {
				f.SetRequest(names.Header, "CSRF protection wants the token of the cookie in this header, and the page can't read the cookie.", token)
			}
		},
		Response: func(f *proxy.Flow) {
			names := f.Rule.CSRF
			if f.Preflight || !underCORS(f) || names.Cookie == "" || names.Header == "" || f.Response.Header.Get(names.Header) != "" {
				return
			}
			if token := headerToken(newestToken(f, names.Cookie)); token != "" {
				f.SetResponse(names.Header, "A page can't read another host's cookies: here it finds the token to send back.", token)
			}
		},
	}
}

// hasCSRF reports whether the page sent a token. What scripts send that looked
// for the cookie in vain is none.
func hasCSRF(h http.Header, name string) bool {
	switch h.Get(name) {
	case "", "null", "undefined":
		return false
	}
	return true
}

// newestToken is the named cookie's value after f: what the answer sets, else
// what the request sent.
func newestToken(f *proxy.Flow, name string) string {
	value := cookie(f, name)
	for _, line := range f.Response.Header["Set-Cookie"] {
		if c := session.ParseSetCookie(line); c.Name() == name {
			value = c.Value()
		}
	}
	return value
}

// headerToken is a cookie's value as client libraries put it into a header:
// without quotes around it and with percent escapes undone. It is "" where the
// result can't stand in a header.
func headerToken(value string) string {
	if len(value) >= 2 && strings.HasPrefix(value, `"`) && strings.HasSuffix(value, `"`) {
		value = value[1 : len(value)-1]
	}
	if plain, err := url.PathUnescape(value); err == nil {
		value = plain
	}
	if !httpguts.ValidHeaderFieldValue(value) {
		return ""
	}
	return value
}
