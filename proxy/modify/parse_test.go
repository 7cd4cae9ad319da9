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
