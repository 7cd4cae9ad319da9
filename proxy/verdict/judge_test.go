package verdict

import (
	"net/http"
	"strings"
	"testing"
)

// header makes a header of names and values in turn.
func header(fields ...string) http.Header {
	h := http.Header{}
	for i := 0; i < len(fields); i += 2 {
		h.Add(fields[i], fields[i+1])
	}
	return h
}

// The modes that are not CORS, redirects, and what decides before an answer.
func TestJudge(t *testing.T) {
	const own = "https://dev.example.com"
	cors := []string{allowOrigin, localhost, allowCredentials, "true"}
	with := func(fields ...string) []string { return append(append([]string{}, cors...), fields...) }
	for _, c := range []struct {
		name    string
		req     Request
		status  int
		header  []string
		outcome Outcome
		section string
		why     string
	}{
		{"own origin", Request{Page: own, Mode: CORS}, 500, nil, Readable, "main fetch", "share an origin"},
		{"own origin, no Referer", Request{Header: header("Sec-Fetch-Site", "same-origin", "Sec-Fetch-Mode", "cors")}, 200, nil, Readable, "main fetch", ""},
		{"own origin, other port", Request{Page: own + ":8443", Mode: CORS}, 200, nil, Blocked, corsCheck, ""},
		{"own origin, other scheme", Request{Page: "http://dev.example.com", Mode: CORS}, 200, nil, Blocked, corsCheck, ""},
		{"every status", Request{Page: localhost, Mode: CORS}, 502, cors, Readable, corsCheck, ""},
		{"opaque origin", Request{Page: "null", Mode: CORS}, 200, []string{allowOrigin, "null", allowCredentials, "true"}, Readable, corsCheck, ""},
		{"opaque origin, the page's named", Request{Page: "null", Mode: CORS}, 200, cors, Blocked, corsCheck, "null"},
		{"no-cors", Request{Page: localhost, Mode: NoCORS}, 200, cors, Opaque, "opaque filtered response", ""},
		{"mode same-origin", Request{Page: localhost, Mode: SameOrigin}, 200, cors, Blocked, "main fetch", "mode: 'same-origin'"},
		{"304 without CORS headers", Request{Page: localhost, Mode: CORS}, 304, nil, Unknown, corsCheck, "has kept"},
		{"304 with another's", Request{Page: localhost, Mode: CORS}, 304, []string{allowOrigin, own}, Blocked, corsCheck, ""},

		{"redirect without CORS headers", Request{Page: localhost, Mode: CORS}, 302, []string{"Location", "/login"}, Blocked, corsCheck, ""},
		{"redirect", Request{Page: localhost, Mode: CORS}, 302, with("Location", "/login?next=x"), Followed, "HTTP-redirect fetch", "to https://dev.example.com/login; the answer"},
		{"redirect to another origin", Request{Page: localhost, Mode: CORS}, 307, with("Location", "https://sso.example.net/"), Followed, "HTTP-redirect fetch", "Origin: null"},
		{"redirect from the own origin", Request{Page: own, Mode: CORS}, 302, []string{"Location", "https://sso.example.net/"}, Followed, "HTTP-redirect fetch", "to https://sso.example.net/; the answer"},
		{"redirect with a user name", Request{Page: localhost, Mode: CORS}, 302, with("Location", "https://me@sso.example.net/"), Blocked, "HTTP-redirect fetch", "user name"},
		{"redirect with a user name to the page's origin", Request{Page: localhost, Mode: CORS}, 302, with("Location", "http://me@localhost:3000/"), Blocked, "HTTP-redirect fetch", "user name"},
		{"own redirect with a user name", Request{Page: own, Mode: CORS}, 302, []string{"Location", "https://me@dev.example.com/"}, Followed, "HTTP-redirect fetch", ""},
		{"redirect to a file", Request{Page: localhost, Mode: CORS}, 302, with("Location", "file:///etc/passwd"), Blocked, "HTTP-redirect fetch", ""},
		{"redirect without Location", Request{Page: localhost, Mode: CORS}, 302, cors, Readable, corsCheck, ""},
		{"300 is none", Request{Page: localhost, Mode: CORS}, 300, with("Location", "/x"), Readable, corsCheck, ""},
		{"redirect against the policy", Request{Page: localhost, Mode: CORS, Policy: &Policy{CSP: []string{"connect-src https://dev.example.com"}}}, 302,
			with("Location", "https://sso.example.net/"), Blocked, `6.7.2 "URL Matching"`, "redirects to https://sso.example.net"},
		{"redirect to another path of the policy's", Request{Page: localhost, Mode: CORS, Policy: &Policy{CSP: []string{"connect-src https://dev.example.com/api"}}}, 302,
			with("Location", "/login"), Followed, "HTTP-redirect fetch", ""},

		{"WebSocket", Request{Page: localhost, Mode: WebSocket}, 101, nil, Connected, "establish a WebSocket connection", ""},
		{"WebSocket refused", Request{Page: localhost, Header: header("Upgrade", "websocket", "Origin", localhost)}, 403, nil, Blocked, "establish a WebSocket connection", "403"},
		{"WebSocket over HTTP/2", Request{Page: localhost, Method: "CONNECT", Mode: WebSocket}, 200, nil, Connected, "establish a WebSocket connection", ""},
		{"link", Request{Page: localhost, Header: header("Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document")}, 200, []string{"X-Frame-Options", "DENY"}, Shown, "navigate", ""},
		{"redirected link", Request{Page: localhost, Header: header("Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document")}, 302, []string{"Location", "/"}, Followed, "create navigation params by fetching", ""},

		{"script with nosniff", Request{Page: localhost, Header: header("Sec-Fetch-Mode", "no-cors", "Sec-Fetch-Dest", "script")}, 200,
			[]string{"X-Content-Type-Options", "nosniff", "Content-Type", "application/json"}, Blocked, "X-Content-Type-Options", ""},
		{"script with its type", Request{Page: localhost, Header: header("Sec-Fetch-Mode", "no-cors", "Sec-Fetch-Dest", "script")}, 200,
			[]string{"X-Content-Type-Options", "nosniff", "Content-Type", "text/javascript; charset=utf-8"}, Opaque, "opaque filtered response", ""},
		{"image as a script", Request{Page: localhost, Header: header("Sec-Fetch-Mode", "cors", "Sec-Fetch-Dest", "script")}, 200,
			with("Content-Type", "image/png"), Blocked, "should response to request be blocked due to its MIME type?", ""},
		{"style with nosniff", Request{Page: localhost, Header: header("Sec-Fetch-Mode", "no-cors", "Sec-Fetch-Dest", "style")}, 200,
			[]string{"X-Content-Type-Options", "NoSniff", "Content-Type", "text/plain"}, Blocked, "X-Content-Type-Options", ""},
	} {
		c.req.URL, c.req.Credentials, c.req.Proxied = dev(t, "/api"), Include, true
		if c.req.Method == "" {
			c.req.Method = "GET"
		}
		v := Judge(Browser{Chromium, Allowed}, c.req, &Response{c.status, header(c.header...)})
		if v.Outcome != c.outcome || v.Rule.Section != c.section || !strings.Contains(v.Why, c.why) || v.Why == "" {
			t.Errorf("%s: %s by %+v: %s", c.name, v.Outcome, v.Rule, v.Why)
		}
		if v.Outcome == Blocked && v.Short == "" {
			t.Errorf("%s: blocked, and nothing for the row", c.name)
		}
	}
}

// Fetch, section 3.7 "Cross-Origin-Resource-Policy header", with and without an
// embedder policy.
func TestResourcePolicy(t *testing.T) {
	for _, c := range []struct {
		name, page, url, corp, coep string
		credentials                 Credentials
		blocked                     bool
		header                      string
	}{
		{"none", localhost, "https://dev.example.com/", "", "", Include, false, ""},
		{"same-origin", localhost, "https://dev.example.com/", "same-origin", "", Include, true, resourcePolicy},
		{"same-origin of a same site", "https://app.example.com", "https://dev.example.com/", "same-origin", "", Include, true, resourcePolicy},
		{"same-site", "https://app.example.com", "https://dev.example.com/", "same-site", "", Include, false, ""},
		{"same-site of another site", localhost, "https://dev.example.com/", "same-site", "", Include, true, resourcePolicy},
		{"same-site, https page", "https://app.example.com", "http://dev.example.com/", "same-site", "", Include, false, ""},
		{"same-site, https answer", "http://app.example.com", "https://dev.example.com/", "same-site", "", Include, true, resourcePolicy},
		{"same-site on localhost", localhost, "http://localhost:8000/", "same-site", "", Include, false, ""},
		{"cross-origin", localhost, "https://dev.example.com/", "cross-origin", "require-corp", Include, false, ""},
		{"unknown value", localhost, "https://dev.example.com/", "anything", "", Include, false, ""},
		{"in capitals", localhost, "https://dev.example.com/", "Same-Origin", "", Include, false, ""},
		{"require-corp", localhost, "https://dev.example.com/", "", "require-corp", Include, true, embedderPolicy},
		{"require-corp; report-to", localhost, "https://dev.example.com/", "", `require-corp; report-to="x"`, Include, true, embedderPolicy},
		{"require-corp on plain http", "http://app.example.net", "https://dev.example.com/", "", "require-corp", Include, false, ""},
		{"credentialless", localhost, "https://dev.example.com/", "", "credentialless", Omit, false, ""},
		{"credentialless carries none", localhost, "https://dev.example.com/", "", "credentialless", Include, false, ""},
		{"credentialless and same-origin", localhost, "https://dev.example.com/", "same-origin", "credentialless", Include, true, resourcePolicy},
		{"unsafe-none", localhost, "https://dev.example.com/", "", "unsafe-none", Include, false, ""},
	} {
		h := http.Header{}
		if c.corp != "" {
			h.Set(resourcePolicy, c.corp)
		}
		req := Request{Page: c.page, URL: parse(t, c.url), Method: "GET", Mode: NoCORS, Credentials: c.credentials, Policy: &Policy{Embedder: c.coep}, Arrived: true}
		v := Judge(Browser{Engine: Chromium}, req, &Response{200, h})
		if (v.Outcome == Blocked) != c.blocked || v.Outcome != Blocked && v.Outcome != Opaque || c.blocked && v.Rule.Header != c.header {
			t.Errorf("%s: %s by %+v", c.name, v.Outcome, v.Rule)
		}
		if name, value, _ := strings.Cut(v.Remedy, ": "); c.blocked {
			if again := Judge(Browser{Engine: Chromium}, req, &Response{200, http.Header{name: {value}}}); again.Outcome != Opaque {
				t.Errorf("%s: with %s it is %s", c.name, v.Remedy, again.Outcome)
			}
		}
		// A CORS answer is none of its business.
		req.Mode = CORS
		if v := Judge(Browser{Engine: Chromium}, req, &Response{200, header(allowOrigin, c.page, allowCredentials, "true", resourcePolicy, "same-origin")}); v.Outcome != Readable {
			t.Errorf("%s: with CORS %+v", c.name, v)
		}
	}
}

// Documents in frames: frame-ancestors, X-Frame-Options, and the embedder policy.
func TestFrames(t *testing.T) {
	const own = "https://dev.example.com"
	for _, c := range []struct {
		name, page, top, coep string
		header                []string
		outcome               Outcome
		by                    string
	}{
		{"nothing", localhost, "", "", nil, Shown, ""},
		{"DENY", own, "", "", []string{"X-Frame-Options", "deny"}, Blocked, "X-Frame-Options"},
		{"SAMEORIGIN", own, "", "", []string{"X-Frame-Options", "SameOrigin"}, Shown, ""},
		{"SAMEORIGIN of another", localhost, "", "", []string{"X-Frame-Options", "SAMEORIGIN"}, Blocked, "X-Frame-Options"},
		{"SAMEORIGIN, all ancestors", own, localhost, "", []string{"X-Frame-Options", "SAMEORIGIN"}, Blocked, "X-Frame-Options"},
		{"twice", own, "", "", []string{"X-Frame-Options", "SAMEORIGIN", "X-Frame-Options", "SAMEORIGIN"}, Shown, ""},
		{"conflict", own, "", "", []string{"X-Frame-Options", "SAMEORIGIN, DENY"}, Blocked, "X-Frame-Options"},
		{"ALLOW-FROM is ignored", localhost, "", "", []string{"X-Frame-Options", "ALLOW-FROM " + own}, Shown, ""},
		{"frame-ancestors goes first", localhost, "", "", []string{"X-Frame-Options", "DENY", "Content-Security-Policy", "frame-ancestors " + localhost}, Shown, ""},
		{"frame-ancestors 'self'", localhost, "", "", []string{"Content-Security-Policy", "frame-ancestors 'self'"}, Blocked, "frame-ancestors"},
		{"frame-ancestors 'none'", own, "", "", []string{"Content-Security-Policy", "default-src *; frame-ancestors 'none'"}, Blocked, "frame-ancestors"},
		{"frame-ancestors, top too", own, localhost, "", []string{"Content-Security-Policy", "frame-ancestors 'self'"}, Blocked, "frame-ancestors"},
		{"frame-ancestors, two policies", localhost, "", "", []string{"Content-Security-Policy", "frame-ancestors *, frame-ancestors 'self'"}, Blocked, "frame-ancestors"},
		{"frame-ancestors with a port", localhost, "", "", []string{"Content-Security-Policy", "frame-ancestors http://localhost:*"}, Shown, ""},
		{"require-corp", localhost, "", "require-corp", nil, Blocked, embedderPolicy},
		{"require-corp on both sides", localhost, "", "require-corp", []string{embedderPolicy, "require-corp"}, Blocked, embedderPolicy},
		{"require-corp with CORP", localhost, "", "require-corp", []string{embedderPolicy, "require-corp", resourcePolicy, "cross-origin"}, Shown, ""},
		{"credentialless without CORP", localhost, "", "credentialless", []string{embedderPolicy, "credentialless"}, Blocked, embedderPolicy},
		{"require-corp, own origin", own, "", "require-corp", []string{embedderPolicy, "credentialless"}, Shown, ""},
	} {
		v := Judge(Browser{Engine: Firefox}, Request{Page: c.page, Top: c.top, URL: dev(t, "/"), Method: "GET", Policy: &Policy{Embedder: c.coep},
			Header: header("Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "iframe"), Arrived: true}, &Response{200, header(c.header...)})
		if v.Outcome != c.outcome || v.Outcome == Blocked && v.Rule.Header != c.by {
			t.Errorf("%s: %s by %+v", c.name, v.Outcome, v.Rule)
		}
	}
}

// WebKit does not know credentialless: the page is as one without a policy, and a
// frame with it as one that has none.
func TestCredentiallessInWebKit(t *testing.T) {
	b := Browser{Engine: WebKit, ThirdParty: NotStored}
	req := Request{Page: localhost, URL: dev(t, "/"), Mode: NoCORS, Credentials: Include, Policy: &Policy{Embedder: "credentialless"}, Arrived: true}
	if v := Judge(b, req, &Response{200, http.Header{}}); v.Outcome != Opaque || v.Credentials != Include {
		t.Errorf("%+v", v)
	}
	req.Mode, req.Header, req.Policy = "", header("Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "iframe"), &Policy{Embedder: "require-corp"}
	answer := &Response{200, header(embedderPolicy, "credentialless", resourcePolicy, "cross-origin")}
	if v := Judge(b, req, answer); v.Outcome != Blocked {
		t.Errorf("%+v", v)
	}
	if v := Judge(Browser{Engine: Chromium}, req, answer); v.Outcome != Shown {
		t.Errorf("%+v", v)
	}
}

// Firefox lets an unknown value pass under require-corp; Chromium takes it for
// none, as Fetch says.
func TestUnknownResourcePolicy(t *testing.T) {
	for engine, want := range map[Engine]Outcome{Chromium: Blocked, Firefox: Opaque, UnknownEngine: Blocked} {
		v := Judge(Browser{Engine: engine}, Request{Page: localhost, URL: dev(t, "/"), Mode: NoCORS, Policy: &Policy{Embedder: "require-corp"}, Arrived: true},
			&Response{200, header(resourcePolicy, "anything")})
		if v.Outcome != want {
			t.Errorf("%s: %s", engine, v.Outcome)
		}
		v = Judge(Browser{Engine: engine}, Request{Page: localhost, URL: dev(t, "/"), Mode: NoCORS, Policy: &Policy{Embedder: "require-corp"}, Arrived: true},
			&Response{200, header(resourcePolicy, "")})
		if v.Outcome != Blocked {
			t.Errorf("%s, an empty value: %s", engine, v.Outcome)
		}
	}
}

func TestOpenerNote(t *testing.T) {
	for _, c := range []struct {
		page, coop, opener string
		notes              int
	}{
		{localhost, "", "", 0},
		{localhost, "same-origin", "", 1},
		{localhost, "same-origin-allow-popups", "", 1},
		{localhost, "unsafe-none", "", 0},
		{localhost, "", "same-origin", 1},
		{localhost, "", "same-origin-allow-popups", 0},
		{"https://dev.example.com", "same-origin", "", 0},
	} {
		v := Judge(Browser{Engine: Chromium}, Request{Page: c.page, URL: dev(t, "/"), Method: "GET", Policy: &Policy{Opener: c.opener},
			Header: header("Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document")}, &Response{200, header(openerPolicy, c.coop)})
		if v.Outcome != Shown || len(v.Notes) != c.notes {
			t.Errorf("%+v: %s, %q", c, v.Outcome, v.Notes)
		}
	}
}

// What browsers check before they send: Mixed Content, Local Network Access.
func TestBefore(t *testing.T) {
	for _, c := range []struct {
		name, page, url string
		engine          Engine
		mode            Mode
		dest, csp       string
		proxied         bool
		outcome         Outcome
		standard        string
		note            bool
	}{
		{"http page", "http://app.test", "http://dev.test/", Chromium, CORS, "", "", true, Unknown, fetch, false},
		{"mixed", "https://app.test", "http://dev.test/", Firefox, CORS, "", "", true, Blocked, "Mixed Content", false},
		{"mixed WebSocket", "https://app.test", "http://dev.test/", Chromium, WebSocket, "", "", true, Blocked, "Mixed Content", false},
		{"mixed frame", "https://app.test", "http://dev.test/", Chromium, Navigate, "iframe", "", true, Blocked, "Mixed Content", false},
		{"link", "https://app.test", "http://dev.test/", Chromium, Navigate, "document", "", true, Unknown, fetch, false},
		{"mixed image", "https://app.test", "http://dev.test/", Chromium, NoCORS, "image", "", true, Unknown, fetch, false},
		{"mixed image with CORS", "https://app.test", "http://dev.test/", Chromium, CORS, "image", "", true, Blocked, "Mixed Content", false},
		{"mixed, upgraded", "https://app.test", "http://dev.test/", Chromium, CORS, "", "upgrade-insecure-requests", true, Unknown, fetch, false},
		{"localhost", "https://app.test", "http://localhost:8000/", Firefox, CORS, "", "", true, Unknown, fetch, false},
		{"localhost in WebKit", "https://app.test", "http://localhost:8000/", WebKit, CORS, "", "", true, Blocked, "Mixed Content", false},
		{"https localhost in WebKit", "https://app.test", "https://localhost:8000/", WebKit, CORS, "", "", true, Unknown, fetch, false},
		{"127.0.0.1", "https://app.test", "http://127.0.0.1:8000/", Chromium, CORS, "", "", true, Unknown, fetch, false},
		{"a blocked port", localhost, "http://localhost:6000/", Firefox, CORS, "", "", true, Blocked, fetch, false},
		{"localhost page", localhost, "http://dev.test/", Chromium, CORS, "", "", true, Unknown, fetch, false},

		{"public to loopback", "https://8.8.8.8", "http://localhost:8000/", Chromium, CORS, "", "", false, Unknown, fetch, true},
		{"public to local", "https://8.8.8.8", "https://10.0.0.5/", Chromium, CORS, "", "", false, Unknown, fetch, true},
		{"insecure public to local", "http://8.8.8.8", "http://192.168.1.5/", Chromium, CORS, "", "", false, Blocked, "Local Network Access", false},
		{"the same in Firefox", "http://8.8.8.8", "http://192.168.1.5/", Firefox, CORS, "", "", false, Unknown, fetch, false},
		{"the same through a proxy", "http://8.8.8.8", "http://192.168.1.5/", Chromium, CORS, "", "", true, Unknown, fetch, false},
		{"local to local", "http://192.168.1.4", "http://192.168.1.5/", Chromium, CORS, "", "", false, Unknown, fetch, false},
		{"loopback to local", localhost, "http://192.168.1.5/", Chromium, CORS, "", "", false, Unknown, fetch, false},
		{"names tell nothing", "https://app.test", "https://dev.test/", Chromium, CORS, "", "", false, Unknown, fetch, false},
	} {
		req := Request{Page: c.page, URL: parse(t, c.url), Method: "GET", Mode: c.mode, Proxied: c.proxied, Header: http.Header{}}
		if c.dest != "" {
			req.Header.Set("Sec-Fetch-Dest", c.dest)
		}
		if c.csp != "" {
			req.Policy = &Policy{CSP: []string{c.csp}}
		}
		v := Judge(Browser{Engine: c.engine}, req, nil)
		if v.Outcome != c.outcome || v.Rule.Standard != c.standard || (len(v.Notes) > 0) != c.note {
			t.Errorf("%s: %s by %+v, %q", c.name, v.Outcome, v.Rule, v.Notes)
		}
		// What has arrived was not kept back.
		req.Arrived = true
		if v := Judge(Browser{Engine: c.engine}, req, nil); v.Outcome != Unknown {
			t.Errorf("%s: arrived, and %s", c.name, v.Outcome)
		}
	}
	// Spaces that a name doesn't tell can be given.
	v := Judge(Browser{Engine: Chromium}, Request{Page: "http://app.test", URL: parse(t, "http://dev.test/"), Mode: CORS, PageSpace: PublicSpace, TargetSpace: LocalSpace}, nil)
	if v.Outcome != Blocked {
		t.Errorf("%+v", v)
	}
}
