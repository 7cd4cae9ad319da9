// Package proxy is the engine: it matches requests to the rules of enabled
// profiles, runs their modifiers over both halves of each exchange, guards what
// SameSite protected, records everything, and serves all that as an HTTP proxy.
package proxy

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"corsage/proxy/record"
)

// Flow is one exchange on its way through the modifiers. It belongs to the
// goroutine that serves the request; a Modifier must not keep it.
type Flow struct {
	// Rule is the entry of the profile that chose this request.
	Rule *Rule
	// Relation decides what modifiers do; most act on Allowed only.
	Relation Relation
	// Origin is the serialised origin (RFC 6454, section 6.1) of the page that
	// made the request, from Origin or else Referer: "null" for an opaque one,
	// "" where the request does not tell.
	Origin string
	// Preflight reports a CORS preflight (Fetch, "CORS-preflight fetch"):
	// OPTIONS with Origin and Access-Control-Request-Method.
	Preflight bool
	// URL is the address as the browser asked for it, absolute, before Rule's
	// upstream is applied. Read only.
	URL *url.URL
	// Received is the request's header as it came in. Read only.
	Received http.Header
	// Request is what will be sent to the backend. Edit its header through
	// SetRequest.
	Request *http.Request
	// Response is nil until the backend has answered. A request modifier that
	// sets it answers locally: later request modifiers and the backend are
	// skipped, response modifiers are not. Edit its header through SetResponse.
	Response *http.Response

	ownOrigin     string // once asked for
	backendOrigin string // the same
	toggle        string // the modifier that runs now
	changes       []record.Change
	values        []string // backs After of all changes, so that the log keeps one object for them
}

// toggleGuard stands for the guard where a change names its toggle.
const toggleGuard = "guard"

// Browser tells browsers apart, for state that must not be shared between two
// of them: it is the request's User-Agent as received.
func (f *Flow) Browser() string { return f.Received.Get("User-Agent") }

// BackendOrigin is the origin of the backend as the backend itself sees it: where
// Rule has an upstream, that one's scheme with the host that it is told.
func (f *Flow) BackendOrigin() string {
	if f.Rule.Upstream == nil {
		return f.OwnOrigin()
	}
	if f.backendOrigin == "" {
		f.backendOrigin = originOf(target(f.Rule, f.URL))
	}
	return f.backendOrigin
}

// OwnOrigin is the backend's origin as the browser sees it.
func (f *Flow) OwnOrigin() string {
	if f.ownOrigin == "" {
		f.ownOrigin = originOf(f.URL)
	}
	return f.ownOrigin
}

// noteHost notes where the upstream is told another Host than the browser's,
// which is no field of a header in net/http.
func (f *Flow) noteHost() {
	if f.Rule.Host == "" || f.Rule.Host == f.URL.Host {
		return
	}
	f.changes = append(f.changes, record.Change{
		Toggle: record.Upstream, Side: record.Request, Header: "Host", Before: []string{f.URL.Host}, After: []string{f.Rule.Host},
		Why: "The name that the upstream goes by, as host in the profile says: dev servers answer to their own alone.",
	})
}

// SetRequest gives the request's header field name exactly the values, and
// notes the change and why. Without values the field is removed. Nothing is
// noted where nothing changes.
func (f *Flow) SetRequest(name, why string, values ...string) {
	f.set(record.Request, f.Request.Header, name, why, values)
}

// SetResponse is SetRequest for the response's header.
func (f *Flow) SetResponse(name, why string, values ...string) {
	f.set(record.Response, f.Response.Header, name, why, values)
}

func (f *Flow) set(side record.Side, h http.Header, name, why string, values []string) {
	name = http.CanonicalHeaderKey(name)
	before := h[name]
	if slices.Equal(before, values) {
		return
	}
	var after []string
	if len(values) == 0 {
		delete(h, name)
	} else {
		start := len(f.values)
		f.values = append(f.values, values...)
		after = f.values[start:len(f.values):len(f.values)]
		h[name] = after
	}
	f.changes = append(f.changes, record.Change{
		Toggle: f.toggle, Side: side, Header: name, Before: before, After: after, Why: why,
	})
}

// NoteResponse says in the log what the modifier learned from the response's
// header field name, which stays as it is.
func (f *Flow) NoteResponse(name, why string) {
	name = http.CanonicalHeaderKey(name)
	values := f.Response.Header[name]
	f.changes = append(f.changes, record.Change{
		Toggle: f.toggle, Side: record.Response, Header: name, Before: values, After: values, Why: why,
	})
}

// Answer sets a local answer with the status and no body.
func (f *Flow) Answer(status int, why string) {
	line := strconv.Itoa(status) + " " + http.StatusText(status)
	f.Response = &http.Response{
		StatusCode: status, Status: line,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Body: http.NoBody, Request: f.Request,
	}
	f.changes = append(f.changes, record.Change{
		Toggle: f.toggle, Side: record.Response, Header: ":status",
		After: []string{line}, Why: why,
	})
}
