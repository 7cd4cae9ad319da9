package verdict

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"corsage/proxy/session"
)

func parse(t testing.TB, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// What RFC 6265bis, section 5.7, stores and refuses. The calls are made with
// credentials.
func TestSetCookie(t *testing.T) {
	const (
		https = "https://dev.example.com/api/me"
		plain = "http://dev.example.com/api/me"
		local = "http://localhost:8000/api/me"
		own   = "https://dev.example.com"
	)
	long := strings.Repeat("v", maxPair)
	for _, c := range []struct {
		name, page, url, line string
		engine                Engine
		party                 ThirdParty
		outcome               CookieOutcome
		value                 string // of the rule, where refused
		remedy                string
	}{
		// SameSite, with schemes: 5.7 step 17, 5.2.
		{"lax", localhost, https, "sessionid=1; SameSite=Lax; HttpOnly; Path=/", Chromium, Allowed, Refused, "SameSite=Lax",
			"Set-Cookie: sessionid=…; SameSite=None; HttpOnly; Path=/; Secure"},
		{"strict", localhost, https, "a=1; SameSite=Strict; Secure", Chromium, Allowed, Refused, "SameSite=Strict", "Set-Cookie: a=…; SameSite=None; Secure"},
		{"absent", localhost, https, "a=1", Chromium, Allowed, Refused, "", "Set-Cookie: a=…; SameSite=None; Secure"},
		{"absent in Firefox", localhost, https, "a=1", Firefox, Allowed, Stored, "", ""},
		{"unknown value", localhost, https, "a=1; SameSite=Foo", Chromium, Allowed, Refused, "SameSite=Foo", "Set-Cookie: a=…; SameSite=None; Secure"},
		{"lax on its own page", own, https, "a=1; SameSite=Lax", Chromium, Allowed, Stored, "", ""},
		{"lax on its own site", "https://app.example.com", https, "a=1; SameSite=Lax", Chromium, Allowed, Stored, "", ""},
		{"lax, other scheme", "http://app.example.com", https, "a=1; SameSite=Lax", Chromium, Allowed, Refused, "SameSite=Lax", "Set-Cookie: a=…; SameSite=None; Secure"},
		{"lax, other scheme, Firefox", "http://app.example.com", https, "a=1; SameSite=Lax", Firefox, Allowed, Stored, "", ""},
		{"lax on localhost", localhost, local, "a=1; SameSite=Lax", Chromium, Allowed, Stored, "", ""},
		{"lax on plain http", localhost, plain, "a=1; SameSite=Lax", Chromium, Allowed, Refused, "SameSite=Lax", serveHTTPS},
		{"none", localhost, https, "a=1; SameSite=None; Secure", Chromium, Allowed, Stored, "", ""},
		{"none in capitals", localhost, https, "a=1; samesite=NONE; secure", Chromium, Allowed, Stored, "", ""},
		{"the last one counts", localhost, https, "a=1; SameSite=Lax; SameSite=None; Secure", Chromium, Allowed, Stored, "", ""},
		{"none without Secure", localhost, https, "a=1; SameSite=None", Chromium, Allowed, Refused, "SameSite=None", "Set-Cookie: a=…; SameSite=None; Secure"},
		{"none without Secure, Firefox", localhost, https, "a=1; SameSite=None", Firefox, Partitioned, Refused, "SameSite=None", "Set-Cookie: a=…; SameSite=None; Secure"},
		{"none without Secure on localhost", localhost, local, "a=1; SameSite=None", Chromium, Allowed, Refused, "SameSite=None", "Set-Cookie: a=…; SameSite=None; Secure"},
		{"none without Secure, own plain page", "http://dev.example.com", plain, "a=1; SameSite=None", Chromium, Allowed, Refused, "SameSite=None", "Set-Cookie: a=…; SameSite=Lax"},
		// Secure: step 11.
		{"secure on plain http", "http://dev.example.com", plain, "a=1; Secure", Chromium, Allowed, Refused, "Secure", "Set-Cookie: a=…"},
		{"secure on plain http, across", localhost, plain, "a=1; Secure; SameSite=None", Chromium, Allowed, Refused, "Secure", serveHTTPS},
		{"secure on localhost", localhost, local, "a=1; Secure", Chromium, Allowed, Stored, "", ""},
		{"secure on a name of localhost", "http://app.localhost:8000", "http://app.localhost:8000/", "a=1; Secure", Firefox, Partitioned, Stored, "", ""},
		{"secure on localhost, WebKit", localhost, local, "a=1; Secure", WebKit, NotStored, Refused, "Secure", "Set-Cookie: a=…"},
		// Domain: steps 5 to 8.
		{"parent", own, https, "a=1; Domain=.Example.com", Chromium, Allowed, Stored, "", ""},
		{"itself", own, https, "a=1; Domain=dev.example.com", Chromium, Allowed, Stored, "", ""},
		{"empty domain", own, https, "a=1; Domain=", Chromium, Allowed, Stored, "", ""},
		{"child", own, https, "a=1; Domain=x.dev.example.com", Chromium, Allowed, Refused, "Domain=x.dev.example.com", "Set-Cookie: a=…"},
		{"sibling", own, https, "a=1; Domain=other.example.com; Path=/", Chromium, Allowed, Refused, "Domain=other.example.com", "Set-Cookie: a=…; Path=/"},
		{"half a label", own, https, "a=1; Domain=ample.com", Chromium, Allowed, Refused, "Domain=ample.com", "Set-Cookie: a=…"},
		{"public suffix", own, https, "a=1; Domain=com", Chromium, Allowed, Refused, "Domain=com", "Set-Cookie: a=…"},
		{"private suffix", "https://me.github.io", "https://me.github.io/", "a=1; Domain=github.io", Chromium, Allowed, Refused, "Domain=github.io", "Set-Cookie: a=…"},
		{"address", "http://127.0.0.1", "http://127.0.0.1/", "a=1; Domain=0.0.1", Chromium, Allowed, Refused, "Domain=0.0.1", "Set-Cookie: a=…"},
		{"its address", "http://127.0.0.1", "http://127.0.0.1/", "a=1; Domain=127.0.0.1", Chromium, Allowed, Stored, "", ""},
		{"too long to count", own, https, "a=1; Domain=" + strings.Repeat("x", maxAttr+1), Chromium, Allowed, Stored, "", ""},
		// Prefixes: steps 18 to 21.
		{"__Host-", own, https, "__Host-a=1; Secure; Path=/", Chromium, Allowed, Stored, "", ""},
		{"__host-", own, https, "__host-a=1", Chromium, Allowed, Refused, "__Host-", "Set-Cookie: __host-a=…; Secure; Path=/"},
		{"__Host- with Domain", own, https, "__Host-a=1; Secure; Path=/; Domain=dev.example.com", Chromium, Allowed, Refused, "Domain=dev.example.com", "Set-Cookie: __Host-a=…; Secure; Path=/"},
		{"__Host- without Path", own, https, "__Host-a=1; Secure", Chromium, Allowed, Refused, "Path=", "Set-Cookie: __Host-a=…; Secure; Path=/"},
		{"__Secure-", own, https, "__Secure-a=1", Chromium, Allowed, Refused, "__Secure-", "Set-Cookie: __Secure-a=…; Secure"},
		{"__Secure- on plain http", "http://dev.example.com", plain, "__Secure-a=1; Secure", Chromium, Allowed, Refused, "Secure", serveHTTPS},
		{"__Http-", own, https, "__Http-a=1; Secure", Chromium, Allowed, Refused, "__Http-", "Set-Cookie: __Http-a=…; Secure; HttpOnly"},
		{"a prefix in the value", own, https, "=__Host-a", Chromium, Allowed, Refused, "__Host-", "Give the cookie a name."},
		{"nameless", own, https, "only a value", Chromium, Allowed, Stored, "", ""},
		// Partitioned, and the third-party policies.
		{"partitioned", localhost, https, "a=1; SameSite=None; Secure; Partitioned", Chromium, BlockedCookies, Stored, "", ""},
		{"partitioned without Secure", own, https, "a=1; Partitioned", Chromium, Allowed, Refused, "Partitioned", "Set-Cookie: a=…; Partitioned; Secure"},
		{"blocked", localhost, https, "a=1; SameSite=None; Secure", Chromium, BlockedCookies, Refused, "SameSite=None", "Set-Cookie: a=…; SameSite=None; Secure; Partitioned"},
		{"lax and blocked", localhost, https, "a=1; SameSite=Lax", Chromium, BlockedCookies, Refused, "SameSite=Lax", "Set-Cookie: a=…; SameSite=None; Secure; Partitioned"},
		{"blocked, not a third party", localhost, local, "a=1", Chromium, BlockedCookies, Stored, "", ""},
		{"WebKit", localhost, https, "a=1; SameSite=None; Secure", WebKit, NotStored, Refused, "SameSite=None", "Serve page and backend under one site: no line of a third party is taken here."},
		{"WebKit under a listed suffix", "https://app.example.com", https, "a=1; SameSite=Strict", WebKit, NotStored, Stored, "", ""},
		{"WebKit under another", "https://app.dev.test", "https://api.dev.test/", "a=1", WebKit, NotStored, Refused, "", "Serve page and backend under one site: no line of a third party is taken here."},
		{"Firefox under another", "https://app.dev.test", "https://api.dev.test/", "a=1; SameSite=Strict", Firefox, Partitioned, Stored, "", ""},
		{"WebKit's sites have no such limit", "https://app.dev.test", "https://api.dev.test/", "__Host-a=1; SameSite=Lax", WebKit, Allowed, Refused, "__Host-", "Set-Cookie: __Host-a=…; SameSite=Lax; Secure; Path=/"},
		{"WebKitGTK knows no prefixes", own, https, "__Host-a=1", WebKit, NotStored, Stored, "", ""},
		{"WebKit, none without Secure", "http://dev.example.com", plain, "a=1; SameSite=None", WebKit, NotStored, Stored, "", ""},
		// Bytes, sizes and ends: 5.6, 5.7.
		{"control character", own, https, "a=\x01", Chromium, Allowed, Refused, `"a=\x01"`, "Encode the value, for example with percent-encoding."},
		{"tab", own, https, "a=x\ty", Firefox, Partitioned, Stored, "", ""},
		{"tab in Chromium", own, https, "a=x\ty", Chromium, Allowed, Refused, `"a=x\ty"`, "Encode the value, for example with percent-encoding."},
		{"nothing", own, https, "=", Chromium, Allowed, Refused, "", "Set-Cookie: name=value"},
		{"4096 bytes", own, https, "a=" + long[1:], Chromium, Allowed, Stored, "", ""},
		{"4097 bytes", own, https, "a=" + long, Chromium, Allowed, Refused, "4097 bytes", "Keep the data on the server, and only an identifier in the cookie."},
		{"ended", own, https, "a=; Max-Age=0", Chromium, Allowed, Removed, "", ""},
		{"ended long ago", own, https, "a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT", Chromium, Allowed, Removed, "", ""},
		{"ending refused", localhost, https, "a=; Max-Age=0", Chromium, Allowed, Refused, "", "Set-Cookie: a=…; Max-Age=0; SameSite=None; Secure"},
	} {
		v := Judge(Browser{c.engine, c.party}, Request{Page: c.page, URL: parse(t, c.url), Method: "POST", Mode: CORS, Credentials: Include},
			&Response{200, http.Header{"Set-Cookie": {c.line}}})
		if len(v.Cookies) != 1 {
			t.Errorf("%s: %d verdicts", c.name, len(v.Cookies))
			continue
		}
		got := v.Cookies[0]
		if got.Outcome != c.outcome || got.Remedy != c.remedy || got.Outcome == Refused && got.Rule.Value != c.value {
			t.Errorf("%s: %s, %+v\n%s\n%q, want %s, %q, %q", c.name, got.Outcome, got.Rule, got.Why, got.Remedy, c.outcome, c.value, c.remedy)
		}
		// A remedy is one: the line that it gives is taken.
		if line, ok := strings.CutPrefix(got.Remedy, "Set-Cookie: "); ok && strings.Contains(line, "…") {
			again := Judge(Browser{c.engine, c.party}, Request{Page: c.page, URL: parse(t, c.url), Method: "POST", Mode: CORS, Credentials: Include},
				&Response{200, http.Header{"Set-Cookie": {line}}})
			if o := again.Cookies[0].Outcome; o != Stored && o != Removed {
				t.Errorf("%s: the remedy %q is %s", c.name, line, o)
			}
		}
	}
}

func TestCookieSentence(t *testing.T) {
	v := Judge(Browser{Chromium, Allowed}, Request{Page: localhost, URL: dev(t, "/"), Method: "POST", Mode: CORS, Credentials: Include},
		&Response{200, http.Header{"Set-Cookie": {"sessionid=1; SameSite=Lax"}}})
	want := "`sessionid` was refused: SameSite=Lax, and http://localhost:3000 to https://dev.example.com is cross-site."
	if got := v.Cookies[0].Why; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

// Where a cookie of a third party lies, and that a call without credentials has
// none.
func TestCookieParty(t *testing.T) {
	const none = "a=1; SameSite=None; Secure"
	for _, c := range []struct {
		name        string
		browser     Browser
		line        string
		page, top   string
		credentials Credentials
		outcome     CookieOutcome
		partitioned bool
		unsure      bool
	}{
		{"Chromium", Browser{Chromium, Allowed}, none, localhost, "", Include, Stored, false, false},
		{"Firefox", Browser{Firefox, Partitioned}, none, localhost, "", Include, Stored, true, false},
		{"Firefox, its own page", Browser{Firefox, Partitioned}, none, "https://dev.example.com", "", Include, Stored, false, false},
		{"its own page in a tab of another", Browser{Firefox, Partitioned}, none, "https://dev.example.com", localhost, Include, Stored, true, false},
		{"CHIPS", Browser{Chromium, Allowed}, none + "; Partitioned", localhost, "", Include, Stored, true, false},
		{"omit", Browser{Chromium, Allowed}, none, localhost, "", Omit, Refused, false, false},
		{"same-origin", Browser{Chromium, Allowed}, none, localhost, "", SameOriginOnly, Refused, false, false},
		{"not known", Browser{Chromium, Allowed}, none, localhost, "", UnknownCredentials, Stored, false, true},
		{"lax in a frame of its own", Browser{Chromium, Allowed}, "a=1; SameSite=Lax", "https://dev.example.com", localhost, Include, Refused, false, false},
	} {
		v := Judge(c.browser, Request{Page: c.page, Top: c.top, URL: dev(t, "/"), Method: "GET", Mode: CORS, Credentials: c.credentials},
			&Response{200, http.Header{"Set-Cookie": {c.line}}}).Cookies[0]
		if v.Outcome != c.outcome || v.Partitioned != c.partitioned || v.Uncredentialed != c.unsure {
			t.Errorf("%s: %+v", c.name, v)
		}
	}
}

// A top-level navigation may set any cookie, a document in a frame may not.
func TestCookieOfNavigation(t *testing.T) {
	for dest, want := range map[string]CookieOutcome{"document": Stored, "iframe": Refused} {
		v := Judge(Browser{Chromium, Allowed}, Request{Page: localhost, URL: dev(t, "/"), Method: "GET",
			Header: http.Header{"Sec-Fetch-Mode": {"navigate"}, "Sec-Fetch-Dest": {dest}}}, &Response{200, http.Header{"Set-Cookie": {"a=1; SameSite=Strict"}}})
		if v.Cookies[0].Outcome != want {
			t.Errorf("%s: %+v", dest, v.Cookies[0])
		}
	}
}

// A link in a frame that fills the tab comes from the frame's page alone.
func TestCookieOfLinkInFrame(t *testing.T) {
	v := Judge(Browser{Chromium, Allowed}, Request{Page: "https://app.example.com", Top: localhost, URL: dev(t, "/"), Method: "GET", Credentials: Include,
		Header: header("Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"), Given: []Given{{Line: "a=1; SameSite=Strict; Path=/", URL: dev(t, "/"), TopLevel: true}}}, nil)
	if len(v.Cookies) != 1 || v.Cookies[0].Outcome != Sent {
		t.Errorf("%+v", v.Cookies)
	}
}

// Which cookies go with a request that was not made yet: RFC 6265bis, section 5.8.
func TestCookieSent(t *testing.T) {
	own := func(line string) Given {
		return Given{Line: line, URL: dev(t, "/accounts/login"), Page: "https://dev.example.com"}
	}
	cross := func(line string) Given { return Given{Line: line, URL: dev(t, "/"), Page: localhost} }
	chromium, firefox := Browser{Chromium, Allowed}, Browser{Firefox, Partitioned}
	for _, c := range []struct {
		name    string
		browser Browser
		given   Given
		page    string
		url     string
		method  string
		top     bool
		outcome CookieOutcome
		why     string
	}{
		{"none", chromium, own("a=1; SameSite=None; Secure; Path=/"), localhost, "https://dev.example.com/api", "GET", false, Sent, ""},
		{"lax", chromium, own("a=1; SameSite=Lax; Path=/"), localhost, "https://dev.example.com/api", "GET", false, NotSent, "SameSite=Lax"},
		{"absent", chromium, own("a=1; Path=/"), localhost, "https://dev.example.com/api", "GET", false, NotSent, "no SameSite"},
		{"lax, a link", chromium, own("a=1; SameSite=Lax; Path=/"), localhost, "https://dev.example.com/api", "GET", true, Sent, ""},
		{"lax, a form", chromium, own("a=1; SameSite=Lax; Path=/"), localhost, "https://dev.example.com/api", "POST", true, NotSent, "SameSite=Lax"},
		{"strict, a link", chromium, own("a=1; SameSite=Strict; Path=/"), localhost, "https://dev.example.com/api", "GET", true, NotSent, "SameSite=Strict"},
		{"path", chromium, own("a=1; SameSite=None; Secure"), localhost, "https://dev.example.com/api", "GET", false, NotSent, "path is /accounts"},
		{"host only", chromium, own("a=1; Path=/"), "https://api.example.com", "https://api.example.com/", "GET", false, NotSent, "belongs to dev.example.com"},
		{"domain", chromium, own("a=1; Path=/; Domain=example.com"), "https://api.example.com", "https://api.example.com/", "GET", false, Sent, ""},
		{"secure", chromium, own("a=1; Path=/; Secure"), "http://dev.example.com", "http://dev.example.com/", "GET", false, NotSent, "is Secure"},
		{"refused then", chromium, cross("a=1; SameSite=Lax; Path=/"), localhost, "https://dev.example.com/", "GET", false, NotSent, "it was refused when https://dev.example.com set it"},
		{"another jar", firefox, own("a=1; SameSite=None; Secure; Path=/"), localhost, "https://dev.example.com/", "GET", false, NotSent, "of the backend's own pages"},
		{"this jar", firefox, cross("a=1; SameSite=None; Secure; Path=/"), localhost, "https://dev.example.com/", "GET", false, Sent, ""},
		{"partitioned by scheme", firefox, own("a=1; Secure; Path=/; Partitioned"), "http://app.example.com", "https://dev.example.com/", "GET", false, NotSent, "of the backend's own pages"},
		{"the same unpartitioned", firefox, own("a=1; Secure; Path=/"), "http://app.example.com", "https://dev.example.com/", "GET", false, Sent, ""},
		{"a jar of another port", firefox, cross("a=1; SameSite=None; Secure; Path=/"), "http://localhost:5173", "https://dev.example.com/", "GET", false, Sent, ""},
		{"blocked", Browser{Chromium, BlockedCookies}, own("a=1; SameSite=None; Secure; Path=/"), localhost, "https://dev.example.com/", "GET", false, NotSent, "blocks third-party"},
		{"not stored, but sent", Browser{WebKit, NotStored}, own("a=1; SameSite=None; Path=/"), localhost, "https://dev.example.com/", "GET", false, Sent, ""},
	} {
		h := http.Header{"Sec-Fetch-Mode": {"cors"}}
		if c.top {
			h = http.Header{"Sec-Fetch-Mode": {"navigate"}, "Sec-Fetch-Dest": {"document"}}
		}
		v := Judge(c.browser, Request{Page: c.page, URL: parse(t, c.url), Method: c.method, Header: h, Credentials: Include, Given: []Given{c.given}, Proxied: true}, nil)
		if len(v.Cookies) != 1 || v.Cookies[0].Outcome != c.outcome || !strings.Contains(v.Cookies[0].Why, c.why) {
			t.Errorf("%s: %+v, want %s: %s", c.name, v.Cookies, c.outcome, c.why)
		}
	}
}

// RFC 6265bis, section 5.6.7.2: Chromium sends a cookie without SameSite with a
// form from elsewhere for two minutes.
func TestLaxAllowingUnsafe(t *testing.T) {
	at := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name, line, dest string
		engine           Engine
		age              time.Duration
		outcome          CookieOutcome
	}{
		{"new", "a=1; Path=/", "document", Chromium, time.Minute, Sent},
		{"old", "a=1; Path=/", "document", Chromium, 2 * time.Minute, NotSent},
		{"lax", "a=1; Path=/; SameSite=Lax", "document", Chromium, time.Minute, NotSent},
		{"in a frame", "a=1; Path=/", "iframe", Chromium, time.Minute, NotSent},
		{"by the standard alone", "a=1; Path=/", "document", UnknownEngine, time.Minute, NotSent},
	} {
		v := Judge(Browser{Engine: c.engine}, Request{Page: localhost, URL: dev(t, "/"), Method: "POST", At: at, Proxied: true,
			Header: http.Header{"Sec-Fetch-Mode": {"navigate"}, "Sec-Fetch-Dest": {c.dest}},
			Given:  []Given{{Line: c.line, URL: dev(t, "/"), Page: "https://dev.example.com", At: at.Add(-c.age)}}}, nil)
		if len(v.Cookies) != 1 || v.Cookies[0].Outcome != c.outcome {
			t.Errorf("%s: %+v, want %s", c.name, v.Cookies, c.outcome)
		}
	}
}

// The last line on a cookie counts, and one that ended is no matter.
func TestCookieLatest(t *testing.T) {
	at := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	given := func(line string) Given {
		return Given{Line: line, URL: dev(t, "/"), Page: "https://dev.example.com", At: at}
	}
	c := newCall(Browser{Chromium, Allowed}, Request{Page: localhost, URL: dev(t, "/"), At: at.Add(time.Hour), Given: []Given{
		given("a=1; SameSite=None; Secure"), given("a=2"), given("b=1; Max-Age=60"), given("c=1"), given("c=; Max-Age=0"),
		given("d=1; SameSite=None; Secure"), given("d=2; SameSite=None"), // refused: the first stays
	}})
	var got []string
	for _, g := range c.latest() {
		got = append(got, g.Line)
	}
	if want := []string{"a=2", "d=1; SameSite=None; Secure"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// RFC 6265bis, section 5.7, step 13.
func TestSecureCookiesAreLeftAlone(t *testing.T) {
	for _, c := range []struct {
		name, given, line string
		outcome           CookieOutcome
	}{
		{"the same", "a=1; Secure; Path=/", "a=2; Path=/", Refused},
		{"not Secure", "a=1; Path=/", "a=2; Path=/", Stored},
		{"another name", "b=1; Secure; Path=/", "a=2; Path=/", Stored},
		{"below its path", "a=1; Secure; Path=/login", "a=2; Path=/login/en", Refused},
		{"above its path", "a=1; Secure; Path=/login", "a=2; Path=/", Stored},
		{"of the parent", "a=1; Secure; Path=/; Domain=example.com", "a=2; Path=/", Refused},
	} {
		v := Judge(Browser{Chromium, Allowed}, Request{Page: "http://dev.example.com", URL: parse(t, "http://dev.example.com/"), Mode: CORS, Method: "GET",
			Given: []Given{{Line: c.given, URL: dev(t, "/"), TopLevel: true}}}, &Response{200, header(setCookie, c.line)})
		if got := v.Cookies[len(v.Cookies)-1]; got.Outcome != c.outcome {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}

// Whatever the line, there is a verdict on it, and a remedy that is a line mends it.
func FuzzSetCookie(f *testing.F) {
	for _, line := range []string{"a=1", "a=1; SameSite=None; Secure", "__Host-a=1; Path=/", "; ;", "=", "a=\x00", "a=1; Domain=.example.com; Partitioned"} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		for _, b := range []Browser{{Chromium, BlockedCookies}, {Firefox, Partitioned}, {WebKit, NotStored}, {UnknownEngine, Allowed}} {
			req := Request{Page: localhost, URL: dev(t, "/"), Mode: CORS, Credentials: Include}
			v := Judge(b, req, &Response{200, http.Header{"Set-Cookie": {line}}}).Cookies[0]
			if v.Why == "" || v.Rule.Standard == "" {
				t.Errorf("%q: %+v", line, v)
			}
			mended, ok := strings.CutPrefix(v.Remedy, "Set-Cookie: ")
			if v.Outcome != Refused || !ok || session.ParseSetCookie(line).Name() == "" {
				continue
			}
			if again := Judge(b, req, &Response{200, http.Header{"Set-Cookie": {mended}}}).Cookies[0]; again.Outcome == Refused {
				t.Errorf("%q: the remedy %q is refused: %s", line, mended, again.Why)
			}
		}
	})
}
