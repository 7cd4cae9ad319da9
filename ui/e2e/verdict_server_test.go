package e2e

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/coder/websocket"
)

const (
	documentPath = "/document"
	documentHTML = "<!doctype html><title>matrix</title><link rel=icon href=data:,><script src=/matrix.js></script><body>"
)

// matrixServer is every page and every backend of the matrix: what it answers
// stands in the cases.
type matrixServer struct {
	cases []*matrixCase
	pages map[string]*matrixPage // by host
	local string                 // the origin of the backend that has no name

	mu    sync.Mutex
	shown map[place]bool // the framed documents that were shown
}

// base is the origin of one of a page's backends.
func (s *matrixServer) base(p *matrixPage, to string) string {
	switch to {
	case "local": // another port of this machine
		return s.local
	case "plain": // plain http, on the page's site
		return "http://plain." + p.site
	case "self":
		return p.url
	}
	return "https://" + to + "." + p.site
}

// The phases of a case.
const (
	phaseBefore = "before"
	phaseCalls  = "calls"
	phaseAfter  = "after"
)

func (c *matrixCase) phase(name string) []matrixCall {
	switch name {
	case phaseBefore:
		return c.before
	case phaseAfter:
		return c.after
	}
	return c.calls
}

// place is one hop of one call of a case; it is in the URL.
type place struct {
	id    int // index of the case
	phase string
	call  int
	hop   int
}

func (p place) String() string { return fmt.Sprintf("%d.%s.%d.%d", p.id, p.phase, p.call, p.hop) }

// parsePlace reads a place from a URL's query.
func parsePlace(s string) (p place, ok bool) {
	parts := strings.Split(s, ".")
	if len(parts) != 4 {
		return p, false
	}
	numbers := make([]int, 4)
	for i, part := range parts {
		if i == 1 {
			continue
		}
		n, err := strconv.Atoi(part)
		if err != nil {
			return p, false
		}
		numbers[i] = n
	}
	return place{numbers[0], parts[1], numbers[2], numbers[3]}, true
}

// address is where a hop of a call is asked for.
func (s *matrixServer) address(at place) string {
	c := s.cases[at.id]
	call := &c.phase(at.phase)[at.call]
	to := call.to
	if at.hop > 0 {
		to = call.hops[at.hop-1].next
	}
	path := call.path
	if path == "" {
		path = fmt.Sprintf("/case/%d/it", at.id)
	}
	return s.base(c.page, to) + path + "?at=" + at.String()
}

func (s *matrixServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	switch r.URL.Path {
	case documentPath:
		s.document(w, r, documentHTML)
		return
	case "/frame":
		s.document(w, r, "<!doctype html>")
		return
	case "/matrix.js":
		http.ServeFile(w, r, filepath.Join("testdata", "page", "matrix.js"))
		return
	}
	if at, ok := parsePlace(r.URL.Query().Get("shown")); ok {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.shown[at] = true
		return
	}
	at, ok := parsePlace(r.URL.Query().Get("at"))
	if !ok || at.id >= len(s.cases) {
		http.NotFound(w, r)
		return
	}
	c := s.cases[at.id]
	call := &c.phase(at.phase)[at.call]
	if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
		write(w, c.page, &call.preflight, nil)
		return
	}
	answer := &call.hops[at.hop]
	if answer.next != "" {
		next := at
		next.hop++
		w.Header().Set("Location", s.address(next))
	}
	if call.via == viaSocket && answer.next == "" {
		s.socket(w, r, c.page, answer)
		return
	}
	body := bodies[call.via]
	if call.via == viaFrame {
		body = &content{"text/html", fmt.Appendf(nil, "<!doctype html><link rel=icon href=data:,><script src='?shown=%s'></script>", at)}
	}
	write(w, c.page, answer, body)
}

// document is a page, or the backend's own.
func (s *matrixServer) document(w http.ResponseWriter, r *http.Request, html string) {
	if p := s.pages[r.Host]; p != nil {
		for name, values := range p.header {
			w.Header()[name] = values
		}
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	io.WriteString(w, html)
}

func (s *matrixServer) socket(w http.ResponseWriter, r *http.Request, p *matrixPage, a *answerSpec) {
	for _, f := range a.fields(p) {
		w.Header().Add(f.name, f.value)
	}
	connection, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
	if err != nil {
		return
	}
	connection.CloseRead(r.Context())
	<-r.Context().Done()
}

// content is a body that the caller's element accepts.
type content struct {
	kind string
	data []byte
}

var bodies = map[string]*content{
	viaFetch:  {"text/plain", []byte("hello")},
	viaXHR:    {"text/plain", []byte("hello")},
	viaImage:  {"image/gif", gif},
	viaScript: {"text/javascript", []byte("0;")},
	viaEvents: {"text/event-stream", []byte("data: hello\n\n")},
	viaLink:   {"text/html", []byte(documentHTML)},
	viaForm:   {"text/html", []byte(documentHTML)},
}

// gif is an image of one pixel.
var gif, _ = base64.StdEncoding.DecodeString("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")

// write writes an answer; body may be nil.
func write(w http.ResponseWriter, p *matrixPage, a *answerSpec, body *content) {
	h := w.Header()
	if body != nil {
		h.Set("Content-Type", body.kind)
	}
	for _, f := range a.fields(p) {
		if http.CanonicalHeaderKey(f.name) == "Content-Type" {
			h.Del("Content-Type")
		}
		h[http.CanonicalHeaderKey(f.name)] = append(h[http.CanonicalHeaderKey(f.name)], f.value)
	}
	status := a.status
	if status == 0 {
		status = http.StatusOK
	}
	w.WriteHeader(status)
	if body != nil && a.next == "" && status != http.StatusNoContent {
		_, _ = w.Write(body.data)
	}
}

// matrixHost is the host of an origin, with its port.
func matrixHost(t testing.TB, origin string) string {
	t.Helper()
	_, host, ok := strings.Cut(origin, "://")
	if !ok {
		t.Fatalf("%q is no origin", origin)
	}
	return host
}
