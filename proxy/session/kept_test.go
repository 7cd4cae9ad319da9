package session

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestKept takes a store through its JSON form, after some time.
func TestKept(t *testing.T) {
	u := mustParse("https://dev.example.com/app/x")
	for name, tt := range map[string]struct {
		set  []string
		sent string
		wait time.Duration
		want []string // in the order in which they are sent
	}{
		"all alike":         {[]string{"a=1; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=3600", "b=2; Path=/app; Domain=example.com"}, "c=3", 0, []string{"b=2", "a=1", "c=3"}},
		"order":             {[]string{"b=1; Path=/", "a=2; Path=/", "c=3; Path=/"}, "", 0, []string{"b=1", "a=2", "c=3"}},
		"runs out":          {[]string{"a=1; Path=/; Max-Age=60", "b=2; Path=/; Max-Age=61"}, "", time.Minute, []string{"b=2"}},
		"without an end":    {[]string{"a=1; Path=/"}, "b=2", staleTime, []string{"a=1", "b=2"}},
		"stale":             {[]string{"a=1; Path=/", "b=2; Path=/; Max-Age=9999999"}, "c=3", staleTime + time.Second, []string{"b=2"}},
		"bytes, not UTF-8":  {[]string{"a=\xff\xfe; Path=/", "\xfa=\"x y\"; Path=/"}, "", 0, []string{"a=\xff\xfe", "\xfa=\"x y\""}},
		"blanks and quotes": {[]string{`a="x, y"; Path=/`, "b=x\ty; Path=/", "e=; Path=/"}, "", 0, []string{`a="x, y"`, "b=x\ty", "e="}},
	} {
		t.Run(name, func(t *testing.T) {
			now := start
			clock := func() time.Time { return now }
			s := NewStore()
			s.now = clock
			s.Learn("B\xff", u, nil, tt.set)
			s.LearnSent("B\xff", u, []string{tt.sent})
			data, err := s.Encode(1 << 20)
			if err != nil {
				t.Fatal(err)
			}
			now = now.Add(tt.wait)
			again := NewStore()
			again.now = clock
			if err := again.Decode(data); err != nil {
				t.Fatal(err)
			}
			if tt.wait == 0 && !reflect.DeepEqual(bare(again.All()), bare(s.All())) {
				t.Errorf("it was %+v, and is %+v", s.All(), again.All())
			}
			if got := again.Missing("B\xff", u, nil); !slices.Equal(got, tt.want) {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

// bare leaves out what numbers events.
func bare(all map[string][]Cookie) map[string][]Cookie {
	for _, list := range all {
		for i := range list {
			list[i].order, list[i].used = 0, 0
		}
	}
	return all
}

// What was decoded goes on as it would have: what pages had confirmed may move,
// what was used longest ago makes room.
func TestKeptGoesOn(t *testing.T) {
	s, u := NewStore(), mustParse("https://dev.example.com/")
	for i := range maxDomain {
		s.Learn("B", u, nil, []string{fmt.Sprintf("c%d=1; Path=/p%d", i, i)})
	}
	later := time.Now().Add(time.Second)
	s.now = func() time.Time { return later }
	s.Missing("B", mustParse("https://dev.example.com/p0"), nil)
	s.LearnSent("B", mustParse("https://dev.example.com/p2"), []string{"c2=1"})
	data, err := s.Encode(1 << 20)
	if err != nil {
		t.Fatal(err)
	}
	again := NewStore()
	if err := again.Decode(data); err != nil {
		t.Fatal(err)
	}
	again.Learn("B", u, nil, []string{"new=1; Path=/n"})
	for path, want := range map[string]int{"p0": 1, "p1": 0, "p2": 1, "n": 1} {
		if got := again.Missing("B", mustParse("https://dev.example.com/"+path), nil); len(got) != want {
			t.Errorf("/%s: %q", path, got)
		}
	}
	again.LearnSent("B", mustParse("https://dev.example.com/p2"), []string{"c2=2"})
	again.LearnSent("B", mustParse("https://dev.example.com/p3"), []string{"c3=2"})
	for path, want := range map[string]string{"p2": "c2=2", "p3": "c3=1"} {
		if got := again.Missing("B", mustParse("https://dev.example.com/"+path), nil); !slices.Equal(got, []string{want}) {
			t.Errorf("/%s: %q, want %q", path, got, want)
		}
	}
}

// What the store has learned since is newer than what was kept.
func TestKeptIsOlder(t *testing.T) {
	s, u := NewStore(), mustParse("https://dev.example.com/")
	s.Learn("B", u, nil, []string{"s=old", "t=1"})
	data, err := s.Encode(1 << 20)
	if err != nil {
		t.Fatal(err)
	}
	s = NewStore()
	s.Learn("B", u, nil, []string{"s=new"})
	if err := s.Decode(data); err != nil {
		t.Fatal(err)
	}
	if got := s.Missing("B", u, nil); !slices.Equal(got, []string{"s=new", "t=1"}) {
		t.Errorf("%q", got)
	}
}

// Whatever the limit, what fits is the newest, and no more than it.
func TestKeptIsBounded(t *testing.T) {
	s, u := NewStore(), mustParse("https://dev.example.com/")
	if data, err := s.Encode(1 << 20); data != nil || err != nil {
		t.Errorf("nothing is %q, %v", data, err)
	}
	for i := range 40 {
		s.Learn(fmt.Sprint("B", i%3), u, nil, []string{fmt.Sprintf("c%d=%s", i, strings.Repeat("x", 100))})
	}
	for _, limit := range []int{0, 100, 1000, 1001, 5000, 1 << 20} {
		data, err := s.Encode(limit)
		if err != nil {
			t.Fatal(err)
		}
		if len(data) > limit {
			t.Errorf("%d bytes with a limit of %d", len(data), limit)
		}
		if data == nil {
			continue
		}
		again := NewStore()
		if err := again.Decode(data); err != nil {
			t.Fatal(err)
		}
		count := 0
		for _, list := range again.All() {
			count += len(list)
		}
		if limit == 1<<20 && count != 40 || limit == 1000 && count == 0 {
			t.Errorf("%d cookies with a limit of %d", count, limit)
		}
		if got := again.Missing("B0", u, nil); count > 0 && !slices.ContainsFunc(got, func(p string) bool { return strings.HasPrefix(p, "c39=") }) {
			t.Errorf("the newest is gone with a limit of %d: %d cookies", limit, count)
		}
	}
}

func TestNotKept(t *testing.T) {
	good := `{"name":"YQ==","value":"MQ==","domain":"dev.example.com","path":"Lw==","created":"2026-11-23T09:00:00Z","used":"2026-11-23T09:00:00Z"}`
	of := func(cookie string) string { return `[{"browser":"Qg==","cookies":[` + good + "," + cookie + `]}]` }
	for name, text := range map[string]string{
		"empty":           ``,
		"cut off":         of(good)[:100],
		"no list":         `{"browser":"Qg=="}`,
		"no name":         of(strings.Replace(good, "YQ==", "", 1)),
		"a line break":    of(strings.Replace(good, "MQ==", "YQpi", 1)),
		"a semicolon":     of(strings.Replace(good, "MQ==", "YTti", 1)),
		"= in the name":   of(strings.Replace(good, "YQ==", "YT1i", 1)),
		"no domain":       of(strings.Replace(good, "dev.example.com", "", 1)),
		"no path":         of(strings.Replace(good, "Lw==", "YQ==", 1)),
		"wrong base64":    of(strings.Replace(good, "MQ==", "?", 1)),
		"SameSite":        of(strings.Replace(good, `"path"`, `"sameSite":"lax","path"`, 1)),
		"ends too late":   of(strings.Replace(good, `"path"`, `"expires":"9999-01-01T00:00:00Z","path"`, 1)),
		"too long":        of(strings.Replace(good, "MQ==", strings.Repeat("MTEx", 2000), 1)),
		"no time of use":  of(strings.Replace(good, `"used":"2026`, `"used":"x`, 1)),
		"something after": of(good) + "x",
	} {
		s := NewStore()
		s.now = func() time.Time { return start }
		if err := s.Decode([]byte(text)); err == nil || len(s.All()) != 0 {
			t.Errorf("%s: %v, %v", name, err, s.All())
		}
		if err := s.Decode([]byte(of(good))); err != nil || len(s.All()["B"]) != 1 {
			t.Errorf("a good one: %v, %v", err, s.All())
		}
	}
}

func TestSubscribe(t *testing.T) {
	s, u := NewStore(), mustParse("https://dev.example.com/")
	wake, cancel := s.Subscribe()
	woken := func() bool {
		select {
		case <-wake:
			return true
		default:
			return false
		}
	}
	for _, step := range []struct {
		what string
		do   func()
		want bool
	}{
		{"set", func() { s.Learn("B", u, nil, []string{"a=1"}) }, true},
		{"set alike", func() { s.Learn("B", u, nil, []string{"a=1"}) }, false},
		{"set with other flags", func() { s.Learn("B", u, nil, []string{"a=1; HttpOnly"}) }, true},
		{"refused", func() { s.Learn("B", u, nil, []string{"a=1; Domain=com"}) }, false},
		{"asked for", func() { s.Missing("B", u, nil) }, false},
		{"sent, kept", func() { s.LearnSent("B", u, []string{"a=1"}) }, true},
		{"sent again", func() { s.LearnSent("B", u, []string{"a=1"}) }, false},
		{"sent, moved", func() { s.LearnSent("B", u, []string{"a=2"}) }, true},
		{"sent, new", func() { s.LearnSent("B", u, []string{"b=2"}) }, true},
		{"ended", func() { s.Learn("B", u, nil, []string{"b=; Max-Age=0"}) }, true},
		{"ended again", func() { s.Learn("B", u, nil, []string{"b=; Max-Age=0"}) }, false},
		{"none forgotten", func() { s.Forget(func(string, *Cookie) bool { return false }) }, false},
		{"forgotten", func() { s.Forget(nil) }, true},
		{"two at once", func() { s.Learn("B", u, nil, []string{"a=1", "b=1"}) }, true},
	} {
		if step.do(); woken() != step.want {
			t.Errorf("%s: want a wake-up: %v", step.what, step.want)
		}
		if woken() {
			t.Errorf("%s: two wake-ups", step.what)
		}
	}
	cancel()
	s.Forget(nil)
	if woken() {
		t.Error("woken after the end")
	}
}

func TestForget(t *testing.T) {
	s, u := NewStore(), mustParse("https://dev.example.com/")
	for _, b := range []string{"A", "B"} {
		s.Learn(b, u, nil, []string{"s=1", "t=1", "p=1; Path=/p", "d=1; Domain=example.com"})
	}
	n := s.Forget(func(browser string, c *Cookie) bool { return browser == "A" && (c.Name == "s" || c.Path == "/p") })
	if n != 2 || len(s.All()["A"]) != 2 || len(s.All()["B"]) != 4 || s.browsers["A"].count != 2 {
		t.Errorf("%d forgotten, left %v", n, s.All())
	}
	if n := s.Forget(nil); n != 6 || len(s.All()) != 0 {
		t.Errorf("%d forgotten, left %v", n, s.All())
	}
}

func FuzzDecode(f *testing.F) {
	for _, tt := range stored {
		s := NewStore()
		s.Learn("B", mustParse("https://dev.example.com/"), nil, []string{tt.line, "b=2"})
		data, err := s.Encode(1000)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s := NewStore()
		if s.Decode(data) != nil {
			return
		}
		again, err := s.Encode(1 << 20)
		if err != nil {
			t.Fatal(err)
		}
		for browser := range s.All() {
			for _, p := range s.Missing(browser, mustParse("https://dev.example.com/a/b"), nil) {
				if strings.ContainsFunc(p, control) || strings.Contains(p, ";") {
					t.Errorf("%q can't stand in a header", p)
				}
			}
		}
		if again != nil {
			if err := NewStore().Decode(again); err != nil {
				t.Errorf("%s is not what it takes back: %v", again, err)
			}
		}
	})
}
