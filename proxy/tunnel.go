package proxy

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// tunnel is a client connection after CONNECT.
type tunnel struct {
	*hijacked
	authority string             // host:port as the client asked for it
	agent     string             // the User-Agent of the CONNECT
	cancel    context.CancelFunc // ends what is done for it, such as dialling; may be nil
	stale     atomic.Bool        // the rules no longer want it as it is
	// hello keeps what a client says in a TLS handshake until it is known whether
	// that is the proxy's to answer; nil at all other times.
	hello *bytes.Buffer
	// meeting follows the TLS with the client from the handshake's begin until the
	// client asks for something; nil at all other times.
	meeting *meeting

	mu          sync.Mutex
	scheme      string // what is spoken inside: "https", "http" or "other"; "" while not known
	settled     bool   // whether intercepted holds already
	intercepted bool
	busy        bool // an exchange is under way
	waiting     bool // a Read waits for the browser
	rested      bool // since an exchange has ended, nothing was read that may begin another
	leaving     bool // Read finds nothing any more
	upstream    net.Conn
	http2       bool          // is spoken inside
	flushed     chan struct{} // closed by the write that ends the last answer; nil where none is awaited
	closed      func()
}

// Close closes both ends.
func (t *tunnel) Close() error {
	if t.cancel != nil {
		t.cancel()
	}
	t.mu.Lock()
	if t.upstream != nil {
		_ = t.upstream.Close()
	}
	closed := t.closed
	t.closed = nil
	t.mu.Unlock()
	if closed != nil {
		closed()
	}
	return t.hijacked.Close()
}

func (t *tunnel) setUpstream(c net.Conn) {
	t.mu.Lock()
	t.upstream = c
	t.mu.Unlock()
}

// leave closes t, an intercepted connection only where the browser alone is
// waited for: there the inner server finds its end, and TLS says goodbye (RFC
// 8446, section 6.1), so that the browser knows that nothing was lost. Elsewhere
// the next answer closes it, as t is stale.
func (t *tunnel) leave() {
	t.mu.Lock()
	if !t.intercepted {
		t.mu.Unlock()
		_ = t.Close()
		return
	}
	defer t.mu.Unlock()
	if flushed := t.flushed; flushed != nil {
		go func() {
			select {
			case <-flushed:
				t.leave()
			case <-time.After(flushTime): // an answer that the browser cancelled has no last bytes
			}
		}()
		return
	}
	if t.waiting && t.rested {
		t.leaving = true
		_ = t.hijacked.SetReadDeadline(time.Unix(1, 0)) // wakes Read
	}
}

// leaves reports whether the connection's end is of our making.
func (t *tunnel) leaves() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.leaving || t.stale.Load()
}

// Read notes when the browser is waited for.
func (t *tunnel) Read(p []byte) (int, error) {
	t.mu.Lock()
	if t.stale.Load() && t.intercepted && t.rested && t.flushed == nil {
		t.leaving = true
	}
	if t.leaving {
		t.mu.Unlock()
		return 0, io.EOF
	}
	t.waiting = true
	t.mu.Unlock()
	n, err := t.hijacked.Read(p)
	if t.hello != nil {
		t.hello.Write(p[:n])
	}
	if t.meeting != nil {
		t.meeting.heard.note(p[:n])
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.waiting = false
	t.rested = t.rested && (t.http2 || n == 0) // HTTP/2 sends its frames whole, and some between exchanges
	if t.leaving {                             // what came was not looked at yet, so that the browser may ask again elsewhere
		return 0, io.EOF
	}
	return n, err
}

// secured notes what the TLS inside was agreed to carry.
func (t *tunnel) secured(c *tls.Conn) {
	http2 := c.ConnectionState().NegotiatedProtocol == "h2"
	t.mu.Lock()
	t.http2 = http2
	t.mu.Unlock()
}

// unsecured notes whether what the client begins with, without TLS, is HTTP/2's
// preface (RFC 9113, section 3.4).
func (t *tunnel) unsecured() {
	ahead, _ := t.reader.Peek(min(t.reader.Buffered(), len("PRI ")))
	t.mu.Lock()
	t.http2 = string(ahead) == "PRI "
	t.mu.Unlock()
}

// note follows the inner server's ConnState: an exchange is under way from its
// head to its answer's last byte, which is written after the handler's return.
// A connection that was hijacked out of it stays busy.
func (t *tunnel) note(state http.ConnState) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch state {
	case http.StateActive:
		t.busy, t.rested = true, false
		t.meeting = nil // nothing reads meanwhile
	case http.StateIdle:
		t.busy, t.rested = false, true
		if t.http2 {
			t.flushed = make(chan struct{}) // net/http calls an HTTP/2 connection idle just before it flushes
		}
	}
}

// Write notes that what the inner server had buffered is out.
func (t *tunnel) Write(p []byte) (int, error) {
	if t.hello != nil {
		return len(p), nil // an alert, for a handshake that others answer
	}
	n, err := t.hijacked.Write(p)
	t.mu.Lock()
	if t.flushed != nil {
		close(t.flushed)
		t.flushed = nil
	}
	t.mu.Unlock()
	return n, err
}

// flushTime is how long an answer's last bytes may take to leave net/http.
const flushTime = 5 * time.Second

// speaks notes what the client turned out to speak.
func (t *tunnel) speaks(what spoken) {
	t.mu.Lock()
	t.scheme = string(what)
	t.mu.Unlock()
}

// forward sends on to w what was read from the client so far.
func (t *tunnel) forward(w io.Writer) error {
	if t.hello != nil {
		if _, err := t.hello.WriteTo(w); err != nil {
			return err
		}
		t.hello = nil
	}
	if t.reader == nil {
		return nil
	}
	ahead, _ := t.reader.Peek(t.reader.Buffered())
	_, err := w.Write(ahead)
	t.reader = nil
	return err
}

// isFor reports whether t was opened to host, which may have a port.
func (t *tunnel) isFor(host string) bool {
	if port, ok := strings.CutPrefix(t.authority, host); ok && (port == "" || port == ":"+defaultPort(t.scheme)) {
		return true
	}
	name, port := hostPort(host, t.scheme)
	wantName, wantPort := hostPort(t.authority, t.scheme)
	return name == wantName && port == wantPort
}

// chosen reports whether rs wants what goes through t, as far as it is known.
func (t *tunnel) chosen(rs *Ruleset) bool {
	if t.scheme == "" {
		return rs.chooses("https", t.authority) || rs.chooses("http", t.authority)
	}
	return rs.chooses(t.scheme, t.authority)
}

// choose settles by the present rules whether t is intercepted, and returns
// that. It reads them under t's lock: a change comes before, or reviews t after.
func (t *tunnel) choose(rs *atomic.Pointer[Ruleset]) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.settled, t.intercepted = true, t.chosen(rs.Load())
	return t.intercepted
}

// review reports whether t can be closed because rs would treat it otherwise,
// and nothing is under way that could be waited for.
func (t *tunnel) review(rs *Ruleset) (close bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	stale := t.settled && t.chosen(rs) != t.intercepted
	t.stale.Store(stale)
	return stale && (!t.intercepted || !t.busy)
}

type tunnelKey struct{}

// withTunnel puts the tunnel of an intercepted connection into the context of
// its requests.
func withTunnel(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, tunnelKey{}, tunnelUnder(c))
}

// tunnelUnder returns the tunnel that a connection of the inner server runs in.
func tunnelUnder(c net.Conn) *tunnel {
	if secure, ok := c.(*tls.Conn); ok {
		c = secure.NetConn()
	}
	return c.(*tunnel)
}

func tunnelOf(ctx context.Context) *tunnel { return ctx.Value(tunnelKey{}).(*tunnel) }

// tunnels is the set of open ones.
type tunnels struct {
	mu     sync.Mutex
	open   map[*tunnel]struct{}
	closed bool
}

// add reports false where no more are taken.
func (s *tunnels) add(t *tunnel) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	if s.open == nil {
		s.open = make(map[*tunnel]struct{})
	}
	s.open[t] = struct{}{}
	t.closed = func() {
		s.mu.Lock()
		delete(s.open, t)
		s.mu.Unlock()
	}
	return true
}

func (s *tunnels) all() []*tunnel {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]*tunnel, 0, len(s.open))
	for t := range s.open {
		list = append(list, t)
	}
	return list
}

// review closes the tunnels that rs would treat otherwise: at once where bytes
// only pass or nothing is under way, else with the next answer on them.
func (s *tunnels) review(rs *Ruleset) {
	for _, t := range s.all() {
		if t.review(rs) {
			t.leave()
		}
	}
}

func (s *tunnels) close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	for _, t := range s.all() {
		_ = t.Close()
	}
}

// handoff is a listener that accepts the connections it is given.
type handoff struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newHandoff() *handoff {
	return &handoff{conns: make(chan net.Conn), done: make(chan struct{})}
}

func (h *handoff) give(c net.Conn) {
	select {
	case h.conns <- c:
	case <-h.done:
		_ = c.Close()
	}
}

func (h *handoff) Accept() (net.Conn, error) {
	select {
	case c := <-h.conns:
		return c, nil
	case <-h.done:
		return nil, http.ErrServerClosed
	}
}

func (h *handoff) Close() error {
	h.once.Do(func() { close(h.done) })
	return nil
}

func (h *handoff) Addr() net.Addr { return &net.TCPAddr{} }
