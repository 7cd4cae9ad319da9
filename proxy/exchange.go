package proxy

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"corsage/proxy/record"
)

// exchange follows one request of a chosen host from its arrival to the end of
// its answer, and keeps its entry in the log up to date.
type exchange struct {
	recorder *record.Recorder // nil where there is no log
	flow     Flow
	early    informational
	modify   bool // false outside the profile's paths
	entry    record.Entry
	request  *meter // nil where there is no body
	response *meter // nil where there is no body
	fault    error  // why there was no answer from upstream
	answer   bool   // the answer's head was delivered
}

func newExchange(rec *record.Recorder, rule *Rule, modify bool, r *http.Request) *exchange {
	stripHop(r.Header, isUpgrade(r.Header))
	received := maps.Clone(r.Header)
	x := &exchange{recorder: rec, modify: modify}
	x.flow = Flow{
		Rule: rule, URL: r.URL, Received: received, Origin: source(received), Preflight: isPreflight(r),
		changes: make([]record.Change, 0, 12), values: make([]string, 0, 12),
	}
	if rec != nil {
		x.entry = record.Entry{
			Start: time.Now(), State: record.Open,
			Method: r.Method, URL: r.URL.String(), Host: r.URL.Host, Path: r.URL.RequestURI(),
			Profile: rule.Profile, Origin: x.flow.Origin,
			Request: record.Message{Head: record.NewHead(received), Proto: r.Proto},
		}
	}
	return x
}

// begin logs the exchange before the backend is asked, so that one that hangs
// is seen.
func (x *exchange) begin() {
	if x.recorder == nil {
		return
	}
	x.entry.Relation = x.flow.Relation.String()
	x.note()
	x.entry.ID = x.recorder.Add(&x.entry)
}

// answered takes over the answer's head, for the log to tell once the body has
// ended or is waited for.
func (x *exchange) answered(resp *http.Response) {
	x.answer = true
	mediaType, _, _ := strings.Cut(resp.Header.Get("Content-Type"), ";")
	mediaType = strings.ToLower(strings.TrimSpace(mediaType))
	if resp.StatusCode != http.StatusSwitchingProtocols && resp.Body != nil && resp.Body != http.NoBody {
		x.response = &meter{ReadCloser: resp.Body, length: resp.ContentLength}
		if x.recorder != nil && !record.Binary(mediaType) {
			x.response.keep = record.BodyLimit
		}
		resp.Body = x.response
	}
	if x.recorder == nil {
		return
	}
	e := &x.entry
	e.Status = resp.StatusCode
	e.Duration = time.Since(e.Start)
	e.Response.Proto = resp.Proto
	if e.Local = e.Response.Head == ""; e.Local {
		e.Response.Head = record.NewHead(resp.Header)
	}
	if x.fault != nil {
		e.Error = x.fault.Error()
	}
	x.note()
	if resp.StatusCode == http.StatusSwitchingProtocols {
		e.Type = strings.ToLower(resp.Header.Get("Upgrade"))
		x.update()
		return
	}
	e.Type = mediaType
}

// end logs the end. gone is why the client left, nil if it did not.
func (x *exchange) end(gone error) {
	if x.recorder == nil {
		return
	}
	e := &x.entry
	e.State = record.Done
	e.Duration = time.Since(e.Start)
	var fault error
	e.Request.Size, e.Request.Body, _ = x.request.read()
	e.Response.Size, e.Response.Body, fault = x.response.read()
	switch {
	case gone != nil && !(x.answer && x.response.complete()),
		fault == nil && !x.response.complete(): // a write told it before the context did
		e.State = record.Aborted
		if e.Error == "" {
			e.Error = "the browser left before the answer was complete"
		}
	case !x.answer:
		e.State, e.Error = record.Aborted, "Corsage failed to answer; its own log says why"
	case fault != nil:
		e.State, e.Error = record.Aborted, "the answer broke off: "+fault.Error()
	}
	x.update()
}

func (x *exchange) update() {
	if x.recorder == nil {
		return
	}
	x.recorder.Update(&x.entry)
}

// received takes over the backend's header, before modifiers see it.
func (x *exchange) received(h http.Header) {
	if x.recorder != nil {
		x.entry.Response.Head = record.NewHead(h)
	}
}

// note takes over the flow's changes so far.
func (x *exchange) note() {
	x.entry.Changes = x.flow.changes[:len(x.flow.changes):len(x.flow.changes)]
	x.entry.Applied = make([]string, 0, len(x.entry.Changes))
	for _, c := range x.entry.Changes {
		if c.Toggle != record.Circle && c.Toggle != record.Upstream && !slices.Contains(x.entry.Applied, c.Toggle) {
			x.entry.Applied = append(x.entry.Applied, c.Toggle)
		}
	}
}
