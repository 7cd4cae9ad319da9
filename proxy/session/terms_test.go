package session

import (
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestExpires(t *testing.T) {
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	for line, want := range map[string]time.Time{
		"a=1":                   {},
		"a=1; Max-Age=60":       now.Add(time.Minute),
		"a=1; max-age=0":        time.Unix(0, 0),
		"a=1; Max-Age=x":        {},
		"a=1; Max-Age=-5":       time.Unix(0, 0),
		"a=1; Expires=nonsense": {},
		"a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT":             time.Unix(0, 0),
		"a=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT": now.Add(time.Minute),
	} {
		if got := ParseSetCookie(line).Expires(now); !got.Equal(want) {
			t.Errorf("%s: %v, want %v", line, got, want)
		}
	}
}

func TestCookiePath(t *testing.T) {
	for line, want := range map[string]string{
		"a=1": "/api", "a=1; Path=/": "/", "a=1; Path=x": "/api", "a=1; Path=/api/me": "/api/me", "a=1; Path": "/api",
		"a=1; Path=/api/me; Path=/" + strings.Repeat("x", maxAttr): "/api/me",
	} {
		u, err := url.Parse("https://dev.example.com/api/me?x")
		if err != nil {
			t.Fatal(err)
		}
		got := ParseSetCookie(line).CookiePath(u)
		if got != want {
			t.Errorf("%s: %s, want %s", line, got, want)
		}
		if !PathMatches(got, u) || PathMatches("/apis", u) {
			t.Errorf("%s goes to %s", got, u)
		}
	}
}
