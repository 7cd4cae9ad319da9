package verdict

import (
	"net/http"
	"slices"
	"testing"
)

// Fetch, section 2.2.6 "CORS filtered response": what a script can read.
func TestExposed(t *testing.T) {
	all := []string{"Cache-Control", "Content-Type", "Set-Cookie", "X-A", "X-B"}
	for _, c := range []struct {
		name    string
		expose  []string
		mode    Credentials
		read    []string
		without []string
	}{
		{"nothing exposed", nil, Include, []string{"Cache-Control", "Content-Type"}, nil},
		{"one", []string{"x-a"}, Include, []string{"Cache-Control", "Content-Type", "X-A"}, nil},
		{"two fields", []string{"x-a", "X-B"}, Include, []string{"Cache-Control", "Content-Type", "X-A", "X-B"}, nil},
		{"Set-Cookie never", []string{"Set-Cookie, X-A"}, Include, []string{"Cache-Control", "Content-Type", "X-A"}, nil},
		{"* with credentials", []string{"*"}, Include, []string{"Cache-Control", "Content-Type"}, nil},
		{"* without", []string{"*"}, Omit, []string{"Access-Control-Allow-Credentials", "Access-Control-Allow-Origin", "Access-Control-Expose-Headers", "Cache-Control", "Content-Type", "X-A", "X-B"}, nil},
		{"* where it is not known", []string{"*, x-a"}, UnknownCredentials, []string{"Cache-Control", "Content-Type", "X-A"},
			[]string{"Access-Control-Allow-Credentials", "Access-Control-Allow-Origin", "Access-Control-Expose-Headers", "X-B"}},
		{"malformed", []string{"x-a x-b"}, Include, []string{"Cache-Control", "Content-Type"}, nil},
	} {
		h := http.Header{allowOrigin: {localhost}, allowCredentials: {"true"}}
		for _, name := range all {
			h.Set(name, "1")
		}
		if c.expose != nil {
			h[exposeHeaders] = c.expose
		}
		v := Judge(Browser{Engine: Firefox}, Request{Page: localhost, URL: dev(t, "/"), Method: "GET", Mode: CORS, Credentials: c.mode}, &Response{200, h})
		if v.Outcome != Readable || !slices.Equal(v.Readable, c.read) || !slices.Equal(v.ReadableUncredentialed, c.without) {
			t.Errorf("%s: %s, readable %q, without credentials %q", c.name, v.Outcome, v.Readable, v.ReadableUncredentialed)
		}
		if got := len(v.Readable) + len(v.ReadableUncredentialed) + len(v.Hidden); got != len(h) {
			t.Errorf("%s: %d names of %d", c.name, got, len(h))
		}
	}
	// The page's own origin hides Set-Cookie alone.
	v := Judge(Browser{}, Request{Page: "https://dev.example.com", URL: dev(t, "/"), Method: "GET", Mode: CORS}, &Response{200, http.Header{"Set-Cookie": {"a=1"}, "X-A": {"1"}}})
	if v.Outcome != Readable || !slices.Equal(v.Readable, []string{"X-A"}) || !slices.Equal(v.Hidden, []string{"Set-Cookie"}) {
		t.Errorf("%+v", v)
	}
}
