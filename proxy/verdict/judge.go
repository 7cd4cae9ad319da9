package verdict

import "net/http"

// Judge says what b does with the answer to req. With a nil answer it says what
// becomes of the request before one is there: Blocked, or Unknown where the
// answer decides.
func Judge(b Browser, req Request, resp *Response) Verdict {
	c := newCall(b, req)
	v := c.outcome(resp)
	v.Credentials, v.CredentialsWhy = c.credentials, c.credentialsWhy
	return v
}

func (c *call) outcome(resp *Response) Verdict {
	if resp == nil {
		return Verdict{Outcome: Unknown, Rule: Rule{Standard: fetch, Section: "HTTP fetch"},
			Why: "Nothing keeps the browser from sending the request; the answer decides.", Short: "no answer yet"}
	}
	switch {
	case c.sameOrigin():
		return readable(Rule{Standard: fetch, Section: "main fetch"}, "Page and backend share the origin "+c.origin+", so CORS does not apply.", resp.Header, exposeAll)
	case c.mode == CORS:
		return c.cors(resp)
	}
	return Verdict{Outcome: Opaque, Rule: Rule{Standard: fetch, Section: "opaque filtered response"}, Hidden: names(resp.Header),
		Why: "The request was made with mode no-cors, so a script sees nothing of the answer.", Short: "no-cors"}
}

// cors judges the answer to a cross-origin request with mode cors.
func (c *call) cors(resp *Response) Verdict {
	plain, credentialed := c.check(resp.Header, Omit), c.check(resp.Header, Include)
	switch {
	case c.credentials == Include && credentialed != nil:
		return blocked(*credentialed)
	case plain != nil && c.credentials != Include:
		return blocked(*plain)
	case c.credentials == UnknownCredentials && credentialed != nil:
		v := blocked(*credentialed)
		v.Outcome = ReadableUncredentialed
		v.Why = "A call without credentials can read it; with credentials: 'include' it is blocked: " + v.Why
		c.filter(&v, resp.Header)
		return v
	}
	value, _ := get(resp.Header, allowOrigin)
	v := Verdict{Outcome: Readable, Rule: Rule{fetch, corsCheck, allowOrigin, value},
		Why: "Access-Control-Allow-Origin: " + value + " lets " + c.page + " read it."}
	c.filter(&v, resp.Header)
	return v
}

func readable(rule Rule, why string, h http.Header, expose exposure) Verdict {
	v := Verdict{Outcome: Readable, Rule: rule, Why: why}
	v.Readable, v.ReadableUncredentialed, v.Hidden = expose.split(h)
	return v
}

func blocked(f fault) Verdict {
	return Verdict{Outcome: Blocked, Rule: f.rule, Why: f.why, Short: f.short, Remedy: f.remedy}
}

// fault is why a check failed.
type fault struct {
	rule               Rule
	why, short, remedy string
}

const (
	fetch     = "Fetch"
	corsCheck = "CORS check"
)
