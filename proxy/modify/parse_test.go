package modify

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/http/httpguts"

	"corsage/proxy"
)

var lists = []string{"", "*", "Origin", "origin , x", "X-Origin", "Accept-Encoding, Cookie", " ,, ", "a,\"b\", c d", "x,", "Accept, *", "ä"}

func FuzzVary(f *testing.F) {
	for _, a := range lists {
		for _, b := range lists {
			f.Add(a, b)
		}
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		before := []string{a, b}
		after := vary(slices.Clone(before))
		if !hasToken(after, "Origin") && !hasToken(after, "*") {
			t.Errorf("%q became %q, without Origin", before, after)
		}
		had := tokens(before)
		if got := tokens(after); !slices.Equal(got, had) && !slices.Equal(got, append(had, "Origin")) {
			t.Errorf("%q became %q", before, after)
		}
		if again := vary(after); !slices.Equal(again, after) {
			t.Errorf("%q became %q, and then %q", before, after, again)
		}
	})
}

var cookieTokens = []struct{ value, want string }{
	{"abc123", "abc123"},
	{"", ""},
	{`""`, ""},
	{`"abc"`, "abc"},
	{`"`, `"`},
	{`"abc`, `"abc`},
	{"eyJ%3D%3d", "eyJ=="},
	{"100%", "100%"},
	{"a+b/c=", "a+b/c="},
	{"a%0D%0AX: y", ""},
	{"a%00", ""},
}

func TestHeaderToken(t *testing.T) {
	for _, tt := range cookieTokens {
		if got := headerToken(tt.value); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.value, got, tt.want)
		}
	}
}

func FuzzHeaderToken(f *testing.F) {
	for _, tt := range cookieTokens {
		f.Add(tt.value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		got := headerToken(value)
		if !httpguts.ValidHeaderFieldValue(got) {
			t.Errorf("%q: %q can't stand in a header", value, got)
		}
		if got != "" && !strings.ContainsAny(value, `"%`) && got != value {
			t.Errorf("%q became %q", value, got)
		}
	})
}

// upstreamFlow is one behind an upstream on this machine.
func upstreamFlow() *proxy.Flow {
	return &proxy.Flow{
		Rule: &proxy.Rule{Upstream: &url.URL{Scheme: "http", Host: "localhost:3000"}, Host: "localhost:3000"},
		URL:  &url.URL{Scheme: "https", Host: "dev.example.com", Path: "/"},
	}
}

// What is not a link's target or a refresh's URL keeps every byte.
func FuzzMapLinks(f *testing.F) {
	for _, s := range []string{
		"", `<http://localhost:3000/a,b>; rel=next; title="<http://localhost:3000/>, \\"x\\"", <//localhost:3000>`, `<http://localhost:3000`, `"`, `"\\`, `<>`, `><`, `</a>;rel=x`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		got := mapLinks(upstreamFlow(), value)
		if !strings.Contains(value, "//") && got != value {
			t.Errorf("%q became %q", value, got)
		}
		if count := func(s string) int { return strings.Count(s, "<") }; count(got) != count(value) {
			t.Errorf("%q became %q", value, got)
		}
		if again := mapLinks(upstreamFlow(), got); again != got {
			t.Errorf("%q became %q, and then %q", value, got, again)
		}
	})
}

func FuzzMapRefresh(f *testing.F) {
	for _, s := range []string{"", "5", "5; url=http://localhost:3000/", `0;URL="http://localhost:3000/a'b" c`, "0.5,//localhost:3000", "0 /x", ";url=http://localhost:3000/", "5http://localhost:3000/"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		got := mapRefresh(upstreamFlow(), value)
		if !strings.Contains(value, "//") && got != value {
			t.Errorf("%q became %q", value, got)
		}
		if again := mapRefresh(upstreamFlow(), got); again != got {
			t.Errorf("%q became %q, and then %q", value, got, again)
		}
	})
}

func FuzzWiden(f *testing.F) {
	for _, s := range []string{
		"", ";", "connect-src", "connect-src 'none'", "Connect-Src 'self' ; img-src *", "default-src 'none' ; ;", "default-src\t'self' 'nonce-a'; connect-src *",
		"connect-src 'NONE' a; connect-src b", " default-src ;script-src x", "frame-ancestors 'none'",
	} {
		f.Add(s)
	}
	const want = "https://dev.example.com"
	missing := func(have []string) []string {
		if slices.Contains(have, want) {
			return nil
		}
		return []string{want}
	}
	names := []string{"connect-src", "default-src"}
	f.Fuzz(func(t *testing.T, policy string) {
		after := widen(policy, names, missing)
		if again := widen(after, names, missing); again != after {
			t.Errorf("%q became %q, and then %q", policy, after, again)
		}
		if after == policy {
			return
		}
		// One directive is longer or new, all others are what they were.
		var before, rest []string
		for part := range strings.SplitSeq(policy, ";") {
			before = append(before, strings.Join(strings.Fields(part), " "))
		}
		for part := range strings.SplitSeq(after, ";") {
			if part = strings.Join(strings.Fields(part), " "); !strings.Contains(part, want) {
				rest = append(rest, part)
			} else if !strings.EqualFold(strings.Fields(part)[0], "connect-src") || slices.ContainsFunc(strings.Fields(part), none) {
				t.Errorf("%q became %q", policy, after)
			}
		}
		empty := func(s string) bool { return s == "" }
		before, rest = slices.DeleteFunc(before, empty), slices.DeleteFunc(rest, empty)
		gone := slices.DeleteFunc(slices.Clone(before), func(s string) bool { return slices.Contains(rest, s) })
		if len(gone) > 1 || len(gone) == 1 && !strings.EqualFold(strings.Fields(gone[0])[0], "connect-src") {
			t.Errorf("%q became %q: %q changed", policy, after, gone)
		}
	})
}
