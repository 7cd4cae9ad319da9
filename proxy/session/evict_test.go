package session

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestEviction holds the order of RFC 6265bis, section 5.7: a domain has its bound
// of cookies, some of which were used again, and one more comes.
func TestEviction(t *testing.T) {
	line := func(attrs string) func(i int) string {
		return func(i int) string { return fmt.Sprintf("c%d=1; Path=/p%d%s", i, i, attrs) }
	}
	for name, tt := range map[string]struct {
		full func(i int) string
		used []int // by a request, in order, after all were set
		wait time.Duration
		add  string
		gone []string
	}{
		"expired first":             {func(i int) string { return line(map[bool]string{true: "; Max-Age=5", false: "; Secure"}[i%2 == 1])(i) }, nil, time.Minute, "n=1; Path=/n", every(1, 2)},
		"then those not Secure":     {func(i int) string { return line(map[bool]string{true: "", false: "; Secure"}[i%10 == 7])(i) }, nil, 0, "n=1; Path=/n; Secure", []string{"c7"}},
		"of them the longest ago":   {func(i int) string { return line(map[bool]string{true: "", false: "; Secure"}[i%10 == 7])(i) }, []int{7, 17, 37}, 0, "n=1; Path=/n; Secure", []string{"c27"}},
		"the new one too":           {line("; Secure"), nil, 0, "n=1; Path=/n", []string{"n"}},
		"then those that share":     {line("; Secure"), []int{0, 1}, 0, "n=1; Path=/n; Secure", []string{"c2"}},
		"all alike":                 {line(""), []int{0, 2}, 0, "n=1; Path=/n", []string{"c1"}},
		"set again counts as use":   {line(""), nil, 0, "c0=2; Path=/p0", nil},
		"another domain is its own": {line(""), nil, 0, "n=1; Path=/n; Domain=example.com", nil},
	} {
		t.Run(name, func(t *testing.T) {
			s, now := NewStore(), start
			s.now = func() time.Time { return now }
			want := make(map[string]bool)
			for i := range maxDomain {
				s.Learn("B", mustParse("https://dev.example.com/"), nil, []string{tt.full(i)})
				want[fmt.Sprint("c", i)] = true
			}
			for _, i := range tt.used {
				if got := s.Missing("B", mustParse(fmt.Sprintf("https://dev.example.com/p%d", i)), nil); len(got) != 1 {
					t.Fatalf("c%d: %q", i, got)
				}
			}
			now = now.Add(tt.wait)
			s.Learn("B", mustParse("https://dev.example.com/"), nil, []string{tt.add})
			added, _, _ := strings.Cut(tt.add, "=")
			want[added] = true
			for _, c := range s.All()["B"] {
				if slices.Contains(tt.gone, c.Name) {
					t.Errorf("%s is still there", c.Name)
				}
				delete(want, c.Name)
			}
			if all := s.All()["B"]; s.browsers["B"].count != len(all) {
				t.Errorf("%d are there, %d of them good", s.browsers["B"].count, len(all))
			}
			for _, name := range tt.gone {
				delete(want, name)
			}
			if len(want) > 0 {
				t.Errorf("gone are %v", want)
			}
		})
	}
}

// every names each step-th cookie from the first.
func every(first, step int) (names []string) {
	for i := first; i < maxDomain; i += step {
		names = append(names, fmt.Sprint("c", i))
	}
	return names
}

// The last of the RFC's order: of all cookies, the one used longest ago, Secure
// or not, and only when there are too many of them.
func TestEvictionOfAll(t *testing.T) {
	s := NewStore()
	host := func(i int) string { return fmt.Sprintf("https://h%d.example.com/", i) }
	for i := range maxCookies / maxDomain {
		for j := range maxDomain {
			s.Learn("B", mustParse(host(i)), nil, []string{fmt.Sprintf("c%d=1; Secure", j)})
		}
	}
	s.Missing("B", mustParse(host(0)), nil)
	s.Learn("B", mustParse("https://last.example.com/"), nil, []string{"n=1"})
	if got := s.browsers["B"].count; got != maxCookies || len(s.All()["B"]) != maxCookies {
		t.Errorf("%d cookies, %d counted", len(s.All()["B"]), got)
	}
	for url, want := range map[string]int{host(0): maxDomain, host(1): maxDomain - 1, host(2): maxDomain, "https://last.example.com/": 1} {
		if got := s.Missing("B", mustParse(url), nil); len(got) != want || slices.Contains(got, "c0=1") && url == host(1) {
			t.Errorf("%s has %d, want %d", url, len(got), want)
		}
	}
}

// What was superseded is bounded, by values of a name and by names.
func TestPastIsBounded(t *testing.T) {
	s, u := NewStore(), mustParse("https://dev.example.com/")
	for i := range maxFormer + 5 {
		s.Learn("B", u, nil, []string{fmt.Sprintf("s=%d", i)})
	}
	for i := range maxNames + 5 {
		s.Learn("B", u, nil, []string{fmt.Sprintf("n%d=1", i), fmt.Sprintf("n%d=2", i)})
	}
	p := &s.browsers["B"].past
	if len(p.values) != maxNames {
		t.Errorf("%d names", len(p.values))
	}
	for name, list := range p.values {
		if len(list) > maxFormer {
			t.Errorf("%d values of %v", len(list), name)
		}
	}
}
