package proxy

import (
	"context"
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
	recorder *record.Recorder
	flow     *Flow
	modify   bool // false outside the profile's paths
	entry    record.Entry
	request  *meter
	response *meter
	fault    error // why there was no answer from upstream
	answer   bool  // the answer's head was delivered
}

type exchangeKey struct{}

func exchangeOf(ctx context.Context) *exchange {
	x, _ := ctx.Value(exchangeKey{}).(*exchange)
	return x
}

func newExchange(rec *record.Recorder, rule *Rule, modify bool, r *http.Request) *exchange {
	received := maps.Clone(r.Header)
	u := *r.URL
	x := &exchange{
		recorder: rec,
		modify:   modify,
		flow:     &Flow{Rule: rule, URL: &u, Received: received, Origin: source(received), Preflight: isPreflight(r), changes: make([]record.Change, 0, 12)},
		entry: record.Entry{
			Start: time.Now(), State: record.Open,
			Method: r.Method, URL: u.String(), Host: u.Host, Path: u.RequestURI(),
			Profile: rule.Profile,
			Request: record.Message{Received: received, Proto: r.Proto},
		},
	}
	x.entry.Origin = x.flow.Origin
	if r.Body != nil && r.Body != http.NoBody {
		x.request = &meter{ReadCloser: r.Body, length: r.ContentLength}
		r.Body = x.request
	}
	return x
}

// begin logs the exchange before the backend is asked, so that one that hangs
// is seen.
func (x *exchange) begin() {
	x.entry.Relation = x.flow.Relation.String()
	x.entry.Request.Sent = x.flow.Request.Header // no one writes to it from here on
	x.note()
	e := x.entry
	x.entry.ID = x.recorder.Add(&e)
}

// answered takes over the answer's head, for the log to tell once the body has
// ended or is waited for. received is the header as it came from
// upstream, nil for a local answer.
func (x *exchange) answered(resp *http.Response, received http.Header) {
	x.answer = true
	e := &x.entry
	e.Status = resp.StatusCode
	e.Duration = time.Since(e.Start)
	e.Response = record.Message{Received: received, Sent: resp.Header, Proto: resp.Proto}
	if x.fault != nil {
		e.Error = x.fault.Error()
	}
	mediaType, _, _ := strings.Cut(resp.Header.Get("Content-Type"), ";")
	e.Type = strings.ToLower(strings.TrimSpace(mediaType))
	x.note()
	if resp.StatusCode == http.StatusSwitchingProtocols {
		e.Type = strings.ToLower(resp.Header.Get("Upgrade"))
		x.update()
	} else if resp.Body != nil && resp.Body != http.NoBody {
		x.response = &meter{ReadCloser: resp.Body, length: resp.ContentLength}
		resp.Body = x.response
	}
}

// end logs the end. gone is why the client left, nil if it did not.
func (x *exchange) end(gone error) {
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
	case fault != nil:
		e.State, e.Error = record.Aborted, "the answer broke off: "+fault.Error()
	}
	x.update()
}

// broken reports an answer whose body upstream broke off: it must break off at
// the client as well, or truncation would look like success.
func (x *exchange) broken() bool {
	_, _, err := x.response.read()
	return err != nil
}

func (x *exchange) update() {
	e := x.entry
	x.recorder.Update(&e)
}

// note takes over the flow's changes so far.
func (x *exchange) note() {
	x.entry.Changes = x.flow.changes[:len(x.flow.changes):len(x.flow.changes)]
	x.entry.Applied = make([]string, 0, len(x.entry.Changes))
	for _, c := range x.entry.Changes {
		if !slices.Contains(x.entry.Applied, c.Toggle) {
			x.entry.Applied = append(x.entry.Applied, c.Toggle)
		}
	}
}
