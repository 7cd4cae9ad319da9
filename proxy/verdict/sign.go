package verdict

import (
	"slices"
	"strings"

	"corsage/proxy/record"
)

// Kind is what a Sign says.
type Kind string

// The kinds of a Sign.
const (
	// NoSign: there is nothing to say, as of a navigation that went as ever.
	NoSign Kind = ""
	// Unblocked: as the backend answered, the browser would have kept something from
	// the page, or a cookie from the backend; as delivered it does not.
	Unblocked Kind = "unblocked"
	// NoHelp: the browser would have let the page have the answer, and its cookies,
	// without Corsage too.
	NoHelp Kind = "no help needed"
	// Local: a preflight that Corsage answered; what the backend would have said is
	// not known.
	Local Kind = "answered by Corsage"
	// CookieRefused: the page has the answer, but the browser did not store a cookie
	// of it, and no held session keeps it.
	CookieRefused Kind = "cookie refused"
	// StillBlocked: the page does not get the answer, with Corsage either.
	StillBlocked Kind = "still blocked"
)

// Sign is a Pair in a few words.
type Sign struct {
	Kind Kind `json:"kind,omitempty"`
	// Text is for a row: "unblocked by Corsage", "needed no help", "still blocked:
	// no Allow-Origin". Empty for NoSign.
	Text string `json:"text,omitempty"`
	// Note is what the sign rests on, or does not claim, in a sentence or two for
	// the details; often empty.
	Note string `json:"note,omitempty"`
}

func (x *exchange) sign(p Pair) Sign {
	a, d := p.Answered, p.Delivered
	switch {
	case x.entry.Local && !x.request.preflight():
		return Sign{Kind: StillBlocked, Text: "still blocked: " + a.Short, Note: a.Why}
	case d.Outcome == Blocked:
		return Sign{Kind: StillBlocked, Text: "still blocked: " + d.Short, Note: d.Why}
	case d.Outcome == ReadableUncredentialed, d.Outcome == PassedUncredentialed:
		return Sign{Kind: StillBlocked, Text: "still blocked with credentials: " + d.Short, Note: d.Why}
	case x.entry.Local:
		return Sign{Kind: Local, Text: "answered by Corsage", Note: a.Why}
	}
	if name, why := x.lost(d); name != "" {
		return Sign{Kind: CookieRefused, Text: "cookie refused: " + name, Note: why}
	}
	const unblocked = "unblocked by Corsage"
	if why := x.gained(p); why != "" {
		return Sign{Kind: Unblocked, Text: unblocked, Note: why}
	}
	switch {
	case a.Outcome == ReadableUncredentialed, a.Outcome == PassedUncredentialed:
		return Sign{Kind: Unblocked, Text: unblocked + ", for calls with credentials", Note: a.Why}
	case a.Outcome == Blocked:
		return Sign{Kind: Unblocked, Text: unblocked, Note: a.Why}
	case a.Outcome == Unknown:
		return Sign{Note: a.Why}
	case d.Outcome == Unknown, d.Outcome == Shown, d.Outcome == Followed && x.mode() == Navigate, x.entry.Origin == "":
		return Sign{}
	}
	return Sign{Kind: NoHelp, Text: "needed no help", Note: x.proviso()}
}

func (x *exchange) mode() Mode { return x.request.mode() }

// lost is a cookie of the answer that nobody keeps.
func (x *exchange) lost(d Verdict) (name, why string) {
	for _, v := range d.Cookies {
		if v.Outcome == Refused && !x.keeps(v.Name) && d.Outcome != Passed {
			return v.Name, v.Why
		}
	}
	return "", ""
}

// gained says which cookie was stored or sent thanks to Corsage, "" for none.
func (x *exchange) gained(p Pair) string {
	for _, v := range p.Answered.Cookies {
		if v.Outcome != Refused && v.Outcome != NotSent {
			continue
		}
		i := slices.IndexFunc(p.Delivered.Cookies, func(w Cookie) bool {
			return w.Name == v.Name && (w.Outcome == Added || w.Outcome == Sent || w.Outcome == Stored || w.Outcome == Refused && x.keeps(w.Name)) &&
				(v.Outcome == Refused) == (w.Outcome == Stored || w.Outcome == Refused)
		})
		if i >= 0 {
			return v.Why
		}
	}
	return ""
}

// proviso is what 'needed no help' does not claim.
func (x *exchange) proviso() string {
	var out []string
	if _, ok := Preflight(x.request); ok {
		out = append(out, "The call needed a preflight first, which has a row of its own.")
	}
	var changed []string
	for _, c := range x.entry.Changes {
		if c.Side == record.Request && c.Toggle != record.Circle && !slices.Contains(changed, c.Header) {
			changed = append(changed, c.Header)
		}
	}
	if len(changed) > 0 {
		out = append(out, "Corsage changed "+strings.Join(changed, ", ")+" in the request: whether the backend would have answered the same without that is not known.")
	}
	return strings.Join(out, " ")
}
