package verdict

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

const localhost = "http://localhost:3000"

func dev(t testing.TB, path string) *url.URL {
	t.Helper()
	u, err := url.Parse("https://dev.example.com" + path)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// The CORS check, Fetch section 4.10.
func TestCORSCheck(t *testing.T) {
	for _, c := range []struct {
		name        string
		origin      []string
		credentials []string
		omit, incl  Outcome
		header      string // that decided where a call with credentials is blocked
	}{
		{"none", nil, nil, Blocked, Blocked, allowOrigin},
		{"the page's", []string{localhost}, nil, Readable, Blocked, allowCredentials},
		{"the page's, credentials", []string{localhost}, []string{"true"}, Readable, Readable, ""},
		{"credentials TRUE", []string{localhost}, []string{"TRUE"}, Readable, Blocked, allowCredentials},
		{"credentials twice", []string{localhost}, []string{"true", "true"}, Readable, Blocked, allowCredentials},
		{"*", []string{"*"}, []string{"true"}, Readable, Blocked, allowOrigin},
		{"another", []string{"http://localhost:3001"}, []string{"true"}, Blocked, Blocked, allowOrigin},
		{"case", []string{"http://LOCALHOST:3000"}, []string{"true"}, Blocked, Blocked, allowOrigin},
		{"slash", []string{localhost + "/"}, []string{"true"}, Blocked, Blocked, allowOrigin},
		{"twice", []string{localhost, localhost}, []string{"true"}, Blocked, Blocked, allowOrigin},
		{"list", []string{localhost + ", https://a.test"}, []string{"true"}, Blocked, Blocked, allowOrigin},
		{"null", []string{"null"}, []string{"true"}, Blocked, Blocked, allowOrigin},
		{"empty", []string{""}, []string{"true"}, Blocked, Blocked, allowOrigin},
	} {
		h := http.Header{}
		if c.origin != nil {
			h[allowOrigin] = c.origin
		}
		if c.credentials != nil {
			h[allowCredentials] = c.credentials
		}
		judge := func(mode Credentials) Verdict {
			return Judge(Browser{Engine: Chromium}, Request{Page: localhost, URL: dev(t, "/"), Method: "GET", Mode: CORS, Credentials: mode}, &Response{200, h})
		}
		omit, incl, unknown := judge(Omit), judge(Include), judge(UnknownCredentials)
		if omit.Outcome != c.omit || incl.Outcome != c.incl {
			t.Errorf("%s: %s without credentials, %s with, want %s and %s", c.name, omit.Outcome, incl.Outcome, c.omit, c.incl)
		}
		want := c.omit
		if c.omit != c.incl {
			want = ReadableUncredentialed
		}
		if unknown.Outcome != want {
			t.Errorf("%s: %s where the mode is unknown, want %s", c.name, unknown.Outcome, want)
		}
		if unknown.Outcome == Blocked && unknown.Remedy != incl.Remedy {
			t.Errorf("%s: the remedy %q would not do for credentials", c.name, unknown.Remedy)
		}
		if c.header != "" && (incl.Rule.Header != c.header || incl.Short == "" || !strings.HasPrefix(incl.Remedy, c.header+": ")) {
			t.Errorf("%s: %+v", c.name, incl)
		}
	}
}
