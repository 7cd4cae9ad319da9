package verdict

import "corsage/proxy/record"

// Kind is what a Sign says.
type Kind string

// The kinds of a Sign.
const (
	// NoSign: there is nothing to say, as of a navigation that went as ever.
	NoSign Kind = ""
	// Unblocked: as the backend answered, the browser would have kept something from
	// the page; as delivered it does not.
	Unblocked Kind = "unblocked"
	// NoHelp: the browser would have let the page have the answer, and its cookies,
	// without Corsage too.
	NoHelp Kind = "no help needed"
	// Local: a preflight that Corsage answered; what the backend would have said is
	// not known.
	Local Kind = "answered by Corsage"
	// CookieRefused: the page has the answer, but the browser kept a cookie of it
	// from being stored.
	CookieRefused Kind = "cookie refused"
	// StillBlocked: the page does not get the answer, with Corsage either.
	StillBlocked Kind = "still blocked"
)

// Sign is a Pair in a few words.
type Sign struct {
	Kind Kind `json:"kind,omitempty"`
	// Text is for a row: "unblocked by Corsage", "needed no help", "still blocked:
	// no Access-Control-Allow-Origin". Empty for NoSign.
	Text string `json:"text,omitempty"`
	// Note is a sentence more for the details; often empty.
	Note string `json:"note,omitempty"`
}

func sign(e *record.Entry, p Pair) Sign {
	d := p.Delivered
	switch {
	case d.Outcome == Blocked:
		return Sign{Kind: StillBlocked, Text: "still blocked: " + d.Short}
	case d.Outcome == ReadableUncredentialed, d.Outcome == PassedUncredentialed:
		return Sign{Kind: StillBlocked, Text: "still blocked with credentials: " + d.Short}
	case d.Outcome == Unknown, d.Outcome == Shown:
		return Sign{}
	case e.Local && d.Outcome == Passed:
		return Sign{Kind: Local, Text: "answered by Corsage", Note: p.Answered.Why}
	case !p.Answered.Outcome.OK():
		return Sign{Kind: Unblocked, Text: "unblocked by Corsage", Note: p.Answered.Why}
	}
	return Sign{Kind: NoHelp, Text: "needed no help"}
}
