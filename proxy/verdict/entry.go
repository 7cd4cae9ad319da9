package verdict

import (
	"net/url"

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

// Of judges an exchange of the log. It reports false for one that no page
// caused, such as a command line's or an address that was typed, and for one
// that has no answer yet. given are the cookies that the same browser was given
// earlier for that host, for verdicts on those it did not send.
func Of(e *record.Entry, given ...Given) (Pair, bool) {
	u, err := url.Parse(e.URL)
	received := e.Received(record.Request)
	if err != nil || e.Status == 0 || !fromPage(e, received) {
		return Pair{}, false
	}
	b := BrowserOf(received)
	req := Request{Page: e.Origin, URL: u, Method: e.Method, Header: received, Given: given, Arrived: true}
	delivered := Judge(b, req, &Response{e.Status, e.Sent(record.Response)})
	p := Pair{Answered: answered(b, req, e), Delivered: delivered}
	p.Sign = sign(e, p)
	return p, true
}

// answered judges what the backend said.
func answered(b Browser, req Request, e *record.Entry) Verdict {
	switch {
	case !e.Local:
		return Judge(b, req, &Response{e.Status, e.Received(record.Response)})
	case req.preflight():
		return Verdict{Outcome: Unknown, Rule: Rule{Standard: fetch, Section: preflightFetch},
			Why:   "Corsage answered this preflight itself, so the backend was not asked and what it would have said is not known.",
			Short: "the backend was not asked"}
	}
	return Verdict{Outcome: Blocked, Rule: Rule{Standard: fetch, Section: "network error"},
		Why: "The backend gave no answer: " + e.Error, Short: "the backend did not answer"}
}
