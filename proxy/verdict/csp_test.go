package verdict

import (
	"strings"
	"testing"
)

// CSP Level 3, section 6.7.2 "URL Matching", and the fallback of 6.8.
func TestCSP(t *testing.T) {
	for _, c := range []struct {
		policy, page, url string
		mode              Mode
		dest              string
		allowed           bool
	}{
		{"", localhost, "https://dev.example.com/", CORS, "", true},
		{"script-src 'self'", localhost, "https://dev.example.com/", CORS, "", true},
		{"connect-src 'none'", localhost, "https://dev.example.com/", CORS, "", false},
		{"connect-src", localhost, "https://dev.example.com/", CORS, "", false},
		{"CONNECT-SRC https://dev.example.com", localhost, "https://dev.example.com/", CORS, "", true},
		{"default-src 'self'", localhost, "https://dev.example.com/", CORS, "", false},
		{"default-src 'self'; connect-src *", localhost, "https://dev.example.com/", CORS, "", true},
		{"connect-src *; connect-src 'none'", localhost, "https://dev.example.com/", CORS, "", true},
		{"connect-src *, connect-src 'self'", localhost, "https://dev.example.com/", CORS, "", false},
		{"connect-src 'none' https://dev.example.com", localhost, "https://dev.example.com/", CORS, "", true},
		// 'self'
		{"connect-src 'SELF'", localhost, "http://localhost:3000/api", CORS, "", true},
		{"connect-src 'self'", localhost, "http://localhost:3001/api", CORS, "", false},
		{"connect-src 'self'", "http://app.test", "https://app.test/", CORS, "", true},
		{"connect-src 'self'", "https://app.test", "http://app.test/", CORS, "", false},
		{"connect-src 'self'", "http://app.test:8000", "https://app.test/", CORS, "", false},
		{"connect-src 'self'", localhost, "http://localhost:3000/hmr", WebSocket, "", true},
		{"connect-src 'self'", "https://app.test", "https://app.test/ws", WebSocket, "", true},
		// schemes
		{"connect-src https:", localhost, "https://dev.example.com/", CORS, "", true},
		{"connect-src https:", localhost, "http://dev.example.com/", CORS, "", false},
		{"connect-src http:", localhost, "https://dev.example.com/", CORS, "", true},
		{"connect-src wss:", localhost, "https://dev.example.com/", WebSocket, "", true},
		{"connect-src ws:", localhost, "https://dev.example.com/", WebSocket, "", true},
		{"connect-src wss:", localhost, "https://dev.example.com/", CORS, "", false},
		{"connect-src wss://dev.example.com", localhost, "wss://dev.example.com/", WebSocket, "", true},
		{"connect-src *", localhost, "wss://dev.example.com/", WebSocket, "", true},
		// hosts
		{"connect-src dev.example.com", localhost, "http://dev.example.com/", CORS, "", true},
		{"connect-src dev.example.com", localhost, "https://dev.example.com/", CORS, "", true},
		{"connect-src dev.example.com", "https://app.test", "http://dev.example.com/", CORS, "", false},
		{"connect-src dev.example.com", "https://app.test", "https://dev.example.com/", WebSocket, "", false},
		{"connect-src DEV.example.com", localhost, "https://dev.example.com/", CORS, "", true},
		{"connect-src *.example.com", localhost, "https://dev.example.com/", CORS, "", true},
		{"connect-src *.example.com", localhost, "https://a.b.example.com/", CORS, "", true},
		{"connect-src *.example.com", localhost, "https://example.com/", CORS, "", false},
		{"connect-src https://*", localhost, "https://dev.example.com/", CORS, "", true},
		{"connect-src http://127.0.0.1:8000", localhost, "http://127.0.0.1:8000/", CORS, "", true},
		// ports
		{"connect-src https://dev.example.com", localhost, "https://dev.example.com:8443/", CORS, "", false},
		{"connect-src https://dev.example.com:*", localhost, "https://dev.example.com:8443/", CORS, "", true},
		{"connect-src https://dev.example.com:443", localhost, "https://dev.example.com/", CORS, "", true},
		{"connect-src http://dev.example.com:80", localhost, "https://dev.example.com/", CORS, "", true},
		{"connect-src http://localhost:8000", localhost, "http://localhost:8000/", CORS, "", true},
		// paths
		{"connect-src https://dev.example.com/api/", localhost, "https://dev.example.com/api/me", CORS, "", true},
		{"connect-src https://dev.example.com/api", localhost, "https://dev.example.com/api/me", CORS, "", false},
		{"connect-src https://dev.example.com/api", localhost, "https://dev.example.com/api?x", CORS, "", true},
		{"connect-src https://dev.example.com/", localhost, "https://dev.example.com/api", CORS, "", true},
		{"connect-src https://dev.example.com/a%70i", localhost, "https://dev.example.com/api", CORS, "", true},
		{"connect-src https://dev.example.com/api/", localhost, "https://dev.example.com/api", CORS, "", false},
		// other destinations
		{"connect-src 'none'; img-src *", localhost, "https://dev.example.com/", NoCORS, "image", true},
		{"default-src 'none'", localhost, "https://dev.example.com/", NoCORS, "image", false},
		{"script-src 'self'", localhost, "https://dev.example.com/", NoCORS, "script", false},
		{"script-src-elem *; script-src 'self'", localhost, "https://dev.example.com/", NoCORS, "script", true},
		{"script-src 'nonce-x'", localhost, "https://dev.example.com/", NoCORS, "script", true},
		{"child-src 'self'", localhost, "https://dev.example.com/", Navigate, "iframe", false},
		{"default-src 'none'", localhost, "https://dev.example.com/", Navigate, "document", true},
		// what is no source expression matches nothing
		{"connect-src https://", localhost, "https://dev.example.com/", CORS, "", false},
		{"connect-src https://dev.example.com:x", localhost, "https://dev.example.com/", CORS, "", false},
		{"connect-src dev*.example.com", localhost, "https://dev.example.com/", CORS, "", false},
		{"connect-src 'unsafe-inline'", localhost, "https://dev.example.com/", CORS, "", false},
	} {
		req := Request{Page: c.page, URL: parse(t, c.url), Method: "GET", Mode: c.mode, Header: header("Sec-Fetch-Dest", c.dest), Policy: &Policy{CSP: []string{c.policy}}, Proxied: true}
		if c.dest == "" {
			req.Header.Del("Sec-Fetch-Dest")
		}
		v := Judge(Browser{Engine: Chromium}, req, nil)
		if blocked := v.Outcome == Blocked && v.Rule.Standard == cspName; blocked == c.allowed {
			t.Errorf("%q of %s, %s %s %s: %s by %+v", c.policy, c.page, c.mode, c.dest, c.url, v.Outcome, v.Rule)
		}
		if v.Outcome != Blocked || v.Rule.Standard != cspName {
			continue
		}
		// The remedy is one, in the place of the directive that it names.
		mended, ok := strings.CutPrefix(v.Remedy, "Content-Security-Policy: ")
		mended, _, _ = strings.Cut(mended, " (")
		req.Policy = &Policy{CSP: []string{mended}}
		if again := Judge(Browser{Engine: Chromium}, req, nil); !ok || again.Outcome == Blocked && again.Rule.Standard == cspName {
			t.Errorf("%q: the remedy %q leaves it %s", c.policy, mended, again.Outcome)
		}
	}
}

// CSP says that wss: covers https. WebKit does so, Chromium and Firefox don't.
func TestCSPSocketsCoverHTTP(t *testing.T) {
	for engine, blocked := range map[Engine]bool{Chromium: true, Firefox: true, WebKit: false, UnknownEngine: false} {
		for _, policy := range []string{"connect-src wss://dev.example.com", "connect-src wss:", "connect-src ws:"} {
			v := Judge(Browser{Engine: engine}, Request{Page: localhost, URL: dev(t, "/"), Mode: CORS, Proxied: true, Policy: &Policy{CSP: []string{policy}}}, nil)
			if (v.Outcome == Blocked) != blocked {
				t.Errorf("%s, %q: %s", engine, policy, v.Outcome)
			}
		}
	}
}

func FuzzCSP(f *testing.F) {
	for _, s := range []string{"connect-src 'self'", "default-src *.a.test:*/x; ,;", "connect-src http:", "connect-src [::1]:80", "frame-ancestors 'none'"} {
		f.Add(s, "https://dev.example.com/api")
	}
	f.Fuzz(func(t *testing.T, policy, address string) {
		u, err := dev(t, "/").Parse(address)
		if err != nil || u.Host == "" {
			return
		}
		policies := parseCSP([]string{policy})
		for _, p := range policies {
			for _, d := range p.directives {
				if d.name == "" || strings.ContainsAny(d.name, " ;,") || d.name != strings.ToLower(d.name) {
					t.Errorf("%q has the directive %q", policy, d.name)
				}
			}
		}
		if f := cspFault(policies, "empty", asked{self: localhost, url: u}); f != nil && (f.rule.Header != "connect-src" && f.rule.Header != "default-src") {
			t.Errorf("%q: %+v", policy, f)
		}
	})
}
