package profiles

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"corsage/proxy"
	"corsage/proxy/session"
)

func TestRules(t *testing.T) {
	dir := t.TempDir()
	cert := certificate(t)
	write(t, filepath.Join(dir, "certs", "ca.pem"), "# for people\n"+cert)
	held := session.NewStore()
	p := &Profile{
		Name: "Shop",
		Backends: []Backend{
			{URL: "https://a.test/x", Path: "^/x/api", Upstream: "http://localhost:8000/v1", ServerName: "B\u00fccher.test", CA: "certs/ca.pem", Insecure: true},
			{URL: "wss://*.b.test:*"},
		},
		Proxy:   "http://proxy.test:3128",
		Origins: []string{"null", `/http://[a-z]+\.test/`},
		Toggles: map[string]bool{"cookie-httponly": true, "answer-preflight": false},
		CSRF:    CSRF{Cookie: "XSRF-TOKEN"},
		Headers: []HeaderEdit{{
			Path:    "^/x/api/",
			Request: proxy.FieldEdits{Set: []proxy.Field{{Name: "X-Tenant", Value: "dev"}}}, Response: proxy.FieldEdits{Remove: []string{"Server"}},
		}},
	}
	rules, err := p.Rules(dir, held)
	must(t, err)
	if len(rules) != 2 {
		t.Fatalf("%d rules", len(rules))
	}
	r := rules[0]
	if r.Profile != "Shop" || r.Backend.String() != "https://a.test/x" || r.Path.String() != "^/x/api" ||
		r.Upstream.String() != "http://localhost:8000/v1" || !strings.HasSuffix(string(r.CA), cert) || !r.Insecure || r.ServerName != "xn--bcher-kva.test" {
		t.Errorf("%+v", r)
	}
	if q := rules[1]; q.Backend.String() != "https://*.b.test:*" || q.Path != nil || q.Upstream != nil || q.CA != nil || q.Insecure {
		t.Errorf("%+v", q)
	}
	for _, r := range rules {
		if r.Proxy.String() != "http://proxy.test:3128" {
			t.Errorf("proxy %v", r.Proxy)
		}
		if r.Sessions != held || r.CSRF != (proxy.CSRF{Cookie: "XSRF-TOKEN", Header: "X-CSRFToken"}) {
			t.Errorf("%+v", r)
		}
		for origin, want := range map[string]bool{"null": true, "http://a.test": true, "http://a.test.evil": false, "http://localhost:3000": false} {
			if r.Origins.Allows(origin) != want {
				t.Errorf("%s: %v", origin, !want)
			}
		}
		var got []string
		for _, m := range r.Modifiers {
			got = append(got, m.Name)
		}
		want := slices.DeleteFunc(toggleNames(), func(name string) bool { return !p.On(name) })
		if !slices.Equal(got, want) || slices.Contains(got, "answer-preflight") || !slices.Contains(got, "cookie-httponly") || slices.Contains(got, "relax-csp") {
			t.Errorf("modifiers %q, want %q", got, want)
		}
		if len(r.Backends) != 2 || r.Backends[0].String() != "https://a.test/x" || r.Backends[1].String() != "https://*.b.test:*" {
			t.Errorf("backends %v", r.Backends)
		}
		if len(r.Headers) != 1 || !r.Headers[0].Path.MatchString("/x/api/me") || r.Headers[0].Path.MatchString("/x/") ||
			r.Headers[0].Request.Set[0] != (proxy.Field{Name: "X-Tenant", Value: "dev"}) || r.Headers[0].Response.Remove[0] != "Server" {
			t.Errorf("headers %+v", r.Headers)
		}
	}
	p.Origins = nil
	rules, err = p.Rules(dir, held)
	must(t, err)
	if !rules[0].Origins.Allows("https://localhost:5173") || rules[0].Origins.Allows("null") {
		t.Error("the default origins are others")
	}
}

// TestHost has what an upstream gets as Host.
func TestHost(t *testing.T) {
	for _, c := range []struct{ url, upstream, host, want string }{
		{"https://dev.example.com", "", "", ""},
		{"https://dev.example.com", "http://localhost:3000", "", "localhost:3000"},
		{"https://dev.example.com", "http://LOCALHOST:80/x", "", "localhost"},
		{"https://dev.example.com", "http://127.0.0.1:3000", "", "127.0.0.1:3000"},
		{"https://dev.example.com", "http://[::1]:3000", "", "[::1]:3000"},
		{"https://dev.example.com", "http://app.localhost:3000", "", "app.localhost:3000"},
		{"https://dev.example.com", "http://localhost:3000", "url", ""},
		{"https://dev.example.com", "http://localhost:3000", "App.localhost:80", "app.localhost"},
		{"https://dev.example.com", "http://localhost:3000", "[0:0::1]:8000", "[::1]:8000"},
		{"http://localhost:8000", "http://127.0.0.1:3000", "", ""},
		{"https://dev.example.com", "https://localhost:3000", "", ""}, // the end of a tunnel, mostly
		{"https://dev.example.com", "https://localhost:3000", "upstream", "localhost:3000"},
		{"https://dev.internal", "http://dev.internal:8000", "", ""},
		{"https://dev.internal", "http://dev.internal:8000", "upstream", "dev.internal:8000"},
		{"https://local.example.com", "https://dev.example.com", "upstream", "dev.example.com"},
	} {
		p := &Profile{Name: "Shop", Backends: []Backend{{URL: c.url, Upstream: c.upstream, Host: c.host}}}
		rules, err := p.Rules("", session.NewStore())
		if err != nil {
			t.Errorf("%+v: %v", c, err)
		} else if got := rules[0].Host; got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
	for _, host := range []string{"upstream", "localhost:3000"} {
		p := &Profile{Name: "Shop", Backends: []Backend{{URL: "https://dev.example.com", Host: host}}}
		if _, err := p.Rules("", session.NewStore()); err == nil || !strings.Contains(err.Error(), "backends[0].host: is of no use alone") {
			t.Errorf("%s without an upstream: %v", host, err)
		}
	}
}

func TestCheck(t *testing.T) {
	if _, err := Check("testdata/good/issue.yaml"); err == nil || !strings.HasPrefix(err.Error(), "testdata/good/issue.yaml:6:9: backends[0].ca: there is no file testdata/good/certs/internal-ca.pem") {
		// the folder is the one that symbolic links lead to
		t.Errorf("a ca file that is missing: %v", err)
	}
	warnings, err := Check("testdata/good/unknown.yaml")
	if err != nil || len(warnings) != 4 {
		t.Errorf("got %v, %v", warnings, err)
	}
	if _, err := Check("testdata/none.yaml"); err == nil || !strings.Contains(err.Error(), "testdata/none.yaml: cannot be read") {
		t.Errorf("got %v", err)
	}
}
