// Package record keeps what went through the proxy: a bounded ring of entries
// that viewers poll and that traffic never waits for.
package record

import (
	"net/http"
	"time"
)

// Side says which half of an exchange a Change was made in.
type Side string

// The two halves of an exchange.
const (
	Request  Side = "request"
	Response Side = "response"
)

// Change is one edit of one header field, and the reason for it; or, where
// Before and After are the same, what a toggle learned from the field.
type Change struct {
	// Toggle is the name of the modifier that made it; "guard" for the
	// protection that no toggle turns off, Upstream, or Circle.
	Toggle string `json:"toggle"`
	Side   Side   `json:"side"`
	// Header is the canonical field name, or ":status" for a local answer.
	Header string `json:"header"`
	// Before and After are the field's values; nil where it was or is absent.
	Before []string `json:"before,omitempty"`
	After  []string `json:"after,omitempty"`
	// Why is one sentence for the person who reads the log.
	Why string `json:"why"`
}

// Circle is the Toggle of the mark by which the proxy knows a request that comes
// back. All requests get it, so that it tells a viewer nothing.
const Circle = "circle"

// Upstream is the Toggle of a Host that the profile sets for an upstream. All
// requests that go there get it.
const Upstream = "upstream"

// State says how far an exchange has come.
type State string

// The states of an exchange. Only Open entries change, and those with a Refusal,
// when they count another.
const (
	Open    State = "open"    // the body is still under way, or a connection goes on in another protocol
	Done    State = "done"    // the body ended as its framing promised
	Aborted State = "aborted" // client or upstream broke off
)

// Message is one half of an exchange as the log shows it.
type Message struct {
	// Head is the header as it came in, from the browser or from the backend,
	// without what belonged to that connection alone (RFC 9110, section 7.6.1).
	// That of a local answer is as it went out. See Entry.Received and Entry.Sent.
	Head Head `json:"-"`
	// Proto is the protocol as received, such as "HTTP/2.0".
	Proto string `json:"proto,omitempty"`
	// Size counts the body's bytes that passed so far, as encoded on the wire.
	Size int64 `json:"size"`
	// Body holds the first bytes of the body, at most BodyLimit, not decoded;
	// of a response that is Binary, none. It is filled when the body has ended.
	Body []byte `json:"-"`
}

// BodyLimit is how many bytes of each body an Entry keeps.
const BodyLimit = 64 << 10

// Entry is one exchange. What Recorder.Since returns is an immutable snapshot,
// which a viewer may keep and read from any goroutine. Its slices must not be
// written to.
type Entry struct {
	// ID numbers the exchanges of one run from 1 on.
	ID uint64 `json:"id"`
	// Rev orders all snapshots of a run: a viewer that has seen Rev asks for
	// what came Since it.
	Rev uint64 `json:"-"`

	Start    time.Time     `json:"time"`
	Duration time.Duration `json:"duration_ns"`
	State    State         `json:"state"`

	Method string `json:"method"`
	// URL is the address as the browser asked for it, without a fragment.
	URL  string `json:"url"`
	Host string `json:"host"`
	Path string `json:"path"`
	// Status is the delivered status code, 0 while none is known.
	Status int `json:"status"`
	// Type is the response's media type without parameters, or the protocol that
	// the connection switched to, such as "websocket".
	Type string `json:"type,omitempty"`

	Profile string `json:"profile"`
	// Origin is the page's origin as far as the request tells.
	Origin string `json:"origin,omitempty"`
	// Page is what is known of the document that made the request; nil where it
	// did not come through the proxy.
	Page *Page `json:"page,omitempty"`
	// Relation is "own", "allowed" or "foreign", see proxy.Relation.
	Relation string `json:"relation"`
	// Applied lists the toggles that changed something, in order, each once.
	Applied []string `json:"applied,omitempty"`
	Changes []Change `json:"changes,omitempty"`
	// Local reports an answer of the proxy's own: to a preflight, or in place of a
	// backend that has none.
	Local bool `json:"local,omitempty"`
	// Error is the cause of a failure, for people; empty without one.
	Error string `json:"error,omitempty"`
	// Refusal tells that the client refused the proxy's certificate, in place of an
	// exchange; nil where it did not. It is not to be written to.
	Refusal *Refusal `json:"refusal,omitempty"`

	Request  Message `json:"request"`
	Response Message `json:"response"`
}

// Received returns the header of one half as it came in, from the browser or
// from the backend; nil for a local answer. The result is the caller's.
func (e *Entry) Received(side Side) http.Header {
	if side == Request {
		return e.Request.Head.Header()
	}
	if e.Local {
		return nil
	}
	return e.Response.Head.Header()
}

// Sent returns the header of one half as it went out, to the backend or to the
// browser: as it came in, with the Changes. The result is the caller's.
func (e *Entry) Sent(side Side) http.Header {
	if side == Response && e.Local {
		return e.Response.Head.Header()
	}
	h := e.Received(side)
	if h == nil {
		h = make(http.Header)
	}
	for _, c := range e.Changes {
		switch {
		case c.Side != side || c.Header == ":status":
		case c.After == nil:
			delete(h, c.Header)
		default:
			h[c.Header] = c.After
		}
	}
	return h
}

// Export is an entry with both headers of both halves, for JSON.
type Export struct {
	*Entry
	Request  ExportMessage `json:"request"`
	Response ExportMessage `json:"response"`
}

// ExportMessage is one half of an Export.
type ExportMessage struct {
	Received http.Header `json:"received,omitempty"`
	Sent     http.Header `json:"sent,omitempty"`
	Message
}

// Export returns e for JSON.
func (e *Entry) Export() Export {
	return Export{
		e,
		ExportMessage{e.Received(Request), e.Sent(Request), e.Request},
		ExportMessage{e.Received(Response), e.Sent(Response), e.Response},
	}
}
