// Package advice says which way to a backend a page needs, and sets it. It looks
// at a backend with three requests ([Look]), or at an exchange of the log
// ([OfExchange]), judges both with package verdict, and tries what it advises on
// the answers that were seen before it says so.
package advice

import (
	"net/http"
	"net/url"
	"reflect"
	"slices"

	"corsage/profiles"
	"corsage/proxy"
	"corsage/proxy/session"
	"corsage/proxy/verdict"
)

// Way is one of the ways from a page to a backend and its session.
type Way string

// The ways, the simplest first.
const (
	// CORS: the profile's CORS toggles; no cookie needs help.
	CORS Way = "cors"
	// Relaxed: cookies are kept by the browser itself, once they are relaxed.
	Relaxed Way = "relaxed cookies"
	// Held: Corsage holds the session.
	Held Way = "held session"
	// Facade: a plain http backend under an https name.
	Facade Way = "https façade"
	// SameSite: the page under a name of the backend's own site.
	SameSite Way = "same site"
	// Overlay: the page among the backend's own paths.
	Overlay Way = "overlay"
	// Embedding: toggles for images, frames and policies.
	Embedding Way = "embedding"
)

// Check is one request to the backend, with what the browser would make of the
// answer without Corsage.
type Check struct {
	// Name says which it is.
	Name     string
	Request  verdict.Request
	Response verdict.Response
	Verdict  verdict.Verdict
}

// Step is something to do in Corsage.
type Step struct {
	Way Way
	// Title is what to do, a short phrase in the imperative.
	Title string
	// Why is one sentence or two.
	Why string
	// Open is the address at which the page is then to be opened, and Call the one
	// at which it calls the backend; "" for those of before.
	Open, Call string

	change func(*profiles.Profile)
}

// Apply makes the step's change to p; none where there is nothing to set.
func (s Step) Apply(p *profiles.Profile) {
	if s.change != nil {
		s.change(p)
	}
}

// Changes reports whether Apply would change p.
func (s Step) Changes(p *profiles.Profile) bool {
	after := p.Clone()
	s.Apply(after)
	return !reflect.DeepEqual(p.Clone(), after)
}

// Advice is what to do.
type Advice struct {
	// Needed are all to be done, in order; none where the page needs no help.
	Needed []Step
	// Others are further ways, each of which would do alone as well.
	Others []Step
	// Login says that the backend asks for a login, and what follows from that; ""
	// where it doesn't.
	Login string
	// Assumed says that the backend set no cookie, so that the one below was
	// judged in its place.
	Assumed bool
	// Cookies are the lines that were judged.
	Cookies []string
}

// assumed is a session's cookie as servers set it by default.
const assumed = "sessionid=…; Path=/; HttpOnly; SameSite=Lax"

// Advise says what q needs, by what Look saw. p is the profile that will have it,
// with an entry for the backend; it is not changed.
func Advise(q Question, checks []Check, p *profiles.Profile) Advice {
	var a Advice
	if q.Page == originOf(q.Backend) {
		return a
	}
	asked := q
	p = p.Clone()
	a.Login = login(checks)
	add := func(s Step) {
		if !slices.ContainsFunc(a.Needed, func(have Step) bool { return have.Way == s.Way }) {
			a.Needed = append(a.Needed, s)
		}
	}
	if v := verdict.Judge(q.Browser, q.call(nil), nil); v.Outcome == verdict.Blocked {
		if s, ok := mend(v, q); ok {
			add(s)
		}
	}
	if s, ok := q.facade(); ok && len(a.Needed) > 0 && a.Needed[0].Way == Facade {
		// From here on the page calls the façade.
		s.Apply(p)
		if u, err := url.Parse(s.Call); err == nil {
			q.Backend = u
		}
		checks = q.again(checks)
	}
	for _, c := range checks {
		if s, ok := mend(c.Verdict, q); ok {
			add(s)
		}
	}
	a.Cookies = cookiesOf(checks)
	if a.Assumed = len(a.Cookies) == 0; a.Assumed {
		a.Cookies = []string{assumed}
	}
	if s, ok := q.session(a.Cookies, p); ok {
		add(s)
	}
	if len(a.Needed) > 0 {
		a.Others = slices.DeleteFunc(asked.others(a.Cookies), func(s Step) bool {
			return slices.ContainsFunc(a.Needed, func(have Step) bool { return have.Way == s.Way })
		})
	}
	return a
}

// judge is what q's browser makes of an answer without Corsage.
func (q Question) judge(name string, req verdict.Request, resp verdict.Response) Check {
	return Check{name, req, resp, verdict.Judge(q.Browser, req, &resp)}
}

// Rejudge judges answers that were seen for another browser, as q's would.
func Rejudge(q Question, checks []Check) []Check { return q.again(checks) }

// again judges the answers as if q's backend had given them.
func (q Question) again(checks []Check) []Check {
	again := make([]Check, len(checks))
	for i, c := range checks {
		c.Request.URL = q.Backend
		again[i] = q.judge(c.Name, c.Request, c.Response)
	}
	return again
}

// call is the page's request, as far as it is not made yet, with the lines that
// the backend set for the page before.
func (q Question) call(given []string) verdict.Request {
	r := verdict.Request{
		Page: q.Page, URL: q.Backend, Method: http.MethodGet, Header: http.Header{"Origin": {q.Page}},
		Mode: verdict.CORS, Credentials: verdict.Include,
	}
	for _, line := range given {
		r.Given = append(r.Given, verdict.Given{Line: line, URL: q.Backend, Page: q.Page})
	}
	return r
}

// cookiesOf returns the Set-Cookie lines of the answers to the page, each name once.
func cookiesOf(checks []Check) []string {
	var lines, names []string
	for _, c := range checks {
		for _, line := range c.Response.Header["Set-Cookie"] {
			set := session.ParseSetCookie(line)
			if name := set.Name(); !slices.Contains(names, name) && c.Request.Method != http.MethodOptions {
				names, lines = append(names, name), append(lines, line)
			}
		}
	}
	return lines
}

// mend is the step against what v says keeps the page from the answer; false
// where v is no obstacle, or Corsage can't help.
func mend(v verdict.Verdict, q Question) (Step, bool) {
	switch v.Outcome {
	case verdict.Blocked, verdict.ReadableUncredentialed, verdict.PassedUncredentialed:
	default:
		return Step{}, false
	}
	switch r := v.Rule; {
	case r.Standard == "Mixed Content":
		return q.facade()
	case r.Header == "X-Frame-Options":
		return turnOn(v, Embedding, "Let allowed pages frame the backend's documents", "relax-frame-options"), true
	case r.Standard == "CSP Level 3" && (r.Header == "frame-ancestors" || r.Header == "connect-src" || r.Header == "default-src"):
		return turnOn(v, Embedding, "Relax the Content-Security-Policy", "relax-csp"), true
	case r.Header == "Cross-Origin-Resource-Policy", r.Header == "Cross-Origin-Embedder-Policy" && r.Standard == "Fetch":
		return turnOn(v, Embedding, "Let allowed pages embed the backend's answers", "relax-corp"), true
	case r.Header == "Cross-Origin-Embedder-Policy":
		return turnOn(v, Embedding, "Relax the embedder policy", "relax-coep", "relax-corp"), true
	case r.Standard == "Fetch" && (r.Section == "CORS check" || r.Section == "CORS-preflight fetch"):
		return Step{Way: CORS, Title: "Add the CORS headers, and answer preflights", Why: v.Why, change: func(p *profiles.Profile) { open(p, q.Page) }}, true
	case r.Standard == "Local Network Access":
		return Step{Way: CORS, Title: "Go through Corsage", Why: v.Why + " A browser that uses a proxy does not ask."}, true
	}
	return Step{}, false
}

// turnOn is a step that turns toggles on.
func turnOn(v verdict.Verdict, way Way, title string, toggles ...string) Step {
	return Step{Way: way, Title: title, Why: v.Why, change: func(p *profiles.Profile) {
		for _, t := range toggles {
			p.Set(t, true)
		}
	}}
}

// open has p do for the page what CORS asks for. Every way across origins needs
// it: a backend with CORS headers of its own sees its own origin in the place of
// the page's, and answers for that.
func open(p *profiles.Profile, page string) {
	for _, t := range []string{"answer-preflight", "preflight-max-age", "allow-origin", "allow-credentials", "expose-headers"} {
		p.Set(t, true)
	}
	allowPage(p, page)
}

// allowPage adds the origin to those that p allows, if it isn't among them.
func allowPage(p *profiles.Profile, origin string) {
	allowed, err := proxy.ParseOrigins(p.AllowedOrigins())
	if err != nil || origin == "" || allowed.Allows(origin) {
		return
	}
	p.Origins = append(p.AllowedOrigins(), origin)
}

// originOf is u's origin in the form in which browsers write it.
func originOf(u *url.URL) string { return u.Scheme + "://" + proxy.Authority(u) }
