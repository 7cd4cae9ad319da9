package verdict

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"corsage/proxy/record"
)

// logged makes an entry of the log: a call of the page on localhost, in Firefox.
func logged(request, response http.Header, changes ...record.Change) *record.Entry {
	h := header("User-Agent", firefoxAgent, "Origin", localhost, "Sec-Fetch-Mode", "cors", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Dest", "empty", storageAccess, "none")
	for name, values := range request {
		if h[name] = values; values == nil {
			delete(h, name)
		}
	}
	return &record.Entry{
		ID: 1, Start: time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC), State: record.Done, Method: "GET", URL: "https://dev.example.com/api", Status: 200, Origin: localhost, Relation: "allowed",
		Request: record.Message{Head: record.NewHead(h)}, Response: record.Message{Head: record.NewHead(response)}, Changes: changes,
	}
}

func changed(side record.Side, toggle, name string, before, after []string) record.Change {
	return record.Change{Toggle: toggle, Side: side, Header: name, Before: before, After: after, Why: "Because."}
}

// granted are the changes of the CORS toggles.
func granted() []record.Change {
	return []record.Change{
		changed(record.Response, "allow-origin", allowOrigin, nil, []string{localhost}),
		changed(record.Response, "allow-credentials", allowCredentials, nil, []string{"true"}),
	}
}

func TestSign(t *testing.T) {
	const lax, none = "sessionid=1; SameSite=Lax", "sessionid=1; SameSite=None; Secure"
	cors := header(allowOrigin, localhost, allowCredentials, "true")
	with := func(h http.Header, more ...string) http.Header {
		h = h.Clone()
		for name, values := range header(more...) {
			h[name] = values
		}
		return h
	}
	kept := record.Change{Toggle: held, Side: record.Response, Header: setCookie, Before: []string{lax}, After: []string{lax},
		Why: "The held session keeps sessionid for allowed pages, whatever the browser does."}
	webkit := header("User-Agent", webkitAgent)
	preflight := func(response http.Header, local bool, changes ...record.Change) *record.Entry {
		e := logged(http.Header{requestMethod: {"PUT"}, storageAccess: nil}, response, changes...)
		e.Method, e.Status, e.Local = "OPTIONS", 204, local
		return e
	}
	local502 := logged(nil, nil, granted()...)
	local502.Local, local502.Status, local502.Error = true, 502, "dev.example.com could not be reached"
	local502.Response.Head = record.NewHead(cors)
	navigation := logged(http.Header{"Sec-Fetch-Mode": {"navigate"}, "Sec-Fetch-Dest": {"document"}, "Origin": nil}, http.Header{})
	form := logged(header("Content-Type", "application/json"), cors, changed(record.Request, "rewrite-origin", "Origin", []string{localhost}, []string{"https://dev.example.com"}))
	form.Method = "POST"
	renewed := logged(nil, http.Header{}, granted()...)
	renewed.Status = 304
	page := func(received, sent string, e *record.Entry) *record.Entry {
		e.Page = &record.Page{URL: localhost + "/", Received: record.Policy{CSP: []string{received}}, Sent: record.Policy{CSP: []string{sent}}}
		return e
	}

	for _, c := range []struct {
		name string
		e    *record.Entry
		kind Kind
		text string
		note string
	}{
		{"no CORS headers", logged(nil, http.Header{}, granted()...), Unblocked, "unblocked by Corsage", "no Access-Control-Allow-Origin"},
		{"CORS right", logged(nil, cors), NoHelp, "needed no help", ""},
		{"CORS right, request changed", form, NoHelp, "needed no help", "needed a preflight first, which has a row of its own. Corsage changed Origin in the request"},
		{"nothing helped", logged(nil, http.Header{}), StillBlocked, "still blocked: no Allow-Origin", ""},
		{"*, credentials sent", logged(nil, header(allowOrigin, "*")), StillBlocked, "still blocked: Allow-Origin is * with credentials", ""},
		{"*, no credentials", logged(http.Header{storageAccess: nil}, header(allowOrigin, "*")), NoHelp, "needed no help", ""},
		{"*, not known", logged(with(webkit, "Sec-Fetch-Storage-Access", "x"), header(allowOrigin, "*")), StillBlocked, "still blocked: Allow-Origin is * with credentials", ""},
		{"*, not known and mended", logged(http.Header{"User-Agent": {webkitAgent}, storageAccess: nil}, header(allowOrigin, "*"),
			changed(record.Response, "allow-origin", allowOrigin, []string{"*"}, []string{localhost}), granted()[1]), Unblocked, "unblocked by Corsage, for calls with credentials", "without credentials can read it"},
		{"*, not known and left", logged(http.Header{"User-Agent": {webkitAgent}, storageAccess: nil}, header(allowOrigin, "*")), StillBlocked, "still blocked with credentials: Allow-Origin is * with credentials", ""},

		{"cookie mended", logged(nil, with(cors, setCookie, lax), changed(record.Response, "cookie-samesite", setCookie, []string{lax}, []string{none})), Unblocked, "unblocked by Corsage", "SameSite=Lax"},
		{"cookie refused", logged(nil, with(cors, setCookie, lax)), CookieRefused, "cookie refused: sessionid", "SameSite=Lax"},
		{"cookie held", logged(nil, with(cors, setCookie, lax), kept), Unblocked, "unblocked by Corsage", "SameSite=Lax"},
		{"cookie stored anyway", logged(nil, with(cors, setCookie, none)), NoHelp, "needed no help", ""},
		{"cookie of a call without credentials", logged(http.Header{storageAccess: nil}, with(cors, setCookie, none)), CookieRefused, "cookie refused: sessionid", "without credentials"},
		{"cookie added", logged(nil, cors, changed(record.Request, held, "Cookie", nil, []string{"sessionid=1"})), Unblocked, "unblocked by Corsage", "`sessionid` was not sent"},

		{"preflight answered", preflight(header(allowOrigin, localhost, allowCredentials, "true", allowMethods, "PUT"), true), Local, "answered by Corsage", "not known"},
		{"preflight of the backend", preflight(header(allowOrigin, localhost, allowCredentials, "true", allowMethods, "PUT"), false), NoHelp, "needed no help", ""},
		{"preflight refused", preflight(http.Header{}, false), StillBlocked, "still blocked: no Allow-Origin", ""},
		{"preflight without credentials", preflight(header(allowOrigin, "*", allowMethods, "PUT"), false), StillBlocked, "still blocked with credentials: Allow-Origin is * with credentials", ""},
		{"no answer", local502, StillBlocked, "still blocked: the backend did not answer", "could not be reached"},
		{"navigation", navigation, NoSign, "", ""},
		{"a kept answer", renewed, NoSign, "", "304 renews"},
		{"policy relaxed", page("connect-src 'self'", "connect-src *", logged(nil, cors)), Unblocked, "unblocked by Corsage", "connect-src 'self'"},
		{"policy of another document", page("connect-src 'self'", "connect-src 'self'", logged(nil, cors)), NoHelp, "needed no help", ""},
	} {
		pair, ok := Of(c.e)
		if !ok {
			t.Errorf("%s: no verdict", c.name)
			continue
		}
		if s := pair.Sign; s.Kind != c.kind || s.Text != c.text || !strings.Contains(s.Note, c.note) {
			t.Errorf("%s: %+v, want %s, %q, %q\nanswered %+v\ndelivered %+v", c.name, s, c.kind, c.text, c.note, pair.Answered, pair.Delivered)
		}
	}
}

// What neither page nor browser made has no verdict, nor has what has no answer.
func TestNoVerdict(t *testing.T) {
	curl := logged(header("User-Agent", "curl/8.5", "Origin", ""), http.Header{})
	curl.Origin = ""
	waiting := logged(nil, nil)
	waiting.Status = 0
	for name, e := range map[string]*record.Entry{"curl": curl, "waiting": waiting, "no URL": {Status: 200, Origin: localhost}} {
		if p, ok := Of(e); ok {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

// A held cookie that Corsage adds, and one that the guard takes out.
func TestHeldCookies(t *testing.T) {
	e := logged(header("Cookie", "own=1"), header(allowOrigin, localhost, allowCredentials, "true"),
		changed(record.Request, held, "Cookie", []string{"own=1"}, []string{"own=1; sessionid=2"}))
	p, _ := Of(e)
	outcome := func(v Verdict, name string) (got []CookieOutcome) {
		for _, c := range v.Cookies {
			if c.Name == name {
				got = append(got, c.Outcome)
			}
		}
		return got
	}
	if a, d := outcome(p.Answered, "sessionid"), outcome(p.Delivered, "sessionid"); !slices.Equal(a, []CookieOutcome{NotSent}) || !slices.Equal(d, []CookieOutcome{Added}) {
		t.Errorf("added: %v, %v", a, d)
	}
	if a, d := outcome(p.Answered, "own"), outcome(p.Delivered, "own"); !slices.Equal(a, []CookieOutcome{Sent}) || !slices.Equal(d, []CookieOutcome{Sent}) {
		t.Errorf("own: %v, %v", a, d)
	}
	// With what was given, the reason is the concrete one.
	p, _ = Of(e, Given{Line: "sessionid=2; SameSite=Lax", URL: dev(t, "/login"), Page: "https://dev.example.com"})
	i := slices.IndexFunc(p.Delivered.Cookies, func(c Cookie) bool { return c.Name == "sessionid" })
	if want := "`sessionid` was not sent: SameSite=Lax, and http://localhost:3000 to https://dev.example.com is cross-site; Corsage's held session added it."; p.Delivered.Cookies[i].Why != want {
		t.Errorf("%s", p.Delivered.Cookies[i].Why)
	}

	e = logged(nil, header(setCookie, "a=1; SameSite=Lax"), record.Change{Toggle: held, Side: record.Response, Header: setCookie, Before: []string{"a=1; SameSite=Lax"}, After: []string{"a=1; SameSite=Lax"}, Why: "The held session keeps a for allowed pages."})
	if p, _ = Of(e); len(p.Delivered.Cookies) != 1 || !strings.HasSuffix(p.Delivered.Cookies[0].Why, "Corsage's held session keeps it, and adds it to the page's requests.") {
		t.Errorf("kept: %+v", p.Delivered.Cookies)
	}

	e = logged(header("Cookie", "own=1"), http.Header{}, changed(record.Request, "guard", "Cookie", []string{"own=1"}, nil))
	if p, _ = Of(e); !slices.Equal(outcome(p.Delivered, "own"), []CookieOutcome{NotSent}) || !slices.Equal(outcome(p.Answered, "own"), []CookieOutcome{Sent}) {
		t.Errorf("guarded: %+v", p.Delivered.Cookies)
	}
}

// A cookie that the browser only has because its line was relaxed would not have
// been sent otherwise.
func TestRelaxedCookie(t *testing.T) {
	const lax, none = "sessionid=1; SameSite=Lax", "sessionid=1; SameSite=None; Secure"
	login := logged(nil, header(setCookie, lax), append(granted(), changed(record.Response, "cookie-samesite", setCookie, []string{lax}, []string{none}))...)
	call := logged(header("Cookie", "sessionid=1"), header(allowOrigin, localhost, allowCredentials, "true"))
	call.ID, call.Start = 2, call.Start.Add(time.Second)
	given := Earlier([]*record.Entry{login, call}, call)
	if len(given) != 1 || given[0].Line != none || given[0].Answered != lax || given[0].Page != localhost {
		t.Fatalf("%+v", given)
	}
	p, _ := Of(call, given...)
	if a, d := p.Answered.Cookies[0], p.Delivered.Cookies[0]; a.Outcome != NotSent || !strings.Contains(a.Why, "it was refused when") || d.Outcome != Sent {
		t.Errorf("%+v\n%+v", a, d)
	}
	if p.Sign.Kind != Unblocked {
		t.Errorf("%+v", p.Sign)
	}
}

func TestHistory(t *testing.T) {
	var h History
	login := logged(nil, header(setCookie, "a=1; SameSite=None; Secure"))
	h.Note(login)
	other := logged(header("User-Agent", chromiumAgent), header(setCookie, "b=1"))
	h.Note(other)
	for name, c := range map[string]struct {
		agent, url string
		want       int
	}{
		"the same host":    {firefoxAgent, "https://dev.example.com/x", 1},
		"the same site":    {firefoxAgent, "https://api.example.com/", 1},
		"another site":     {firefoxAgent, "https://dev.example.net/", 0},
		"another browser":  {webkitAgent, "https://dev.example.com/", 0},
		"the other's":      {chromiumAgent, "https://dev.example.com/", 1},
		"what has no host": {firefoxAgent, "/", 0},
	} {
		e := logged(header("User-Agent", c.agent), nil)
		e.URL = c.url
		if got := h.Given(e); len(got) != c.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
	// A call without credentials is given nothing.
	before := len(h.Given(login))
	h.Note(logged(http.Header{storageAccess: nil}, header(setCookie, "c=1")))
	if got := len(h.Given(login)); got != before {
		t.Errorf("%d, then %d", before, got)
	}
	for range maxGiven + 10 {
		h.Note(login)
	}
	if got := len(h.Given(login)); got != maxGiven {
		t.Errorf("%d lines of one site", got)
	}
	for range maxJars {
		e := logged(header("User-Agent", firefoxAgent+strings.Repeat("x", len(h.order))), header(setCookie, "a=1"))
		h.Note(e)
	}
	if len(h.given) != maxJars || len(h.order) != maxJars {
		t.Errorf("%d jars", len(h.given))
	}
}
