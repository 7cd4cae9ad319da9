package proxy

import (
	"io"
	"log/slog"
	"maps"
	"net/http"
	"strconv"
	"strings"
)

// interceptor carries requests to their backends: those of chosen hosts through
// the modifiers, all others as they are.
type interceptor struct {
	upstreams *upstreams
	redirects redirects
	pages     *pages // nil where there is no log
	log       *slog.Logger
}

// roundTrip serves one request, which is its own from here on. x is nil for a
// host that was not chosen. It answers every failure of the backend itself, so
// its error is only that the client has gone.
func (i *interceptor) roundTrip(req *http.Request, x *exchange) (*http.Response, error) {
	if x == nil {
		return i.forward(req)
	}
	f := &x.flow
	f.Request = req
	f.Relation = relate(f, x.modify, func() bool { return i.redirects.take(f) })
	guard(f)
	i.report(f.RunRequest(f.Rule.Modifiers))
	if f.Response == nil {
		f.noteHost()
		i.upstreams.circle.markFlow(f)
	}
	if i.pages != nil {
		x.entry.Page = i.pages.of(f.Received, f.Origin)
	}
	x.begin()

	if f.Response == nil {
		resp, err := i.send(req, f.Rule, f.Received)
		if err != nil {
			if gone := left(req.Context()); gone != nil {
				return nil, gone
			}
			fault := explain(f.URL, f.Rule, err)
			x.fault, resp = fault, failure(req, fault)
		} else {
			x.received(resp.Header)
		}
		f.Response = resp
	}
	i.report(f.RunResponse(f.Rule.Modifiers))
	i.redirects.note(f)
	if i.pages != nil && x.fault == nil {
		i.pages.note(f.URL, f.Received, f.Response.StatusCode, f.answered, f.Response.Header)
	}
	x.answered(f.Response)
	return f.Response, nil
}

// report logs the panics of modifiers.
func (i *interceptor) report(err error) {
	if err != nil {
		i.log.Error(err.Error())
	}
}

// forward serves a request of a host that was not chosen.
func (i *interceptor) forward(req *http.Request) (*http.Response, error) {
	resp, err := i.send(req, nil, req.Header)
	if err != nil {
		if gone := left(req.Context()); gone != nil {
			return nil, gone
		}
		return failure(req, explain(req.URL, nil, err)), nil
	}
	if i.pages != nil {
		i.pages.note(req.URL, req.Header, resp.StatusCode, func(name string) []string { return resp.Header[name] }, resp.Header)
	}
	if resp.StatusCode != http.StatusSwitchingProtocols {
		resp.Body = &meter{ReadCloser: resp.Body, length: resp.ContentLength}
	}
	return resp, nil
}

// send asks the backend and takes from its answer what belongs to the
// connection it came over. received is the header that the request came with.
func (i *interceptor) send(req *http.Request, rule *Rule, received http.Header) (*http.Response, error) {
	if i.upstreams.circle.closed(received) {
		return nil, i.upstreams.circled(req, rule)
	}
	out := *req
	out.Close = false // the client's connection ends, not ours
	if m, ok := req.Body.(*meter); ok {
		replayable(&out, m)
	}
	if _, ok := req.Header["User-Agent"]; !ok {
		out.Header = maps.Clone(req.Header)
		out.Header["User-Agent"] = []string{""} // or net/http adds its own
	}
	end := watchUpload(&out, i.upstreams.timeouts.upload)
	resp, err := i.upstreams.roundTrip(&out, rule)
	err = end(err)
	endInformational(req.Context())
	if err != nil {
		return nil, err
	}
	if err := sound(req, resp); err != nil {
		_ = resp.Body.Close()
		return nil, err
	}
	if resp.StatusCode != http.StatusSwitchingProtocols {
		stripHop(resp.Header, false)
	}
	keepTrailers(req, resp)
	resp.Close = false
	return resp, nil
}

// failure is the answer where a backend has none.
func failure(req *http.Request, why *upstreamError) *http.Response {
	body := "Corsage: " + why.Error() + "\n"
	return &http.Response{
		StatusCode: why.status(), Status: strconv.Itoa(why.status()) + " " + http.StatusText(why.status()),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{
			"Content-Type":           {"text/plain; charset=utf-8"},
			"Content-Length":         {strconv.Itoa(len(body))},
			"Cache-Control":          {"no-store"},
			"X-Content-Type-Options": {"nosniff"},
		},
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: req,
	}
}
