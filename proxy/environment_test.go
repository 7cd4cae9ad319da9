package proxy

import (
	"log/slog"
	"net/url"
	"strings"
	"testing"
)

// Which requests go through a proxy, by the environment and the profile.
func TestEnvironment(t *testing.T) {
	for _, c := range []struct {
		name string
		env  []string
		rule string // what the profile's proxy is
		url  string
		via  bool
	}{
		{"none", nil, "", "https://example.com", false},
		{"HTTPS_PROXY", []string{"HTTPS_PROXY=http://corp:3128"}, "", "https://example.com", true},
		{"small letters", []string{"https_proxy=http://corp:3128"}, "", "https://example.com", true},
		{"no scheme", []string{"HTTPS_PROXY=corp:3128"}, "", "https://example.com", true},
		{"the other scheme's", []string{"HTTP_PROXY=http://corp:3128"}, "", "https://example.com", false},
		{"HTTP_PROXY", []string{"HTTP_PROXY=http://corp:3128"}, "", "http://example.com", true},
		{"ALL_PROXY", []string{"ALL_PROXY=http://corp:3128"}, "", "https://example.com", true},
		{"ALL_PROXY for http", []string{"all_proxy=http://corp:3128"}, "", "http://example.com", true},
		{"HTTPS_PROXY before ALL_PROXY", []string{"HTTPS_PROXY=http://corp:3128", "ALL_PROXY=http://127.0.0.1:1"}, "", "https://example.com", true},
		{"no URL", []string{"HTTPS_PROXY=ftp://x"}, "", "https://example.com", false},
		{"excepted name", []string{"HTTPS_PROXY=http://corp:3128", "NO_PROXY=a.test, example.com"}, "", "https://example.com", false},
		{"excepted suffix", []string{"HTTPS_PROXY=http://corp:3128", "no_proxy=example.com"}, "", "https://dev.example.com", false},
		{"excepted subdomains only", []string{"HTTPS_PROXY=http://corp:3128", "NO_PROXY=.example.com"}, "", "https://example.com", true},
		{"excepted port", []string{"HTTPS_PROXY=http://corp:3128", "NO_PROXY=example.com:443"}, "", "https://example.com", false},
		{"excepted other port", []string{"HTTPS_PROXY=http://corp:3128", "NO_PROXY=example.com:8443"}, "", "https://example.com", true},
		{"excepted network", []string{"HTTPS_PROXY=http://corp:3128", "NO_PROXY=10.0.0.0/8"}, "", "https://10.1.2.3", false},
		{"another network", []string{"HTTPS_PROXY=http://corp:3128", "NO_PROXY=10.0.0.0/8"}, "", "https://192.0.2.1", true},
		{"excepted address", []string{"HTTPS_PROXY=http://corp:3128", "NO_PROXY=2001:db8::1"}, "", "https://[2001:db8::1]", false},
		{"all excepted", []string{"HTTPS_PROXY=http://corp:3128", "NO_PROXY=*"}, "", "https://example.com", false},
		{"loopback", []string{"HTTPS_PROXY=http://corp:3128"}, "", "https://127.0.0.1:8443", false},
		{"all loopback", []string{"ALL_PROXY=http://corp:3128"}, "", "https://127.8.9.1:8443", false},
		{"localhost", []string{"HTTP_PROXY=http://corp:3128"}, "", "http://localhost:8000", false},
		{"below localhost", []string{"HTTP_PROXY=http://corp:3128"}, "", "http://app.localhost:8000", false},
		{"direct", []string{"HTTPS_PROXY=http://corp:3128"}, "direct", "https://example.com", false},
		{"environment", []string{"HTTPS_PROXY=http://corp:3128"}, "environment", "https://example.com", true},
		{"the profile's", []string{"HTTPS_PROXY=http://127.0.0.1:1", "NO_PROXY=*"}, "http://corp:3128", "https://example.com", true},
		{"the profile's and loopback", nil, "http://corp:3128", "https://127.0.0.1:8443", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, e := range c.env {
				name, value, _ := strings.Cut(e, "=")
				t.Setenv(name, value)
			}
			r := new(Rule)
			if c.rule != "" {
				var err error
				if r.Proxy, err = ParseUpstreamProxy(c.rule); err != nil {
					t.Fatal(err)
				}
			}
			s := newUpstreams(slog.New(slog.DiscardHandler))
			w, err := s.way(r)
			if err != nil {
				t.Fatal(err)
			}
			u, err := url.Parse(c.url)
			if err != nil {
				t.Fatal(err)
			}
			var got *parent
			if ways := s.parents(t.Context(), w, u); len(ways) > 0 {
				got = ways[0]
			}
			if (got != nil) != c.via || got != nil && got.address() != "corp:3128" {
				t.Errorf("it goes through %v", got)
			}
		})
	}
}

func TestEnvironmentProxies(t *testing.T) {
	for _, c := range []struct{ env, http, https string }{
		{"", "", ""},
		{"HTTPS_PROXY=http://me:secret@corp:3128", "", "http://corp:3128"},
		{"http_proxy=corp HTTPS_PROXY=socks5://s", "http://corp:80", "socks5://s:1080"},
		{"ALL_PROXY=https://corp", "https://corp:443", "https://corp:443"},
		{"HTTPS_PROXY=ftp://x NO_PROXY=*", "", ""},
	} {
		env := make(map[string]string)
		for _, e := range strings.Fields(c.env) {
			name, value, _ := strings.Cut(e, "=")
			env[name] = value
		}
		http, https := EnvironmentProxies(func(name string) string { return env[name] })
		if http != c.http || https != c.https {
			t.Errorf("%q: %q, %q, want %q, %q", c.env, http, https, c.http, c.https)
		}
	}
}
