package verdict

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// Fetch, section 4.8 "CORS-preflight fetch", step 7 on.
func TestPreflight(t *testing.T) {
	ok := func(more ...string) http.Header {
		h := http.Header{allowOrigin: {localhost}, allowCredentials: {"true"}}
		for i := 0; i < len(more); i += 2 {
			h.Add(more[i], more[i+1])
		}
		return h
	}
	for _, c := range []struct {
		name            string
		status          int
		header          http.Header
		method, headers string
		omit, incl      Outcome
		ruleHeader      string // where a call with credentials is blocked
	}{
		{"204", 204, ok(allowMethods, "PUT, DELETE"), "PUT", "", Passed, Passed, ""},
		{"299", 299, ok(allowMethods, "PUT"), "PUT", "", Passed, Passed, ""},
		{"401", 401, ok(allowMethods, "PUT"), "PUT", "", Blocked, Blocked, ""},
		{"405", 405, ok(), "PUT", "", Blocked, Blocked, ""},
		{"redirect", 302, ok("Location", "/login"), "PUT", "", Blocked, Blocked, "Location"},
		{"304", 304, ok(allowMethods, "PUT"), "PUT", "", Blocked, Blocked, ""},
		{"no origin", 200, http.Header{allowMethods: {"PUT"}}, "PUT", "", Blocked, Blocked, allowOrigin},
		{"no credentials", 200, http.Header{allowOrigin: {localhost}, allowMethods: {"PUT"}}, "PUT", "", Passed, Blocked, allowCredentials},
		{"* for origin", 200, http.Header{allowOrigin: {"*"}, allowMethods: {"PUT"}}, "PUT", "", Passed, Blocked, allowOrigin},
		{"method missing", 200, ok(), "PUT", "", Blocked, Blocked, allowMethods},
		{"method not named", 200, ok(allowMethods, "GET, POST"), "PUT", "", Blocked, Blocked, allowMethods},
		{"safelisted method", 200, ok(allowHeaders, "x-a"), "POST", "x-a", Passed, Passed, ""},
		{"patch in lower case", 200, ok(allowMethods, "PATCH"), "patch", "", Blocked, Blocked, allowMethods},
		{"* for methods", 200, ok(allowMethods, "*"), "PUT", "", Passed, Blocked, allowMethods},
		{"methods in two fields", 200, ok(allowMethods, "GET", allowMethods, "PUT"), "PUT", "", Passed, Passed, ""},
		{"methods malformed", 200, ok(allowMethods, "PUT; DELETE"), "PUT", "", Blocked, Blocked, allowMethods},
		{"methods malformed for GET", 200, ok(allowMethods, "G T", allowHeaders, "x-a"), "GET", "x-a", Blocked, Blocked, allowMethods},
		{"headers missing", 200, ok(), "GET", "x-a", Blocked, Blocked, allowHeaders},
		{"headers in any case", 200, ok(allowHeaders, "X-A,,x-B"), "GET", "x-a,x-b", Passed, Passed, ""},
		{"one header missing", 200, ok(allowHeaders, "X-A"), "GET", "x-a,x-b", Blocked, Blocked, allowHeaders},
		{"* for headers", 200, ok(allowHeaders, "*"), "GET", "x-a", Passed, Blocked, allowHeaders},
		{"* never covers authorization", 200, ok(allowHeaders, "*"), "GET", "authorization", Blocked, Blocked, allowHeaders},
		{"* and authorization", 200, ok(allowHeaders, "*, Authorization"), "GET", "authorization,x-a", Passed, Blocked, allowHeaders},
		{"headers malformed", 200, ok(allowHeaders, "X-A X-B"), "GET", "x-a", Blocked, Blocked, allowHeaders},
	} {
		judge := func(mode Credentials) Verdict {
			h := http.Header{"Origin": {localhost}, requestMethod: {c.method}}
			if c.headers != "" {
				h.Set(requestHeaders, c.headers)
			}
			return Judge(Browser{}, Request{Page: localhost, URL: dev(t, "/api"), Method: "OPTIONS", Header: h, Credentials: mode}, &Response{c.status, c.header})
		}
		omit, incl, unknown := judge(Omit), judge(Include), judge(UnknownCredentials)
		if omit.Outcome != c.omit || incl.Outcome != c.incl {
			t.Errorf("%s: %s without credentials, %s with, want %s and %s", c.name, omit.Outcome, incl.Outcome, c.omit, c.incl)
		}
		want := c.omit
		if c.omit != c.incl {
			want = PassedUncredentialed
		}
		if unknown.Outcome != want {
			t.Errorf("%s: %s where the mode is not known, want %s", c.name, unknown.Outcome, want)
		}
		if incl.Outcome == Blocked && (incl.Rule.Header != c.ruleHeader || incl.Short == "" || incl.Why == "" || incl.Remedy == "") {
			t.Errorf("%s: %+v, want %s", c.name, incl, c.ruleHeader)
		}
	}
}

// The remedy mends all that is wrong at once.
func TestPreflightRemedy(t *testing.T) {
	req := Request{Page: localhost, URL: dev(t, "/api"), Method: "OPTIONS", Credentials: Include,
		Header: http.Header{"Origin": {localhost}, requestMethod: {"DELETE"}, requestHeaders: {"authorization,x-a"}}}
	for _, resp := range []*Response{
		{401, http.Header{}},
		{302, header("Location", "/login")},
		{200, header(allowOrigin, "*", allowMethods, "*", allowHeaders, "*")},
		{200, header(allowOrigin, localhost, allowCredentials, "TRUE", allowHeaders, "X-A")},
	} {
		v := Judge(Browser{Engine: Firefox}, req, resp)
		mended := http.Header{}
		for line := range strings.Lines(v.Remedy) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
			mended.Set(name, value)
		}
		for name, values := range resp.Header {
			if mended[name] == nil {
				mended[name] = values
			}
		}
		if again := Judge(Browser{Engine: Firefox}, req, &Response{204, mended}); v.Outcome != Blocked || again.Outcome != Passed {
			t.Errorf("%v: %s, remedy\n%s\nleaves it %s", resp, v.Outcome, v.Remedy, again.Why)
		}
		if (resp.Status != 200) != strings.HasPrefix(v.Remedy, "Answer OPTIONS /api with 204") {
			t.Errorf("%d: %s", resp.Status, v.Remedy)
		}
	}
}

// Engines take * for Authorization too, where no credentials are sent; that is
// said.
func TestStarAndAuthorization(t *testing.T) {
	for engine, want := range map[Engine]Outcome{UnknownEngine: Blocked, Chromium: Passed, Firefox: Passed, WebKit: Passed} {
		v := Judge(Browser{Engine: engine}, Request{Page: localhost, URL: dev(t, "/"), Method: "OPTIONS", Credentials: Omit,
			Header: header("Origin", localhost, requestMethod, "GET", requestHeaders, "authorization")}, &Response{204, header(allowOrigin, "*", allowHeaders, "*")})
		if v.Outcome != want || want == Passed && len(v.Notes) != 1 {
			t.Errorf("%s: %s, %q", engine, v.Outcome, v.Notes)
		}
	}
}

func TestPreflightCarriesNoCookies(t *testing.T) {
	v := Judge(Browser{Chromium, Allowed}, Request{Page: localhost, URL: dev(t, "/"), Method: "OPTIONS",
		Header: http.Header{"Origin": {localhost}, requestMethod: {"PUT"}}}, &Response{204, http.Header{"Set-Cookie": {"a=1; SameSite=None; Secure"}}})
	if c := v.Cookies; len(c) != 1 || c[0].Outcome != Refused || !strings.Contains(c[0].Why, "a preflight carries no cookies") {
		t.Errorf("%+v", c)
	}
}

func TestPrivateNetworkNote(t *testing.T) {
	h := http.Header{"Origin": {localhost}, requestMethod: {"POST"}, "Access-Control-Request-Private-Network": {"true"}}
	answer := http.Header{allowOrigin: {localhost}, allowCredentials: {"true"}}
	judge := func() Verdict {
		return Judge(Browser{Engine: Chromium}, Request{Page: localhost, URL: dev(t, "/"), Method: "OPTIONS", Header: h}, &Response{204, answer})
	}
	if v := judge(); v.Outcome != Passed || len(v.Notes) != 1 || !strings.Contains(v.Notes[0], "Private-Network") {
		t.Errorf("%+v", v)
	}
	answer.Set("Access-Control-Allow-Private-Network", "true")
	if v := judge(); len(v.Notes) != 0 {
		t.Errorf("%+v", v)
	}
}

// Fetch, section 2.2.2 "CORS-unsafe request-header names".
func TestUnsafeHeaders(t *testing.T) {
	long := strings.Repeat("a", maxSafelistedValue+1)
	for _, c := range []struct {
		name, value string
		safe        bool
	}{
		{"Accept", "application/json, text/*;q=0.5", true},
		{"Accept", "a(b)", false},
		{"Accept", `"x"`, false},
		{"Accept", long, false},
		{"Accept-Language", "de-CH, en;q=0.8, *", true},
		{"Accept-Language", "de_CH", false},
		{"Content-Language", "en-GB", true},
		{"Content-Language", "en@x", false},
		{"Content-Type", "text/plain", true},
		{"Content-Type", "TEXT/PLAIN;charset=utf-8", true},
		{"Content-Type", "multipart/form-data; boundary=x", true},
		{"Content-Type", "application/x-www-form-urlencoded", true},
		{"Content-Type", "application/json", false},
		{"Content-Type", "text/plain, application/json", false},
		{"Content-Type", `text/plain; charset="utf-8"`, false},
		{"Content-Type", "", false},
		{"Range", "bytes=0-", true},
		{"Range", "bytes=1-10", true},
		{"Range", "bytes=10-1", false},
		{"Range", "bytes=-500", false},
		{"Range", "bytes=0-1,3-4", false},
		{"Range", "bytes 0-1", false},
		{"X-Requested-With", "XMLHttpRequest", false},
		{"Authorization", "Bearer x", false},
		{"If-None-Match", `"1"`, false},
		{"Cookie", "a=1", true}, // the browser's, not the script's
		{"Sec-Fetch-Mode", "cors", true},
		{"User-Agent", "Mozilla/5.0", true},
		{"Referer", localhost, true},
	} {
		got := UnsafeHeaders(http.Header{c.name: {c.value}})
		want := []string{strings.ToLower(c.name)}
		if c.safe {
			want = nil
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %s gives %q", c.name, c.value, got)
		}
	}
	if got := UnsafeHeaders(header("X-B", "1", "Accept", "*/*", "X-A", "1")); !slices.Equal(got, []string{"x-a", "x-b"}) {
		t.Errorf("%q", got)
	}
}

func TestPreflightOf(t *testing.T) {
	base := Request{Page: localhost, URL: dev(t, "/api"), Mode: CORS, Credentials: Include, Header: http.Header{"Origin": {localhost}}}
	for _, c := range []struct {
		name    string
		change  func(*Request)
		method  string // of the preflight; "" for none
		headers string
	}{
		{"simple", func(r *Request) { r.Method = "GET" }, "", ""},
		{"form", func(r *Request) {
			r.Method = "POST"
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}, "", ""},
		{"json", func(r *Request) { r.Method = "POST"; r.Header.Set("Content-Type", "application/json") }, "POST", "content-type"},
		{"delete", func(r *Request) { r.Method = "DELETE" }, "DELETE", ""},
		{"token", func(r *Request) {
			r.Method = "GET"
			r.Header.Set("X-B", "1")
			r.Header.Set("Authorization", "x")
		}, "GET", "authorization,x-b"},
		{"own origin", func(r *Request) { r.Method = "DELETE"; r.Page = "https://dev.example.com" }, "", ""},
		{"no-cors", func(r *Request) { r.Method = "POST"; r.Mode = NoCORS; r.Header.Set("X-A", "1") }, "", ""},
	} {
		req := base
		req.Header = base.Header.Clone()
		c.change(&req)
		p, ok := Preflight(req)
		if ok != (c.method != "") {
			t.Errorf("%s: %v", c.name, ok)
			continue
		}
		if ok && (p.Method != "OPTIONS" || p.Header.Get(requestMethod) != c.method || p.Header.Get(requestHeaders) != c.headers || !p.preflight()) {
			t.Errorf("%s: %s %v", c.name, p.Method, p.Header)
		}
	}
}

func FuzzList(f *testing.F) {
	for _, v := range []string{"", "GET", "GET, POST", ",,", "a b", "*", "\t X-A ,", `"q"`, "é"} {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, v string) {
		tokens, ok := list(http.Header{allowMethods: {v}}, allowMethods)
		if !ok && tokens != nil {
			t.Errorf("%q: %q and failure", v, tokens)
		}
		for _, s := range tokens {
			if !token(s) || !strings.Contains(v, s) {
				t.Errorf("%q: %q", v, s)
			}
		}
		again, ok2 := list(http.Header{allowMethods: {strings.Join(tokens, ",")}}, allowMethods)
		if ok && (!ok2 || !slices.Equal(again, tokens)) {
			t.Errorf("%q: %q, then %q", v, tokens, again)
		}
	})
}
