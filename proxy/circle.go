package proxy

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"

	"corsage/proxy/record"
)

// circle finds requests that left this process and came back to it: through
// another proxy, or through a server that itself uses Corsage as its proxy.
type circle struct {
	log     *slog.Logger
	id      string   // of this process
	markers []string // the value of CDN-Loop where there is no other

	mu      sync.Mutex
	waiting map[string]int // requests that wait for a proxy's answer, by what was asked for
}

// loopHeader is the field that RFC 8586 made for this. Via would do as well, but
// servers answer otherwise because of it: nginx without compression, for one.
const loopHeader = "Cdn-Loop"

// circleLimit is how many requests for the same may wait for a proxy at once.
// Some proxies take the marker away, and each turn of the circle is then one
// more that waits for the next.
const circleLimit = 256

func newCircle(log *slog.Logger) *circle {
	id := "corsage-" + strings.ToLower(rand.Text())
	return &circle{log: log, id: id, markers: []string{id}, waiting: make(map[string]int)}
}

// marked returns the markers of the request header h, with ours among them.
func (c *circle) marked(h http.Header) []string {
	switch others := h[loopHeader]; {
	case others == nil:
		return c.markers
	case c.closed(h):
		return others
	default:
		return append(others[:len(others):len(others)], c.id)
	}
}

// mark adds our marker to the request header h, unless it is there.
func (c *circle) mark(h http.Header) { h[loopHeader] = c.marked(h) }

// markFlow is mark, for a request that stands in the log.
func (c *circle) markFlow(f *Flow) {
	f.toggle = record.Circle
	f.SetRequest(loopHeader, "RFC 8586: should this request come back here, it is known by this and goes no further.", c.marked(f.Request.Header)...)
	f.toggle = ""
}

// closed reports whether the request with header h has been here before.
func (c *circle) closed(h http.Header) bool {
	for _, line := range h[loopHeader] {
		for info := range strings.SplitSeq(line, ",") {
			id, _, _ := strings.Cut(info, ";")
			if strings.EqualFold(strings.TrimSpace(id), c.id) {
				return true
			}
		}
	}
	return false
}

type markersKey struct{}

// carry puts into r's context what markers r, a CONNECT, came with, so that one
// on to the next proxy has them too.
func (c *circle) carry(r *http.Request) *http.Request {
	if markers := r.Header[loopHeader]; markers != nil {
		return r.WithContext(context.WithValue(r.Context(), markersKey{}, markers))
	}
	return r
}

// connectHeader is the header of a CONNECT to a proxy, made for what ctx is of.
func (c *circle) connectHeader(ctx context.Context) http.Header {
	h := make(http.Header)
	if markers, ok := ctx.Value(markersKey{}).([]string); ok {
		h[loopHeader] = markers
	}
	c.mark(h)
	return h
}

// brake counts a request that waits for p, until leave is called. It refuses one
// too many for the same.
func (c *circle) brake(what string, p *parent) (leave func(), err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.waiting[what] >= circleLimit {
		err := &circleError{fmt.Sprintf("%d requests for it wait for the proxy %v already, as they do where that sends to Corsage what it gets from Corsage", circleLimit, p), p.leaveCircle()}
		c.log.Warn("a request was refused: "+err.cause, "request", what, "remedy", err.remedy)
		return nil, err
	}
	c.waiting[what]++
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.waiting[what]--; c.waiting[what] == 0 {
			delete(c.waiting, what)
		}
	}, nil
}

// leaveCircle says what to do where p sends to Corsage what it gets from it.
func (p *parent) leaveCircle() string {
	return "Take Corsage out of that proxy's own settings; " + p.goWithout() + "."
}

// circleError is a request that came back.
type circleError struct{ cause, remedy string }

func (e *circleError) Error() string { return "the request goes round in a circle" }

// refuseCircle answers a CONNECT that has been here before.
func (s *Server) refuseCircle(w http.ResponseWriter, r *http.Request) {
	why := explain(connectURL(r.URL.Host), nil, s.upstreams.circled(r, nil))
	http.Error(w, "Corsage: "+why.Error(), http.StatusLoopDetected)
}

// circled explains how a request for r's URL under rule came back to us.
func (s *upstreams) circled(r *http.Request, rule *Rule) error {
	u := target(rule, r.URL)
	if r.Method == http.MethodConnect {
		u = connectURL(r.URL.Host)
	}
	where := "a proxy on the way, or a server that uses Corsage as its proxy,"
	remedy := "Take Corsage out of that one's proxy settings (HTTP_PROXY, HTTPS_PROXY and their like)."
	if w, err := s.way(rule); err == nil {
		if ways := s.parents(r.Context(), w, w.destination(u)); len(ways) > 0 && ways[0] != nil {
			where, remedy = fmt.Sprintf("the proxy %v", ways[0]), ways[0].leaveCircle()
		} else if w.address != "" {
			where = "the upstream at " + w.address
		}
	}
	err := &circleError{fmt.Sprintf("the request has been through Corsage before: %s sent it back here", where), remedy}
	if rule == nil { // others have their entry
		s.log.Warn("a request was refused: "+err.cause, "request", r.Method+" "+u.Host, "remedy", remedy)
	}
	return err
}
