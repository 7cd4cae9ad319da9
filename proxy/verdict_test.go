package proxy_test

import (
	"net/http"
	"strings"
	"testing"

	"corsage/profiles"
	"corsage/proxy/record"
	"corsage/proxy/session"
	"corsage/proxy/verdict"
)

// What the toggles of a new profile do to the calls of a page in WebKit, which
// stores no cookie of a third party, as the log's verdicts tell it.
func TestVerdictsOfTheLog(t *testing.T) {
	b := backend(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/login":
			w.Header().Set("Set-Cookie", "sessionid=1; SameSite=Lax; HttpOnly; Path=/")
		case "/open":
			w.Header().Set("Access-Control-Allow-Origin", r.Header.Get("X-Page"))
			w.Header().Set("Access-Control-Allow-Credentials", "true")
		}
	}, false)
	p := profiles.Profile{Name: "Shop", Backends: []profiles.Backend{{URL: "https://dev.example.com", Upstream: b.URL, Insecure: true}}}
	rules, err := p.Rules("", session.NewStore())
	if err != nil {
		t.Fatal(err)
	}
	r := start(t, rules...)
	const agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/60.5 Safari/605.1.15"
	of := func(method, path string, header ...string) verdict.Pair {
		t.Helper()
		do(t, r.client, method, "https://dev.example.com"+path, nil,
			append([]string{"User-Agent", agent, "Origin", page, "Referer", page + "/", "X-Page", page, "Sec-Fetch-Mode", "cors", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Dest", "empty"}, header...)...)
		pair, ok := verdict.Of(r.entry(t, func(e *record.Entry) bool { return e.Method == method && e.Path == path && e.State == record.Done }))
		if !ok {
			t.Fatalf("no verdict on %s %s", method, path)
		}
		return pair
	}
	cookie := func(v verdict.Verdict, name string) verdict.Cookie {
		for _, c := range v.Cookies {
			if c.Name == name {
				return c
			}
		}
		return verdict.Cookie{}
	}

	login := of("POST", "/login")
	if login.Answered.Outcome != verdict.Blocked || login.Delivered.Outcome != verdict.Readable || login.Sign.Kind != verdict.Unblocked {
		t.Errorf("login: %+v", login)
	}
	if c := cookie(login.Delivered, "sessionid"); c.Outcome != verdict.Refused || !strings.Contains(c.Why, "held session keeps it") {
		t.Errorf("login: %+v", c)
	}
	preflight := of("OPTIONS", "/api", "Access-Control-Request-Method", "PUT")
	if preflight.Answered.Outcome != verdict.Unknown || preflight.Delivered.Outcome != verdict.Passed || preflight.Sign.Kind != verdict.Local {
		t.Errorf("preflight: %+v", preflight)
	}
	call := of("GET", "/open")
	if call.Answered.Outcome != verdict.Readable || call.Sign.Kind != verdict.Unblocked || cookie(call.Answered, "sessionid").Outcome != verdict.NotSent || cookie(call.Delivered, "sessionid").Outcome != verdict.Added {
		t.Errorf("a call with the held session: %+v", call)
	}
}
