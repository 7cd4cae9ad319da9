package verdict

import (
	"net/http"
	"testing"
)

const (
	chromiumAgent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"
	firefoxAgent  = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0"
	webkitAgent   = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15"
	safariAgent   = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15"
)

func TestBrowserOf(t *testing.T) {
	for _, c := range []struct {
		agent, access string
		want          Browser
	}{
		{chromiumAgent, "", Browser{Chromium, Allowed}},
		{chromiumAgent, "active", Browser{Chromium, Allowed}},
		{chromiumAgent, "none", Browser{Chromium, BlockedCookies}},
		{chromiumAgent, "inactive", Browser{Chromium, BlockedCookies}},
		{chromiumAgent + " Edg/156.0.0.0", "", Browser{Chromium, Allowed}},
		{firefoxAgent, "none", Browser{Firefox, Partitioned}},
		{webkitAgent, "", Browser{WebKit, NotStored}},
		{safariAgent, "", Browser{WebKit, BlockedCookies}},
		{"curl/8.5", "", Browser{UnknownEngine, Allowed}},
	} {
		h := header("User-Agent", c.agent)
		if c.access != "" {
			h.Set(storageAccess, c.access)
		}
		if got := BrowserOf(h); got != c.want {
			t.Errorf("%s %s: %+v", c.agent, c.access, got)
		}
	}
}

// What of the credentials mode a proxy sees.
func TestTold(t *testing.T) {
	for _, c := range []struct {
		name   string
		page   string
		method string
		header http.Header
		want   Credentials
	}{
		{"a cookie", localhost, "GET", header("Cookie", "a=1", "Origin", localhost), Include},
		{"Chromium with", localhost, "GET", header("User-Agent", chromiumAgent, "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "cors", storageAccess, "none"), Include},
		{"Chromium without", localhost, "GET", header("User-Agent", chromiumAgent, "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "cors"), SameOriginOnly},
		{"Firefox without", localhost, "GET", header("User-Agent", firefoxAgent, "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "cors"), SameOriginOnly},
		{"Firefox, redirected", "null", "GET", header("User-Agent", firefoxAgent, "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "cors"), UnknownCredentials},
		{"Firefox, the same domain over http", "http://app.example.com", "GET", header("User-Agent", firefoxAgent, "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "cors"), UnknownCredentials},
		{"an older Firefox", localhost, "GET", header("User-Agent", "Mozilla/5.0 Firefox/140.0", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "cors"), UnknownCredentials},
		{"WebKit", localhost, "GET", header("User-Agent", webkitAgent, "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "cors"), UnknownCredentials},
		{"plain http", localhost, "GET", header("User-Agent", chromiumAgent, "Origin", localhost), UnknownCredentials},
		{"the same site", "https://app.example.com", "GET", header("User-Agent", chromiumAgent, "Sec-Fetch-Site", "same-site", "Sec-Fetch-Mode", "cors"), UnknownCredentials},
		{"the own origin", "https://dev.example.com", "GET", header("User-Agent", chromiumAgent, "Sec-Fetch-Site", "same-origin", "Sec-Fetch-Mode", "cors"), SameOriginOnly},
		{"a preflight", localhost, "OPTIONS", header("Origin", localhost, requestMethod, "PUT", "User-Agent", chromiumAgent, "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "cors"), UnknownCredentials},
		{"an image", localhost, "GET", header("User-Agent", webkitAgent, "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors", "Sec-Fetch-Dest", "image"), Include},
		{"a font", localhost, "GET", header("User-Agent", webkitAgent, "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "cors", "Sec-Fetch-Dest", "font"), SameOriginOnly},
		{"a link", localhost, "GET", header("Sec-Fetch-Mode", "navigate"), Include},
		{"a WebSocket", localhost, "GET", header("Upgrade", "websocket"), Include},
	} {
		call := newCall(BrowserOf(c.header), Request{Page: c.page, URL: dev(t, "/"), Method: c.method, Header: c.header})
		if call.credentials != c.want || call.credentialsWhy == "" {
			t.Errorf("%s: %q, %s", c.name, call.credentials, call.credentialsWhy)
		}
	}
}

func TestOriginOf(t *testing.T) {
	for url, want := range map[string]string{
		"https://dev.example.com/a?b": "https://dev.example.com", "https://Dev.Example.com:443/": "https://dev.example.com", "http://a.test:443/": "http://a.test:443",
		"wss://a.test/": "https://a.test", "ws://a.test:80/": "http://a.test", "http://[::1]:8000/": "http://[::1]:8000",
	} {
		if got := originOf(parse(t, url)); got != want {
			t.Errorf("%s: %s, want %s", url, got, want)
		}
	}
}

func TestSameSite(t *testing.T) {
	for _, c := range []struct {
		a, b             string
		schemeful, loose bool
	}{
		{"http://localhost:3000", "http://localhost:8000", true, true},
		{"http://localhost:3000", "https://localhost", false, true},
		{"http://localhost", "http://127.0.0.1", false, false},
		{"http://127.0.0.1", "http://127.0.0.2", false, false},
		{"https://app.example.com", "https://dev.example.com:8443", true, true},
		{"http://app.example.com", "https://dev.example.com", false, true},
		{"https://a.github.io", "https://b.github.io", false, false},
		{"https://a.co.uk", "https://b.co.uk", false, false},
		{"https://a.internal", "https://b.internal", false, false},
		{"https://Example.com.", "https://example.com", true, true},
		{"null", "null", false, false},
		{"wss://a.example.com", "https://b.example.com", true, true},
		{"http://[::1]:3000", "http://[::1]:8000", true, true},
	} {
		a, b := siteOf(c.a), siteOf(c.b)
		if a.same(b, true) != c.schemeful || a.same(b, false) != c.loose {
			t.Errorf("%s and %s: %v with schemes, %v without", c.a, c.b, a.same(b, true), a.same(b, false))
		}
	}
}
