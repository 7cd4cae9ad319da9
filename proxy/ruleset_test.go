package proxy

import (
	"net/url"
	"regexp"
	"testing"
)

// entry is a rule as a line of a table: url, path and upstream.
func entry(t *testing.T, address, path, upstream string) *Rule {
	t.Helper()
	r := &Rule{Profile: address + " " + path, ServerName: "x", CA: []byte("x"), Insecure: true}
	var err error
	if r.Backend, err = ParsePattern(address); err != nil {
		t.Fatal(err)
	}
	if path != "" {
		r.Path = regexp.MustCompile(path)
	}
	if upstream != "" {
		r.Host = "told"
		if r.Upstream, err = url.Parse(upstream); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

// The first entry that matches wins; what matches none goes to the host itself,
// guarded, and never to the upstream of an entry for other paths.
func TestMatch(t *testing.T) {
	const host = "https://dev.example.com"
	const local, other = "http://localhost:3000", "https://10.0.0.5"
	overlay := [][3]string{{host, "^/app/", local}}
	reverse := [][3]string{{host, "^/api/", other}, {host, "", local}}
	for _, c := range []struct {
		name     string
		rules    [][3]string
		url      string
		upstream string
		modify   bool
		none     bool
	}{
		{"overlay, inside", overlay, host + "/app/x?y", local, true, false},
		{"overlay, outside", overlay, host + "/api/", "", false, false},
		{"overlay, almost", overlay, host + "/app", "", false, false},
		{"overlay, another host", overlay, "https://example.com/app/", "", false, true},
		{"overlay by prefix, inside", [][3]string{{host + "/app", "", local}}, host + "/app", local, true, false},
		{"overlay by prefix, outside", [][3]string{{host + "/app", "", local}}, host + "/apple", "", false, false},
		{"overlay and the rest, inside", append(overlay[:1:1], [3]string{host, "", ""}), host + "/app/", local, true, false},
		{"overlay and the rest, outside", append(overlay[:1:1], [3]string{host, "", ""}), host + "/api/", "", true, false},
		{"the other way round, inside", reverse, host + "/api/", other, true, false},
		{"the other way round, outside", reverse, host + "/", local, true, false},
		{"two overlays, outside", append(overlay[:1:1], [3]string{host, "^/api/", other}), host + "/", "", false, false},
		{"a wildcard behind", append(overlay[:1:1], [3]string{"https://*.example.com", "", other}), host + "/", other, true, false},
		{"paths alone, outside", [][3]string{{host, "^/api/", ""}}, host + "/", "", false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			var rules []*Rule
			for _, r := range c.rules {
				rules = append(rules, entry(t, r[0], r[1], r[2]))
			}
			s := NewRuleset(rules...)
			u, err := url.Parse(c.url)
			if err != nil {
				t.Fatal(err)
			}
			got, modify := s.Match(u)
			if got == nil || c.none {
				if (got == nil) != c.none {
					t.Fatalf("%v", got)
				}
				return
			}
			upstream := ""
			if got.Upstream != nil {
				upstream = got.Upstream.String()
			}
			if upstream != c.upstream || modify != c.modify {
				t.Errorf("goes to %q and is changed: %v", upstream, modify)
			}
			if !modify && (got.Host != "" || c.rules[0][2] != "" && (got.ServerName != "" || got.CA != nil || got.Insecure)) {
				t.Errorf("the host itself is met with what is meant for an upstream: %+v", got)
			}
			if again, _ := s.Match(u); again != got {
				t.Error("two requests get two rules, and with them two ways")
			}
		})
	}
}

// How to reach the host itself is said by the entry that has no upstream, not by
// one that has, whichever is first.
func TestMatchOutsideKeepsTheHostsWay(t *testing.T) {
	own := entry(t, "https://dev.example.com", "^/api/", "")
	for _, rules := range [][]*Rule{
		{entry(t, "https://dev.example.com", "^/app/", "http://localhost:3000"), own},
		{own, entry(t, "https://dev.example.com", "^/app/", "http://localhost:3000")},
	} {
		u := &url.URL{Scheme: "https", Host: "dev.example.com", Path: "/"}
		if got, modify := NewRuleset(rules...).Match(u); got != own || modify {
			t.Errorf("%+v, %v", got, modify)
		}
	}
}

func TestParseHost(t *testing.T) {
	for s, want := range map[string]string{
		"localhost": "localhost", "LocalHost:3000": "localhost:3000", "dev.example.com:80": "dev.example.com", "[::1]:8000": "[::1]:8000",
		"b\u00fccher.test": "xn--bcher-kva.test", "127.0.0.1": "127.0.0.1",
	} {
		if got, err := ParseHost(s); err != nil || got != want {
			t.Errorf("%q: %q, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "http://localhost", "localhost/", "localhost/x", "*.example.com", "localhost:*", "a@b", "localhost:0", "a?b", "a#b", "::1"} {
		if got, err := ParseHost(s); err == nil {
			t.Errorf("%q: %q", s, got)
		}
	}
}
