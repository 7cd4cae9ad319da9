package verdict

import (
	"net/http"
	"strconv"
)

const (
	fetch     = "Fetch"
	corsCheck = "CORS check"
)

// fault is why a check failed.
type fault struct {
	rule               Rule
	why, short, remedy string
}

func blocked(f *fault) Verdict {
	return Verdict{Outcome: Blocked, Rule: f.rule, Why: f.why, Short: f.short, Remedy: f.remedy}
}

// Judge says what b does with the answer to req. With a nil answer it says what
// becomes of the request before one is there: Blocked, or Unknown where the
// answer decides, with the cookies that would be sent.
func Judge(b Browser, req Request, resp *Response) Verdict {
	c := newCall(b, req)
	v, sent := c.sending()
	if v.Outcome != Blocked && resp != nil {
		notes := v.Notes
		v = c.answer(resp)
		v.Notes = append(notes, v.Notes...)
	}
	v.Credentials, v.CredentialsWhy = c.credentials, c.credentialsWhy
	if sent {
		v.Cookies = c.sentCookies()
		if resp != nil {
			v.Cookies = append(v.Cookies, c.setCookies(resp.Header)...)
		}
	}
	return v
}

// sending judges the request before it is sent, and whether it is.
func (c *call) sending() (v Verdict, sent bool) {
	v = Verdict{Outcome: Unknown, Rule: Rule{Standard: fetch, Section: "HTTP fetch"},
		Why: "Nothing keeps the browser from sending the request; the answer decides.", Short: "no answer yet"}
	if c.Arrived {
		return v, true
	}
	if f := c.before(c.URL, false); f != nil {
		return blocked(f), false
	}
	if c.mode == SameOrigin && !c.sameOrigin() {
		return blocked(&fault{Rule{Standard: fetch, Section: "main fetch"}, "The call was made with mode: 'same-origin', and " + c.origin + " is another origin than " + c.from() + ".",
			"mode is same-origin", ""}), false
	}
	if !c.Proxied {
		f, note := c.localNetwork()
		if f != nil {
			return blocked(f), false
		}
		if note != "" {
			v.Notes = []string{note}
		}
	}
	return v, true
}

// answer judges the answer by the request's mode.
func (c *call) answer(resp *Response) Verdict {
	switch {
	case c.preflight():
		return c.preflighted(resp)
	case c.mode == WebSocket:
		return c.webSocket(resp)
	case c.mode == Navigate:
		return c.navigation(resp)
	}
	if f := c.wrongType(resp); f != nil {
		return blocked(f)
	}
	switch {
	case c.sameOrigin():
		return c.own(resp)
	case c.mode == CORS:
		return c.cors(resp)
	}
	return c.noCORS(resp)
}

// own judges an answer of the page's own origin.
func (c *call) own(resp *Response) Verdict {
	if v, ok := c.redirected(resp); ok {
		return v
	}
	v := Verdict{Outcome: Readable, Rule: Rule{Standard: fetch, Section: "main fetch"},
		Why: "The page and " + c.origin + " share an origin, so CORS does not apply."}
	v.Readable, _, v.Hidden = exposure(exposeAll).split(resp.Header)
	return v
}

// noCORS judges the answer to a no-cors request of another origin.
func (c *call) noCORS(resp *Response) Verdict {
	if f := c.corp(resp.Header, false); f != nil {
		return blocked(f)
	}
	if v, ok := c.redirected(resp); ok {
		return v
	}
	return Verdict{Outcome: Opaque, Rule: Rule{Standard: fetch, Section: "opaque filtered response"}, Hidden: names(resp.Header),
		Why: "The request was made with mode no-cors: the browser uses the answer, and a script sees nothing of it."}
}

// cors judges the answer to a cross-origin request with mode cors.
func (c *call) cors(resp *Response) Verdict {
	if v, ok := c.revalidated(resp); ok {
		return v
	}
	plain, credentialed := c.check(resp.Header, Omit), c.check(resp.Header, Include)
	switch {
	case c.credentials == Include && credentialed != nil:
		return blocked(credentialed)
	case plain != nil && c.credentials != Include:
		return blocked(c.either(plain, credentialed))
	}
	if v, ok := c.redirected(resp); ok && (v.Outcome == Blocked || credentialed == nil || c.credentials != UnknownCredentials) {
		return v
	}
	if c.credentials == UnknownCredentials && credentialed != nil {
		v := blocked(credentialed)
		v.Outcome = ReadableUncredentialed
		v.Why = "A call without credentials can read it; one with credentials: 'include' is blocked: " + v.Why
		c.filter(&v, resp.Header)
		return v
	}
	value, _ := get(resp.Header, allowOrigin)
	v := Verdict{Outcome: Readable, Rule: Rule{fetch, corsCheck, allowOrigin, value},
		Why: "Access-Control-Allow-Origin: " + value + " lets " + c.page + " read it."}
	c.filter(&v, resp.Header)
	return v
}

// either is the fault of a call without credentials, with the remedy for both
// kinds of call where it is not known which one it is.
func (c *call) either(plain, credentialed *fault) *fault {
	if c.credentials == UnknownCredentials {
		plain.remedy = credentialed.remedy
	}
	return plain
}

// revalidated is a 304 without CORS headers: it renews an answer that the browser
// kept, whose headers count and are not seen.
func (c *call) revalidated(resp *Response) (Verdict, bool) {
	if _, ok := get(resp.Header, allowOrigin); ok || resp.Status != http.StatusNotModified {
		return Verdict{}, false
	}
	return Verdict{Outcome: Unknown, Rule: Rule{fetch, corsCheck, allowOrigin, ""},
		Why:   "304 renews an answer that the browser has kept: the headers of that one decide, and they are not seen here.",
		Short: "the kept answer decides"}, true
}

// redirected judges a redirect that has passed the checks of its own answer.
func (c *call) redirected(resp *Response) (Verdict, bool) {
	if !redirect(resp.Status) || resp.Header.Get("Location") == "" {
		return Verdict{}, false
	}
	to := c.location(resp)
	rule := Rule{fetch, "HTTP-redirect fetch", "Location", resp.Header.Get("Location")}
	if to == nil || to.Scheme != "http" && to.Scheme != "https" {
		return blocked(&fault{rule, "The answer redirects to " + quoted(rule.Value) + ", which is no http(s) address.", "a redirect to no http(s) address", "Location: an address with https"}), true
	}
	if to.User != nil && c.mode == CORS && (originOf(to) != c.page || !c.sameOrigin()) {
		return blocked(&fault{rule, "The answer redirects to an address with a user name or password in it, which is forbidden across origins.",
			"a redirect with a user name", "Location: the address without user name and password"}), true
	}
	if f := c.before(to, true); f != nil {
		return blocked(f), true
	}
	v := Verdict{Outcome: Followed, Rule: rule, Why: "The browser follows the redirect to " + originOf(to) + to.EscapedPath() + "; the answer from there decides."}
	if c.mode == CORS && originOf(to) != c.origin && !c.sameOrigin() {
		v.Why = "The browser follows the redirect to " + originOf(to) + to.EscapedPath() + " with Origin: null, since it leads from " + c.origin + " to another origin; the answer from there decides."
		v.Notes = []string{"If that is a login page, answer 401 to calls of scripts instead: a script can't log in by following a redirect."}
	}
	return v, true
}

// webSocket judges a handshake. CORS does not apply: the server is to look at
// Origin.
func (c *call) webSocket(resp *Response) Verdict {
	status := strconv.Itoa(resp.Status)
	rule := Rule{"WebSockets", "establish a WebSocket connection", ":status", status}
	if resp.Status == http.StatusSwitchingProtocols || resp.Status == http.StatusOK && c.Method == http.MethodConnect {
		return Verdict{Outcome: Connected, Rule: rule, Why: "The handshake was answered " + status + "; CORS does not apply to WebSockets."}
	}
	return blocked(&fault{rule, "The handshake was answered " + status + ", and only 101 opens a WebSocket.", "the handshake got " + status,
		"Answer the handshake 101. Servers compare its Origin, " + quoted(c.Header.Get("Origin")) + ", with those that they allow."})
}

// navigation judges a document.
func (c *call) navigation(resp *Response) Verdict {
	if redirect(resp.Status) && resp.Header.Get("Location") != "" {
		return Verdict{Outcome: Followed, Rule: Rule{html, "create navigation params by fetching", "Location", resp.Header.Get("Location")},
			Why: "The browser follows the redirect."}
	}
	if !c.topLevel() && c.page != "" {
		if f := c.framed(resp.Header); f != nil {
			return blocked(f)
		}
	}
	v := Verdict{Outcome: Shown, Rule: Rule{Standard: html, Section: "navigate"}, Why: "The browser shows the document."}
	if note := c.openerNote(resp.Header); note != "" && c.topLevel() && c.page != "" && !c.sameOrigin() {
		v.Notes = []string{note}
	}
	return v
}
