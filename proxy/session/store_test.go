package session

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestStore runs little scripts of what a store learns and what it then holds:
//
//	set URL LINE        an answer with Set-Cookie: LINE
//	set URL [COOKIES] LINE   the same to a request with Cookie: COOKIES
//	sent URL COOKIES    a request of the backend's own page with Cookie: COOKIES
//	get URL -> PAIRS    what a request without cookies lacks
//	get URL [COOKIES] -> PAIRS
//	strict URL -> NAMES
//	wait DURATION
//	clear
func TestStore(t *testing.T) {
	const d, h, l = "https://dev.example.com/", "http://dev.example.com/", "http://localhost:8000/"
	for name, script := range map[string][]string{
		"learned":               {"set " + d + " s=1; Path=/", "get " + d + "api -> s=1", "get https://example.com/ -> ", "get https://x.dev.example.com/ -> "},
		"ports share cookies":   {"set " + d + " s=1; Path=/", "get https://dev.example.com:8443/ -> s=1"},
		"domain cookie":         {"set " + d + " s=1; Path=/; Domain=example.com", "get https://api.example.com/ -> s=1", "get https://badexample.com/ -> "},
		"replaced":              {"set " + d + " s=1; Path=/", "set " + d + " s=2; Path=/", "get " + d + " -> s=2"},
		"ended by Max-Age":      {"set " + d + " s=1; Path=/", "set " + d + " s=; Path=/; Max-Age=0", "get " + d + " -> "},
		"ended by Expires":      {"set " + d + " s=1; Path=/", "set " + d + " s=x; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "get " + d + " -> "},
		"ended elsewhere":       {"set " + d + " s=1; Path=/", "set " + d + " s=; Path=/api; Max-Age=0", "get " + d + "api -> s=1"},
		"runs out":              {"set " + d + " s=1; Path=/; Max-Age=60", "wait 59s", "get " + d + " -> s=1", "wait 1s", "get " + d + " -> "},
		"a year ahead":          {"set " + d + " s=1; Path=/; Max-Age=60", "set " + d + " t=1; Path=/", "wait 8760h", "get " + d + " -> t=1"},
		"back by a year":        {"set " + d + " s=1; Path=/; Max-Age=60", "wait -8760h", "get " + d + " -> s=1", "set " + d + " s=2; Path=/; Max-Age=60", "wait 61s", "get " + d + " -> "},
		"order":                 {"set " + d + " a=1; Path=/", "set " + d + " b=2; Path=/api", "set " + d + " c=3; Path=/", "set " + d + " a=4; Path=/", "get " + d + "api/x -> b=2; a=4; c=3"},
		"same name, two paths":  {"set " + d + " a=1; Path=/", "set " + d + " a=2; Path=/api", "get " + d + "api -> a=2; a=1", "get " + d + " -> a=1"},
		"browser's value wins":  {"set " + d + " a=1; Path=/", "set " + d + " b=2; Path=/", "get " + d + " [x=0; a=other] -> b=2"},
		"browser's empty value": {"set " + d + " a=1; Path=/", "get " + d + " [a=] -> "},
		"names have case":       {"set " + d + " a=1; Path=/", "get " + d + " [A=1] -> a=1"},

		"secure stays on https":    {"set " + d + " s=1; Path=/; Secure", "get " + h + " -> ", "get wss://dev.example.com/ws -> s=1"},
		"secure on localhost":      {"set https://localhost:8443/ s=1; Path=/; Secure", "get " + l + " -> s=1"},
		"secure on 127.0.0.1":      {"set https://127.0.0.1/ s=1; Path=/; Secure", "get http://127.0.0.1:8000/ -> s=1"},
		"secure set over http":     {"set " + h + " s=1; Path=/; Secure", "get " + h + " -> s=1", "get " + d + " -> s=1"},
		"plain http hides nothing": {"set " + d + " s=1; Path=/; Secure", "set " + h + " s=evil; Path=/", "get " + d + " -> s=1", "set " + h + " s=evil; Path=/; Domain=example.com", "get " + d + " -> s=1"},

		"sent":                        {"sent " + d + "admin/ s=old; t=x", "get " + d + "api -> s=old; t=x", "get " + h + " -> "},
		"sent over plain http":        {"sent " + h + " s=old", "get " + h + " -> s=old"},
		"sent, then set":              {"sent " + d + " s=old", "set " + d + "a/ s=new; Path=/a", "get " + d + "a -> s=new", "get " + d + " -> "},
		"sent, then ended":            {"sent " + d + " s=old", "set " + d + " s=; Path=/; Domain=example.com; Max-Age=0", "get " + d + " -> "},
		"sent, then a sister's":       {"sent " + d + " s=old", "set https://www.example.com/ s=new; Path=/", "get " + d + " -> s=old"},
		"sent again, changed":         {"sent " + d + " s=old", "sent " + d + " s=new", "get " + d + " -> s=new"},
		"sent, two of a name":         {"sent " + d + " s=near; s=far", "get " + d + " -> s=near"},
		"sent junk":                   {"sent " + d + " junk; =x; ;a=1", "get " + d + " -> a=1"},
		"refused by the browser":      {"set " + d + " s=new; Path=/", "sent " + d + " s=old", "get " + d + " -> s=new"},
		"kept, then changed":          {"set " + d + " s=1; Path=/", "sent " + d + " s=1", "sent " + d + " s=2", "get " + d + " -> s=2"},
		"kept by a page alone":        {"set " + d + " s=1; Path=/", "get " + d + " [s=1] -> ", "sent " + d + " s=old", "get " + d + " -> s=1"},
		"set anew is not kept yet":    {"set " + d + " s=1; Path=/", "sent " + d + " s=1", "set " + d + " s=2; Path=/", "sent " + d + " s=1", "get " + d + " -> s=2"},
		"sent what is held elsewhere": {"set " + d + " s=1; Path=/; Domain=example.com", "sent " + d + " s=1", "get " + d + " -> s=1"},

		// A browser that refuses what a page is set goes on with the backend's own
		// pages as if it had not been.
		"rotated":                     {"sent " + d + " t=1", "set " + d + " t=2; Path=/", "set " + d + " t=3; Path=/", "sent " + d + " t=1", "sent " + d + " t=2", "get " + d + " -> t=3"},
		"rotated, kept":               {"sent " + d + " t=1", "set " + d + " t=2; Path=/", "sent " + d + " t=2", "sent " + d + " t=4", "get " + d + " -> t=4"},
		"logged out":                  {"sent " + d + " s=1", "set " + d + " s=2; Path=/", "set " + d + " s=; Path=/; Max-Age=0", "sent " + d + " s=1", "sent " + d + " s=2", "get " + d + " -> "},
		"logged out, old one refused": {"set " + d + " s=2; Path=/", "sent " + d + " s=1", "set " + d + " s=; Path=/; Max-Age=0", "sent " + d + " s=1", "get " + d + " -> "},
		"logged out on its domain":    {"set " + d + " s=2; Path=/; Domain=example.com", "set " + d + " s=; Path=/; Domain=example.com; Max-Age=0", "sent " + d + " s=2", "get " + d + " -> "},
		"logged out, in again unseen": {"set " + d + " s=1; Path=/", "set " + d + " s=; Path=/; Max-Age=0", "sent " + d + " s=2", "get " + d + " -> s=2"},
		"logged out, in again":        {"set " + d + " s=1; Path=/", "set " + d + " s=; Path=/; Max-Age=0", "set " + d + " s=1; Path=/", "get " + d + " -> s=1"},
		"a moment after its end":      {"set " + d + " s=1; Path=/; Max-Age=60", "wait 61s", "sent " + d + " s=1", "get " + d + " -> "},
		"given a later end unseen":    {"set " + d + " s=1; Path=/; Max-Age=60", "wait 121s", "sent " + d + " s=1", "get " + d + " -> s=1"},
		"ended, then another":         {"set " + d + " s=1; Path=/; Max-Age=60", "wait 61s", "sent " + d + " s=2", "get " + d + " -> s=2"},
		"another name's value":        {"set " + d + " s=1; Path=/", "set " + d + " s=; Path=/; Max-Age=0", "sent " + d + " t=1", "get " + d + " -> t=1"},
		"another host's value":        {"set " + d + " s=1; Path=/", "set " + d + " s=; Path=/; Max-Age=0", "sent https://www.example.com/ s=1", "get https://www.example.com/ -> s=1"},
		"a switch back and forth":     {"set " + d + " mode=dark; Path=/", "sent " + d + " mode=dark", "sent " + d + " mode=light", "sent " + d + " mode=dark", "get " + d + " -> mode=dark"},
		"forgotten, then sent":        {"set " + d + " s=1; Path=/", "set " + d + " s=; Path=/; Max-Age=0", "clear", "sent " + d + " s=1", "get " + d + " -> s=1"},

		"an older one ended":          {"set " + d + " s=2; Path=/", "sent " + d + " s=1", "set " + d + " [s=1] s=; Path=/; Max-Age=0", "get " + d + " -> s=2", "sent " + d + " s=1", "get " + d + " -> s=2"},
		"the held one ended":          {"set " + d + " s=2; Path=/", "set " + d + " [s=2; t=1] s=; Path=/; Max-Age=0", "get " + d + " -> "},
		"ended unasked":               {"set " + d + " s=2; Path=/", "set " + d + " [t=1] s=; Path=/; Max-Age=0", "get " + d + " -> "},
		"a guess ended":               {"sent " + d + " s=1", "set " + d + " [s=1] s=; Path=/; Max-Age=0", "get " + d + " -> ", "sent " + d + " s=1", "get " + d + " -> "},
		"an older one ended, no held": {"set " + d + " [s=1] s=; Path=/; Max-Age=0", "sent " + d + " s=1", "get " + d + " -> "},
		"two ended at once":           {"set " + d + " s=1; Path=/", "set " + d + "a/ s=2; Path=/a", "set " + d + "a/ [s=2; s=1] s=; Path=/; Max-Age=0", "get " + d + "a/ -> s=2"},

		// Two cookies of a name.
		"two paths, both set":         {"set " + d + " s=1; Path=/", "set " + d + "a/ s=2; Path=/a", "sent " + d + "a/x s=2; s=1", "sent " + d + " s=1", "get " + d + "a/ -> s=2; s=1", "get " + d + " -> s=1"},
		"two paths, the nearer new":   {"sent " + d + " s=far", "sent " + d + "a/x s=near; s=far", "get " + d + "a/y -> s=near; s=far", "get " + d + " -> s=far"},
		"two paths, the further new":  {"set " + d + "a/ s=near; Path=/a", "sent " + d + "a/x s=near; s=far", "get " + d + "a/ -> s=near; s=far", "get " + d + " -> s=far"},
		"two paths, the nearer moved": {"set " + d + " s=1; Path=/", "set " + d + "a/ s=2; Path=/a", "sent " + d + "a/x s=2; s=1", "sent " + d + "a/x s=3; s=1", "get " + d + "a/ -> s=3; s=1", "get " + d + " -> s=1"},
		"two paths, one logged out":   {"set " + d + " s=1; Path=/", "set " + d + "a/ s=2; Path=/a", "set " + d + "a/ s=; Path=/a; Max-Age=0", "sent " + d + "a/x s=2; s=1", "get " + d + "a/ -> s=1"},
		"two domains":                 {"set " + d + " s=1; Path=/; Domain=example.com", "sent " + d + " s=1; s=2", "get " + d + " -> s=1; s=2", "get https://www.example.com/ -> s=1"},

		"strict":       {"set " + d + " s=1; Path=/; SameSite=Strict", "set " + d + " t=1; Path=/; SameSite=Strict", "set " + d + " l=1; Path=/; SameSite=Lax", "strict " + d + " -> s t", "strict https://other.example.com/ -> "},
		"strict paths": {"set " + d + " s=1; Path=/; SameSite=Strict", "set " + d + " s=1; Path=/a; SameSite=Strict", "strict " + d + "a -> s"},
		"cleared":      {"set " + d + " s=1; Path=/", "clear", "get " + d + " -> ", "strict " + d + " -> ", "set " + d + " s=2; Path=/", "get " + d + " -> s=2"},
	} {
		t.Run(name, func(t *testing.T) {
			s, now := NewStore(), start
			s.now = func() time.Time { return now }
			for _, line := range script {
				verb, rest, _ := strings.Cut(line, " ")
				rest, want, _ := strings.Cut(rest, " ->")
				target, text, _ := strings.Cut(rest, " ")
				got := ""
				switch want = strings.TrimSpace(want); verb {
				case "set":
					var sent []string
					if rest, ok := strings.CutPrefix(text, "["); ok {
						var cookies string
						cookies, text, _ = strings.Cut(rest, "] ")
						sent = []string{cookies}
					}
					s.Learn("B", mustParse(target), sent, []string{text})
				case "sent":
					s.LearnSent("B", mustParse(target), []string{text})
				case "get":
					got = strings.Join(s.Missing("B", mustParse(target), []string{strings.Trim(text, "[]")}), "; ")
				case "strict":
					got = strings.Join(s.SameSite("B", mustParse(target), "Strict"), " ")
				case "wait":
					d, err := time.ParseDuration(target)
					if err != nil {
						t.Fatal(err)
					}
					now = now.Add(d)
				case "clear":
					s.Forget(nil)
				default:
					t.Fatalf("what does %q mean?", line)
				}
				if got != want {
					t.Errorf("%s: got %q", line, got)
				}
			}
		})
	}
}

func TestBrowsersApart(t *testing.T) {
	s, u := NewStore(), mustParse("https://dev.example.com/")
	s.Learn("A", u, nil, []string{"s=a"})
	s.LearnSent("B", u, []string{"s=b"})
	for browser, want := range map[string]string{"A": "s=a", "B": "s=b", "C": ""} {
		if got := strings.Join(s.Missing(browser, u, nil), "; "); got != want {
			t.Errorf("%s: %q, want %q", browser, got, want)
		}
	}
	s.Learn("A", u, nil, []string{"s=; Max-Age=0"})
	if got := s.Missing("B", u, nil); len(got) != 1 {
		t.Errorf("A's logout ended B's session: %q", got)
	}
}

func TestBounds(t *testing.T) {
	s, u := NewStore(), mustParse("https://dev.example.com/")
	for i := range maxDomain + 10 {
		s.Learn("A", u, nil, []string{fmt.Sprintf("c%d=1", i)})
		s.Missing("A", u, nil) // c0 is used, with all others
	}
	got := s.Missing("A", u, nil)
	if len(got) != maxDomain || !slices.Contains(got, "c59=1") {
		t.Errorf("%d cookies of a domain: %q", len(got), got)
	}
	for i := range maxCookies/maxDomain + 5 {
		for j := range maxDomain {
			s.Learn("A", mustParse(fmt.Sprintf("https://h%d.example.com/", i)), nil, []string{fmt.Sprintf("c%d=1", j)})
		}
	}
	if got := len(s.All()["A"]); got != maxCookies {
		t.Errorf("%d cookies of a browser", got)
	}
	if s.browsers["A"].count != maxCookies {
		t.Errorf("the count is %d", s.browsers["A"].count)
	}
	for i := range maxBrowsers + 5 {
		s.Missing("A", u, nil) // A stays in use
		s.Learn(fmt.Sprint(i), u, nil, []string{"s=1"})
	}
	all := s.All()
	if len(all) != maxBrowsers || all["A"] == nil || all["0"] != nil {
		t.Errorf("%d browsers, A %d, first %d", len(all), len(all["A"]), len(all["0"]))
	}
}

func TestAll(t *testing.T) {
	s, now := NewStore(), start
	s.now = func() time.Time { return now }
	s.Learn("A", mustParse("https://dev.example.com/x/"), nil, []string{"b=1; Max-Age=60; HttpOnly; SameSite=Lax; Secure", "a=2; Path=/; Max-Age=1"})
	s.LearnSent("A", mustParse("http://api.example.com/"), []string{"c=3"})
	now = now.Add(time.Second)
	all := s.All()["A"]
	if len(all) != 2 || !all[0].Sent || all[0].Domain != "api.example.com" {
		t.Fatalf("%+v", all)
	}
	b := all[1]
	b.order, b.used = 0, 0
	want := Cookie{Name: "b", Value: "1", Domain: "dev.example.com", HostOnly: true, Path: "/x",
		Expires: start.Add(time.Minute), Secure: true, HTTPOnly: true, SameSite: "Lax", Created: start, Used: start}
	if b != want {
		t.Errorf("%+v, want %+v", b, want)
	}
}

// TestConcurrent is for the race detector.
func TestConcurrent(t *testing.T) {
	s, u := NewStore(), mustParse("https://dev.example.com/")
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			browser := fmt.Sprint(i % 3)
			for j := range 100 {
				s.Learn(browser, u, nil, []string{fmt.Sprintf("a%d=%d", j%7, j)})
				s.LearnSent(browser, u, []string{"b=1; a1=5"})
				s.Missing(browser, u, []string{"b=1"})
				s.SameSite(browser, u, "Strict")
				s.All()
			}
		})
	}
	wg.Wait()
	if got := len(s.All()); got != 3 {
		t.Errorf("%d browsers", got)
	}
}

func FuzzStore(f *testing.F) {
	for _, tt := range stored {
		f.Add(tt.line, "a=1; b=2", "/api/x")
	}
	f.Add("s=1; Domain=com", "s=1", "/")
	f.Fuzz(func(t *testing.T, line, sent, path string) {
		u := *mustParse("https://dev.example.com/")
		u.Path = "/" + path
		s := NewStore()
		s.now = func() time.Time { return start }
		s.Learn("A", &u, nil, []string{line})
		set := ParseSetCookie(line)
		for _, p := range s.Missing("A", &u, nil) {
			if p != set.Name()+"="+set.Value() || !strings.Contains(line, set.Value()) {
				t.Errorf("%q came back as %q", line, p)
			}
		}
		for _, other := range []string{"https://evil.test/", "https://com/", "https://notexample.com/"} {
			if got := s.Missing("A", mustParse(other), nil); got != nil {
				t.Errorf("%q goes to %s: %q", line, other, got)
			}
		}
		s.LearnSent("A", &u, []string{sent})
		for _, p := range s.Missing("A", &u, []string{sent}) {
			name, _, _ := strings.Cut(p, "=")
			for _, have := range pairs([]string{sent}) {
				if have.name == name {
					t.Errorf("%q was sent and is added to %q", p, sent)
				}
			}
			if strings.ContainsFunc(p, control) || strings.Contains(p, ";") {
				t.Errorf("%q can't stand in a header", p)
			}
		}
		s.Learn("A", &u, nil, []string{line + "; Max-Age=0"})
		if c, ok := newCookie(&u, line+"; Max-Age=0", start); ok && c.expired(start) {
			for _, held := range s.All()["A"] {
				if held.key() == c.key() && held.Domain == c.Domain {
					t.Errorf("%q was ended and is still there", line)
				}
			}
		}
		s.Forget(nil)
		if len(s.All()) != 0 {
			t.Error("something is left")
		}
	})
}
