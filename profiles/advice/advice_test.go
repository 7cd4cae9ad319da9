package advice

import (
	"context"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"corsage/profiles"
	"corsage/proxy"
	"corsage/proxy/session"
	"corsage/proxy/verdict"
)

var (
	chromium = verdict.Browser{Engine: verdict.Chromium, ThirdParty: verdict.Allowed}
	blocking = verdict.Browser{Engine: verdict.Chromium, ThirdParty: verdict.BlockedCookies}
	firefox  = verdict.Browser{Engine: verdict.Firefox, ThirdParty: verdict.Partitioned}
	webkit   = verdict.Browser{Engine: verdict.WebKit, ThirdParty: verdict.NotStored}
)

// handlers are the kinds of backend.
var handlers = map[string]http.HandlerFunc{
	"plain": func(w http.ResponseWriter, _ *http.Request) {},
	"session": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Set-Cookie", "sessionid=1; Path=/; HttpOnly; SameSite=Lax")
	},
	"login": func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/accounts/login/?next=/", http.StatusFound)
	},
	"elsewhere": func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/v2/", http.StatusFound)
	},
	"unauthorized": func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusUnauthorized) },
	"open": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
		w.Header().Set("Access-Control-Allow-Credentials", "true")
		w.Header().Set("Access-Control-Allow-Headers", "content-type")
		w.Header().Add("Set-Cookie", "sessionid=1; Path=/; SameSite=None; Secure")
	},
	"star": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("Access-Control-Allow-Headers", "*")
		w.Header().Add("Set-Cookie", "sessionid=1; Path=/; SameSite=None; Secure")
	},
}

// serve has a handler answer as the backend, whatever the host.
type serve http.HandlerFunc

func (s serve) RoundTrip(r *http.Request) (*http.Response, error) {
	rec := httptest.NewRecorder()
	s(rec, r)
	return rec.Result(), nil
}

func TestAdvise(t *testing.T) {
	const page, https, http = "http://localhost:3000", "https://dev.example.com/api/me", "http://dev.example.com/api/me"
	for _, c := range []struct {
		backend, page, url string
		browser            verdict.Browser
		needed             string // ways
		others             string
		login              bool
	}{
		{"plain", "https://dev.example.com", https, chromium, "", "", false},
		{"open", page, https, chromium, "", "", false},
		{"open", page, https, firefox, "held session", "same site, overlay", false},
		{"open", page, https, blocking, "held session", "same site, overlay", false},
		{"open", page, https, webkit, "held session", "same site, overlay", false},
		{"star", page, https, chromium, "cors", "same site, overlay", false},
		{"plain", page, https, chromium, "cors, relaxed cookies", "same site, overlay", false},
		{"session", page, https, chromium, "cors, relaxed cookies", "same site, overlay", false},
		{"session", page, https, blocking, "cors, held session", "same site, overlay", false},
		{"session", page, https, firefox, "cors, held session", "same site, overlay", false},
		{"session", page, https, webkit, "cors, held session", "same site, overlay", false},
		{"session", page, http, chromium, "cors, held session", "https façade, same site, overlay", false},
		{"session", page, http, blocking, "cors, held session", "same site, overlay", false},
		{"session", page, http, webkit, "cors, held session", "same site, overlay", false},
		{"session", page, "http://localhost:8000/api/me", chromium, "cors", "overlay", false},
		{"session", page, "http://localhost:8000/api/me", webkit, "cors", "overlay", false},
		{"session", "https://app.example.org", http, chromium, "https façade, cors, relaxed cookies", "same site, overlay", false},
		{"session", "https://app.example.org", http, webkit, "https façade, cors, held session", "same site, overlay", false},
		{"session", "https://app.example.com", https, chromium, "cors", "same site, overlay", false},
		{"login", page, https, chromium, "cors, relaxed cookies", "same site, overlay", true},
		{"unauthorized", page, https, chromium, "cors, relaxed cookies", "same site, overlay", true},
		{"elsewhere", page, https, chromium, "cors, relaxed cookies", "same site, overlay", false},
	} {
		t.Run(strings.Join([]string{c.backend, c.page, c.url, string(c.browser.Engine), string(c.browser.ThirdParty)}, " "), func(t *testing.T) {
			u, err := url.Parse(c.url)
			if err != nil {
				t.Fatal(err)
			}
			q := Question{Page: c.page, Backend: u, Browser: c.browser}
			checks, err := Look(context.Background(), q, serve(handlers[c.backend]))
			if err != nil {
				t.Fatal(err)
			}
			p := q.Profile()
			before := p.Clone()
			a := Advise(q, checks, p)
			if !slices.EqualFunc(p.Backends, before.Backends, func(a, b profiles.Backend) bool { return a == b }) || !maps.Equal(p.Toggles, before.Toggles) {
				t.Error("Advise changed the profile")
			}
			if got := ways(a.Needed); got != c.needed {
				t.Errorf("needed: %s, want %s", got, c.needed)
			}
			if got := ways(a.Others); got != c.others {
				t.Errorf("others: %s, want %s", got, c.others)
			}
			if (a.Login != "") != c.login {
				t.Errorf("login: %q", a.Login)
			}
			for _, s := range append(slices.Clone(a.Needed), a.Others...) {
				if s.Title == "" || s.Why == "" || !strings.HasSuffix(s.Why, ".") {
					t.Errorf("%+v", s)
				}
				made := p.Clone()
				s.Apply(made)
				if err := made.Validate(); err != nil {
					t.Errorf("%s makes a profile that is wrong: %v", s.Way, err)
				}
			}
			if len(a.Needed) == 0 {
				return
			}
			// What it advises does what it says, even where all of the CORS and cookie
			// toggles were off.
			for _, toggle := range []string{"answer-preflight", "allow-origin", "allow-credentials", "cookie-samesite", "cookie-domain", "hold-session"} {
				p.Set(toggle, false)
			}
			for _, s := range a.Needed {
				s.Apply(p)
			}
			proveAdvice(t, q, p, a, serve(handlers[c.backend]))
		})
	}
}

func ways(steps []Step) string {
	var names []string
	for _, s := range steps {
		names = append(names, string(s.Way))
	}
	return strings.Join(names, ", ")
}

// proveAdvice sends the calls through the profile's modifiers, and judges what
// the browser then gets.
func proveAdvice(t *testing.T, q Question, p *profiles.Profile, a Advice, backend http.RoundTripper) {
	t.Helper()
	if len(a.Needed) > 0 && a.Needed[0].Way == Facade {
		q.Backend, _ = url.Parse(a.Needed[0].Call)
	}
	if q.Page == originOf(q.Backend) {
		return
	}
	rules, err := p.Rules("", session.NewStore())
	if err != nil {
		t.Fatal(err)
	}
	if scheme, host, _ := rules[0].Backend.Target(); scheme != q.Backend.Scheme || host != q.Backend.Hostname() || !rules[0].Origins.Allows(q.Page) {
		t.Fatalf("the profile chooses %s for %v", rules[0].Backend, p.AllowedOrigins())
	}
	through := roundTripper(func(r *http.Request) (*http.Response, error) {
		f := &proxy.Flow{
			Rule: rules[0], Relation: proxy.Allowed, Origin: q.Page, URL: r.URL, Received: r.Header.Clone(), Request: r,
			Preflight: r.Method == http.MethodOptions,
		}
		if err := f.RunRequest(rules[0].Modifiers); err != nil {
			return nil, err
		}
		if f.Response == nil {
			if f.Response, err = backend.RoundTrip(r); err != nil {
				return nil, err
			}
		}
		return f.Response, f.RunResponse(rules[0].Modifiers)
	})
	checks, err := Look(context.Background(), q, through)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range checks {
		if !c.Verdict.Outcome.OK() {
			t.Errorf("%s is still %s: %s", c.Name, c.Verdict.Outcome, c.Verdict.Why)
		}
	}
	lost, shared := q.lost(q.delivered(a.Cookies, p))
	if kept := lost == nil && shared; !kept && !p.On("hold-session") {
		t.Errorf("nobody keeps the session: %+v", lost)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
