// Package verdict says what a browser does with an exchange, and why: whether a
// page's script may read the answer, which of its headers, and what becomes of
// each cookie. It follows Fetch (https://fetch.spec.whatwg.org), RFC 6265bis
// (draft-ietf-httpbis-rfc6265bis), Mixed Content, Content Security Policy Level 3,
// HTML's cross-origin isolation and Local Network Access, and where engines are
// known to differ from these, the engine.
//
// [Judge] is a pure function over what is known of the page, the request and the
// answer. [Of] makes the inputs of an exchange in the log, twice: as the backend
// answered and as it was delivered. Both are for viewers; nothing here is called
// while a request is on its way. All functions are safe for concurrent use.
//
// What can't be seen from outside a browser is not claimed: a policy that a page
// sets in a <meta> element, what its service worker does, the settings of the
// person who uses it, and often the request's credentials mode, see
// [Request.Credentials].
package verdict

// Outcome is what becomes of an answer.
type Outcome string

// The outcomes of an exchange.
const (
	// Readable: the script reads status, body, and the headers in Verdict.Readable.
	Readable Outcome = "readable"
	// ReadableUncredentialed: the script reads it only if it made the call without
	// credentials, which is not known. With credentials: 'include' it is blocked.
	ReadableUncredentialed Outcome = "readable without credentials"
	// Opaque: a no-cors answer. The browser uses it, as for an image, but a script
	// sees neither status nor headers nor body (Fetch, "opaque filtered response").
	Opaque Outcome = "opaque"
	// Passed: the preflight succeeded, and the real request follows.
	Passed Outcome = "preflight passed"
	// PassedUncredentialed: the preflight succeeded only if the call is made
	// without credentials, which a preflight does not tell.
	PassedUncredentialed Outcome = "preflight passed without credentials"
	// Followed: a redirect. The script never sees this answer; the one to the next
	// request decides.
	Followed Outcome = "redirect followed"
	// Shown: a navigation whose document the browser shows.
	Shown Outcome = "shown"
	// Connected: a WebSocket that is open.
	Connected Outcome = "connected"
	// Blocked: the page gets a network error ("Failed to fetch"), or the browser
	// never sends the request.
	Blocked Outcome = "blocked"
	// Unknown: what decides can't be seen; Verdict.Why says what that is.
	Unknown Outcome = "unknown"
)

// OK reports an outcome that is no obstacle for a call of either kind, with and
// without credentials.
func (o Outcome) OK() bool {
	switch o {
	case Readable, Opaque, Passed, Followed, Shown, Connected:
		return true
	}
	return false
}

// Rule is what decided.
type Rule struct {
	// Standard is its short name, such as "Fetch" or "RFC 6265bis"; or an engine's
	// name where the engine goes its own way.
	Standard string `json:"standard"`
	// Section is the section's title, such as "CORS check", with its number where
	// the standard's numbers are stable.
	Section string `json:"section"`
	// Header is the header field, or the attribute or directive within it, that was
	// looked at, and Value what it said; empty where it was absent.
	Header string `json:"header,omitempty"`
	Value  string `json:"value,omitempty"`
}

// Verdict is what a browser does with one exchange.
type Verdict struct {
	Outcome Outcome `json:"outcome"`
	// Rule is the rule that decided.
	Rule Rule `json:"rule"`
	// Why is one sentence with the concrete values.
	Why string `json:"why"`
	// Short is Why in a few words, for a row: "no Allow-Origin".
	Short string `json:"short,omitempty"`
	// Remedy is what would mend it on the server: header lines where these do, one a
	// line; empty where nothing needs mending, or nothing on the server can.
	Remedy string `json:"remedy,omitempty"`
	// Notes are sentences on what goes along with the outcome, such as a
	// permission that the browser asks for.
	Notes []string `json:"notes,omitempty"`
	// Credentials is the request's credentials mode as far as it is known, and
	// CredentialsWhy what tells it.
	Credentials    Credentials `json:"credentials,omitempty"`
	CredentialsWhy string      `json:"credentials_why,omitempty"`
	// Readable lists the names of response headers that the script can read, sorted;
	// ReadableUncredentialed those that it can read only if it called without
	// credentials; Hidden all others. Names are canonical.
	Readable               []string `json:"readable,omitempty"`
	ReadableUncredentialed []string `json:"readable_without_credentials,omitempty"`
	Hidden                 []string `json:"hidden,omitempty"`
	// Cookies says what becomes of each cookie of the request and of the answer.
	Cookies []Cookie `json:"cookies,omitempty"`
}

// CookieOutcome is what becomes of a cookie.
type CookieOutcome string

// The outcomes of a cookie.
const (
	Stored  CookieOutcome = "stored"
	Refused CookieOutcome = "refused"
	// Removed: the answer ended the cookie (Max-Age of 0, or Expires in the past).
	Removed CookieOutcome = "removed"
	Sent    CookieOutcome = "sent"
	NotSent CookieOutcome = "not sent"
	// Added: the browser did not send the cookie, and Corsage's held session did.
	Added CookieOutcome = "added by Corsage"
)

// Cookie is the verdict on one cookie.
type Cookie struct {
	Name    string        `json:"name"`
	Outcome CookieOutcome `json:"outcome"`
	// Partitioned says that the jar is one of the page's own site: the backend's
	// own pages see another cookie, so that their login is not shared.
	Partitioned bool `json:"partitioned,omitempty"`
	// Uncredentialed says that the request may have been made without credentials,
	// in which case the cookie is neither sent nor stored.
	Uncredentialed bool   `json:"if_credentialed,omitempty"`
	Rule           Rule   `json:"rule"`
	Why            string `json:"why"`
	Remedy         string `json:"remedy,omitempty"`
}
