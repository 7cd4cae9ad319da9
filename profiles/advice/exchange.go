package advice

import (
	"net/url"
	"slices"
	"strings"

	"corsage/profiles"
	"corsage/proxy"
	"corsage/proxy/record"
	"corsage/proxy/verdict"
)

// OfExchange says what would mend an exchange of the log that the browser still
// keeps from the page, or whose cookies it still refuses, in p, the profile that
// chose it. Each step changes p; none where Corsage has no help to give.
func OfExchange(e *record.Entry, pair verdict.Pair, p *profiles.Profile) []Step {
	u, err := url.Parse(e.URL)
	if err != nil || e.Origin == "" {
		return nil
	}
	q := Question{Page: e.Origin, Backend: u, Browser: verdict.BrowserOf(e.Received(record.Request))}
	var steps []Step
	switch e.Relation {
	case proxy.Foreign.String():
		if pair.Delivered.Outcome == verdict.Blocked && onThisMachine(e.Origin) {
			steps = append(steps, Step{
				Way: CORS, Title: "Allow the origin " + e.Origin,
				Why:    "The profile does not allow this page. If it is yours: what it may then do includes using your session.",
				change: func(p *profiles.Profile) { allowPage(p, e.Origin) },
			})
		}
	case proxy.Allowed.String():
		if s, ok := mend(pair.Delivered, q); ok {
			steps = append(steps, s)
		}
		for _, c := range pair.Delivered.Cookies {
			if c.Outcome == verdict.Refused || c.Outcome == verdict.NotSent {
				steps = append(steps, mendCookie(c))
			}
		}
	}
	steps = slices.DeleteFunc(steps, func(s Step) bool { return !s.Changes(p) })
	return slices.CompactFunc(steps, func(a, b Step) bool { return a.Title == b.Title })
}

// onThisMachine reports an origin that only the person at this machine can have
// put there. To allow any other takes more than a click beside its request.
func onThisMachine(origin string) bool {
	u, err := url.Parse(origin)
	return err == nil && proxy.IsLoopback(u.Hostname())
}

// mendCookie is the step that has the browser keep and send a cookie, or Corsage
// in its place.
func mendCookie(c verdict.Cookie) Step {
	toggles := []string{"cookie-samesite", "cookie-secure", "cookie-domain", "hold-session"}
	s := Step{Way: Held, Title: "Relax the cookies, and hold the session", Why: c.Why}
	if strings.HasPrefix(c.Rule.Value, "Path=") {
		s.Way, s.Title = Relaxed, "Widen the cookies' path"
		toggles = []string{"cookie-path"}
	}
	s.change = func(p *profiles.Profile) {
		for _, t := range toggles {
			p.Set(t, true)
		}
	}
	return s
}
