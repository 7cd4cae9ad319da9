package session

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"
)

var start = time.Date(2026, time.November, 23, 9, 0, 0, 0, time.UTC)

func mustParse(s string) *url.URL {
	u, err := url.Parse(s)
	if err != nil {
		panic(err)
	}
	return u
}

// stored are Set-Cookie lines and what a browser makes of them. The host is
// https://dev.example.com/app/login unless a URL is given.
var stored = []struct {
	line, url string
	want      string // "" where it is refused
}{
	{"a=1", "", "a=1 dev.example.com only /app"},
	{"a=1; Path=/", "", "a=1 dev.example.com only /"},
	{"a=1; Path=", "", "a=1 dev.example.com only /app"},
	{"a=1; Path=x", "", "a=1 dev.example.com only /app"},
	{"a=1; Path=/x; Path=/y/", "", "a=1 dev.example.com only /y/"},
	{"a=1", "https://dev.example.com", "a=1 dev.example.com only /"},
	{"a=1", "https://dev.example.com/login", "a=1 dev.example.com only /"},
	{"a=1", "https://dev.example.com/a%20b/", "a=1 dev.example.com only /a%20b"},

	{"a=1; Domain=example.com", "", "a=1 example.com all /app"},
	{"a=1; Domain=.EXAMPLE.com", "", "a=1 example.com all /app"},
	{"a=1; Domain=dev.example.com", "", "a=1 dev.example.com all /app"},
	{"a=1; Domain=", "", "a=1 dev.example.com only /app"},
	{"a=1; Domain=x.dev.example.com", "", ""},
	{"a=1; Domain=other.com", "", ""},
	{"a=1; Domain=ample.com", "", ""},
	{"a=1; Domain=my_shop.test", "https://api.my_shop.test/", "a=1 my_shop.test all /"},
	{"a=1; Domain=ab--cd.test", "https://api.ab--cd.test/", "a=1 ab--cd.test all /"},
	{"a=1; Domain=com", "", ""},
	{"a=1; Domain=example.com; Domain=other.com", "", ""},
	{"a=1; Domain=co.uk", "https://shop.co.uk/", ""},
	{"a=1; Domain=github.io", "https://github.io/", "a=1 github.io only /"},
	{"a=1; Domain=localhost", "http://localhost:8000/", "a=1 localhost only /"},
	{"a=1; Domain=127.0.0.1", "http://127.0.0.1:8000/", "a=1 127.0.0.1 only /"},
	{"a=1; Domain=0.0.1", "http://127.0.0.1:8000/", ""},
	{"a=1", "http://[::1]:8000/", "a=1 ::1 only /"},
	{"a=1", "https://DEV.example.com./", "a=1 dev.example.com only /"},
	{"a=1; Domain=xn--bcher-kva.example", "https://bücher.example/", "a=1 xn--bcher-kva.example all /"},
	{"a=1; Domain=bücher.example", "https://xn--bcher-kva.example/", ""},
	{"a=1; Domain=example.com; Domain=", "", "a=1 dev.example.com only /app"},
	{"a=1; Domain=example.com.", "", ""},
	{"a=1; Domain=..example.com", "", ""},
	{"a=1; Domain=example.com; Domain=" + strings.Repeat("x", 1025), "", "a=1 example.com all /app"},
	{"a=1; Domain=shop.github.io", "https://api.shop.github.io/", "a=1 shop.github.io all /"},
	{"a=1; Domain=github.io", "https://shop.github.io/", ""},
	{"a=1; Domain=corp", "https://dev.corp/", ""},

	{"a=1; Max-Age=60", "", "a=1 dev.example.com only /app 1m0s"},
	{"a=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "", "a=1 dev.example.com only /app 1m0s"},
	{"a=1; Expires=Mon, 23 Nov 2026 09:01:00 GMT", "", "a=1 dev.example.com only /app 1m0s"},
	{"a=1; Expires=Mon, 23-Nov-26 09:01:00 GMT; Max-Age=x", "", "a=1 dev.example.com only /app 1m0s"},
	{"a=1; Expires=soon", "", "a=1 dev.example.com only /app"},
	{"a=1; Max-Age=0", "", "a=1 dev.example.com only /app ended"},
	{"a=1; Max-Age=-5", "", "a=1 dev.example.com only /app ended"},
	{"a=1; Max-Age=+5", "", "a=1 dev.example.com only /app"},
	{"a=1; Max-Age=5.5", "", "a=1 dev.example.com only /app"},
	{"a=1; Max-Age=", "", "a=1 dev.example.com only /app"},
	{"a=1; Max-Age=99999999999999999999", "", "a=1 dev.example.com only /app 9600h0m0s"},
	{"a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "", "a=1 dev.example.com only /app ended"},

	{"a=1; Secure; HttpOnly; SameSite=strict", "", "a=1 dev.example.com only /app secure httponly Strict"},
	{"a=1; Secure=no; SameSite=Lax; SameSite=None", "", "a=1 dev.example.com only /app secure None"},
	{"a=1; SameSite=Sometimes", "", "a=1 dev.example.com only /app"},
	{"a=1; Secure", "http://dev.example.com/", "a=1 dev.example.com only /"},
	{"a=1; Secure", "http://localhost:8000/", "a=1 localhost only /"},

	{"__Secure-a=1; Secure", "", "__Secure-a=1 dev.example.com only /app secure"},
	{"__secure-a=1", "", ""},
	{"__Host-a=1; Secure; Path=/", "", "__Host-a=1 dev.example.com only / secure"},
	{"__Host-a=1; Secure", "", ""},
	{"__Host-a=1; Secure; Path=/app", "", ""},
	{"__HOST-a=1; Path=/", "", ""},
	{"__Host-a=1; Secure; Path=/; Domain=example.com", "", ""},
	{"__Host-a=1; Secure", "https://dev.example.com/", ""},
	{"__Host-a=1; Secure; Path=/; Path=/" + strings.Repeat("x", 1024), "", "__Host-a=1 dev.example.com only / secure"},
	{"__Host-a=1; Secure; Path=/; Domain=", "", "__Host-a=1 dev.example.com only / secure"},

	{`q="a b,c"`, "", `q="a b,c" dev.example.com only /app`},
	{"  sp  =  x y\t", "", "sp=x y dev.example.com only /app"},
	{"e=", "", "e= dev.example.com only /app"},
	{"utf=ü", "", "utf=ü dev.example.com only /app"},
	{"tab=a\tb", "", "tab=a\tb dev.example.com only /app"},
	{"=x", "", ""},
	{"x", "", ""},
	{"", "", ""},
	{"a=\x01", "", ""},
	{"a=1; x=\x7f", "", ""},
	{"a=1\r\nb=2", "", ""},
	{"a=" + strings.Repeat("x", 4095), "", "a=" + strings.Repeat("x", 4095) + " dev.example.com only /app"},
	{"a=" + strings.Repeat("x", 4096), "", ""},
	{"a=1; Path=/" + strings.Repeat("x", 1024), "", "a=1 dev.example.com only /app"},
}

func TestNewCookie(t *testing.T) {
	for _, tt := range stored {
		u := mustParse("https://dev.example.com/app/login")
		if tt.url != "" {
			u = mustParse(tt.url)
		}
		got := ""
		if c, ok := newCookie(u, tt.line, start); ok {
			got = describe(c)
		}
		if got != tt.want {
			t.Errorf("%.80q from %v: %.120q, want %.120q", tt.line, u, got, tt.want)
		}
	}
}

func describe(c Cookie) string {
	s := fmt.Sprintf("%s=%s %s all %s", c.Name, c.Value, c.Domain, c.Path)
	if c.HostOnly {
		s = strings.Replace(s, " all ", " only ", 1)
	}
	switch {
	case c.expired(start):
		s += " ended"
	case !c.Expires.IsZero():
		s += " " + c.Expires.Sub(start).String()
	}
	if c.Secure {
		s += " secure"
	}
	if c.HTTPOnly {
		s += " httponly"
	}
	if c.SameSite != "" {
		s += " " + c.SameSite
	}
	return s
}

func TestPathMatches(t *testing.T) {
	for _, tt := range []struct {
		cookie, path string
		want         bool
	}{
		{"/", "/", true}, {"/", "/x", true}, {"/api", "/api", true}, {"/api", "/api/", true}, {"/api", "/api/x", true},
		{"/api", "/apix", false}, {"/api", "/ap", false}, {"/api/", "/api/x", true}, {"/api/", "/api", false}, {"/API", "/api", false},
	} {
		if c := (Cookie{Path: tt.cookie}); c.pathMatches(tt.path) != tt.want {
			t.Errorf("path %s for %s: %v, want %v", tt.cookie, tt.path, !tt.want, tt.want)
		}
	}
}
