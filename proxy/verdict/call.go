package verdict

import (
	"net/url"
	"strings"
)

// call is a request with what was told from its headers.
type call struct {
	browser Browser
	Request
	page           string // origin of the page; "" where there is none
	origin         string // origin of the URL
	mode           Mode
	credentials    Credentials
	credentialsWhy string
}

func newCall(b Browser, req Request) *call {
	c := &call{browser: b, Request: req, page: req.Page, origin: originOf(req.URL), mode: req.mode()}
	c.credentials, c.credentialsWhy = c.told()
	return c
}

// mode is the given mode, or what the headers say: Sec-Fetch-Mode, which browsers
// send to https and localhost only (Fetch Metadata, section 2), or else Origin,
// without which no cross-origin request has mode cors.
func (r *Request) mode() Mode {
	if r.Mode != "" {
		return r.Mode
	}
	if strings.EqualFold(r.Header.Get("Upgrade"), "websocket") || r.Header.Get("Sec-Websocket-Key") != "" {
		return WebSocket
	}
	if m := r.Header.Get("Sec-Fetch-Mode"); m != "" {
		return Mode(m)
	}
	switch {
	case r.Header.Get("Upgrade-Insecure-Requests") == "1":
		return Navigate
	case r.Header.Get("Origin") != "":
		return CORS
	}
	return NoCORS
}

// sameOrigin reports whether page and backend share an origin.
func (c *call) sameOrigin() bool {
	if c.page == "" {
		return c.Header.Get("Sec-Fetch-Site") == "same-origin"
	}
	return c.page == c.origin
}

// originOf serialises the origin of u (HTML, "serialization of an origin"), that
// of a WebSocket as the http one in whose place it stands.
func originOf(u *url.URL) string {
	scheme := strings.ToLower(u.Scheme)
	switch scheme {
	case "ws":
		scheme = "http"
	case "wss":
		scheme = "https"
	}
	host, port := strings.ToLower(u.Hostname()), u.Port()
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port == "" || port == defaultPort(scheme) {
		return scheme + "://" + host
	}
	return scheme + "://" + host + ":" + port
}
