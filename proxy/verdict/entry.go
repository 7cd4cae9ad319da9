package verdict

import (
	"net/http"
	"net/url"
	"slices"

	"corsage/proxy/record"
)

// Pair is what a browser does with one exchange of the log, with and without
// Corsage's changes.
type Pair struct {
	// Answered is the verdict on the exchange as browser and backend made it. Of an
	// answer of Corsage's own there is none to judge: its Outcome is then Unknown,
	// or Blocked where the backend did not answer at all.
	Answered Verdict `json:"answered"`
	// Delivered is the verdict on what the browser got.
	Delivered Verdict `json:"delivered"`
	// Sign sums both up for a row.
	Sign Sign `json:"sign"`
}

// Of judges an exchange of the log, in the browser that made it as far as its
// header tells, see [BrowserOf]. It reports false for one that neither a page nor
// a browser made, such as a command line's, and for one that has no answer yet.
// given are the cookies that the same browser was given earlier for that host,
// see [History]: with them, the verdict speaks of the cookies that it did not send.
func Of(e *record.Entry, given ...Given) (Pair, bool) {
	return In(BrowserOf(e.Received(record.Request)), e, given...)
}

// In is Of for a browser that is known better, such as its third-party policy.
func In(b Browser, e *record.Entry, given ...Given) (Pair, bool) {
	u, err := url.Parse(e.URL)
	if err != nil || u.Host == "" || e.Status == 0 || e.Origin == "" && b.Engine == UnknownEngine {
		return Pair{}, false
	}
	received := e.Received(record.Request)
	req := Request{Page: e.Origin, Top: topOf(e, received), URL: u, Method: e.Method, Header: received, Given: given, At: e.Start, Arrived: true, Proxied: true}
	x := &exchange{e, b, req}
	p := Pair{Answered: x.answered(), Delivered: x.delivered()}
	x.addHeld(&p)
	p.Sign = x.sign(p)
	return p, true
}

// topOf is the origin of the tab where the page's own is opaque: after a redirect
// across origins it is in the Referer still.
func topOf(e *record.Entry, received http.Header) string {
	if e.Origin != "null" {
		return ""
	}
	if from, err := url.Parse(received.Get("Referer")); err == nil && from.Host != "" {
		return originOf(from)
	}
	return ""
}

// exchange is an entry of the log with what is made of it.
type exchange struct {
	entry   *record.Entry
	browser Browser
	request Request
}

// delivered judges what the browser got.
func (x *exchange) delivered() Verdict {
	req := x.request
	if p := x.entry.Page; p != nil {
		req.Policy = policyOf(p.URL, p.Sent)
	}
	return Judge(x.browser, req, &Response{x.entry.Status, x.entry.Sent(record.Response)})
}

// answered judges what the backend said, to the page as its own server sent it.
func (x *exchange) answered() Verdict {
	req := x.request
	if p := x.entry.Page; p != nil {
		req.Policy = policyOf(p.URL, p.Received)
		if f := x.forbidden(p); f != nil {
			return blocked(f)
		}
	}
	req.Given = make([]Given, len(x.request.Given))
	for i, g := range x.request.Given {
		if g.Answered != "" {
			g.Line = g.Answered
		}
		req.Given[i] = g
	}
	req.Header = x.withoutRelaxed(req)
	switch {
	case !x.entry.Local:
		return Judge(x.browser, req, &Response{x.entry.Status, x.entry.Received(record.Response)})
	case req.preflight():
		return Verdict{Outcome: Unknown, Rule: Rule{Standard: fetch, Section: preflightFetch},
			Why:   "Corsage answered this preflight itself, so the backend was not asked and what it would have said is not known.",
			Short: "the backend was not asked"}
	}
	return Verdict{Outcome: Blocked, Rule: Rule{Standard: fetch, Section: "network error"},
		Why: "The backend gave no answer: " + x.entry.Error, Short: "the backend did not answer"}
}

// forbidden is what of the page's policy as its server sent it would have kept
// the browser from making the request at all. Where the policy as delivered
// forbids it too, it was another document's: the request was made.
func (x *exchange) forbidden(p *record.Page) *fault {
	before := func(policy record.Policy) *fault {
		req := x.request
		req.Policy = policyOf(p.URL, policy)
		c := newCall(x.browser, req)
		if c.page == "" || c.topLevel() {
			return nil
		}
		return cspFault(parseCSP(policy.CSP), c.destination(), c.asked(c.URL, false))
	}
	if before(p.Sent) != nil {
		return nil
	}
	return before(p.Received)
}

func policyOf(url string, p record.Policy) *Policy {
	return &Policy{CSP: p.CSP, Embedder: p.Embedder, Opener: p.Opener, URL: url}
}

// withoutRelaxed is the request's header without the cookies that the browser
// would have refused as the backend set them.
func (x *exchange) withoutRelaxed(req Request) http.Header {
	c := newCall(x.browser, req)
	var refused []string
	for _, g := range c.latest() {
		if g.setting(x.browser).refused(g.Line) != nil {
			refused = append(refused, nameOf(g.Line))
		}
	}
	if len(refused) == 0 {
		return req.Header
	}
	kept := make([]string, 0, len(refused))
	for _, name := range cookieNames(req.Header) {
		if !slices.Contains(refused, name) {
			kept = append(kept, name+"=")
		}
	}
	h := req.Header.Clone()
	h["Cookie"] = kept
	return h
}
