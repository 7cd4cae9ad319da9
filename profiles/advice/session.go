package advice

import (
	"net/http"

	"corsage/profiles"
	"corsage/proxy"
	"corsage/proxy/session"
	"corsage/proxy/verdict"
)

// session is what q's cookies need; false for nothing. Each line is judged as
// the backend set it, and as p's toggles would deliver it.
func (q Question) session(lines []string, p *profiles.Profile) (Step, bool) {
	lost, shared := q.lost(lines)
	if lost == nil && shared {
		return Step{}, false
	}
	step := Step{Way: Relaxed, Title: "Relax the cookies", change: func(p *profiles.Profile) {
		for _, t := range []string{"cookie-samesite", "cookie-secure", "cookie-domain"} {
			p.Set(t, true)
		}
		open(p, q.Page)
	}}
	relaxed := p.Clone()
	step.Apply(relaxed)
	left, shared := q.lost(q.delivered(lines, relaxed))
	if left == nil && shared {
		step.Why = lost.Why
		return step, true
	}
	held := Step{Way: Held, Title: "Hold the session", change: func(p *profiles.Profile) {
		p.Set("hold-session", true)
		open(p, q.Page)
	}}
	if left != nil {
		held.Why = left.Why + " So it is Corsage that keeps it and adds it."
	} else {
		held.Why = "This browser keeps the cookies of each page's site apart: a login in the backend's own pages would not be the page's. Corsage's held session is one for both."
	}
	return held, true
}

// lost is the first of the cookies that would not go with the page's call; nil if
// all do. shared says that they are those of the backend's own pages, too.
func (q Question) lost(lines []string) (lost *verdict.Cookie, shared bool) {
	shared = true
	for _, c := range verdict.Judge(q.Browser, q.call(lines), nil).Cookies {
		if c.Outcome != verdict.Sent {
			return &c, false
		}
		shared = shared && !c.Partitioned
	}
	return nil, shared
}

// delivered are the lines as p's toggles leave them for the page.
func (q Question) delivered(lines []string, p *profiles.Profile) []string {
	rules, err := p.Rules("", session.NewStore())
	if err != nil {
		return lines
	}
	f := &proxy.Flow{
		Rule: rules[0], Relation: proxy.Allowed, Origin: q.Page, URL: q.Backend,
		Received: http.Header{"Origin": {q.Page}},
		Request:  &http.Request{Method: http.MethodGet, URL: q.Backend, Header: http.Header{}},
		Response: &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Set-Cookie": append([]string(nil), lines...)}},
	}
	if err := f.RunResponse(rules[0].Modifiers); err != nil {
		return lines
	}
	return f.Response.Header["Set-Cookie"]
}
