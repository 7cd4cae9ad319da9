package proxy

import (
	"bufio"
	"net"
	"net/http"
	"sync"
	"time"
)

// headTime is how long an answer's head may wait for the first bytes of its
// body, to leave together with them.
const headTime = time.Millisecond

// responseWriter is what an answer is written to. It passes head and body on
// as they come, but in as few writes as that allows.
type responseWriter struct {
	http.ResponseWriter
	tunnel *tunnel // nil for a request in absolute form
	upload *upload // nil without a body, and over HTTP/2

	// waits is called once, when the answer's head has gone and the body was not
	// there yet. It may be called from any goroutine, but not after end. May be nil.
	waits func()

	mu    sync.Mutex  // over all writes, since timer's come from a goroutine of its own
	timer *time.Timer // flushes what waits; nil until something does
	ended bool        // the handler is about to return
}

func (w *responseWriter) WriteHeader(status int) {
	if _, ok := w.Header()["Content-Type"]; !ok {
		w.Header()["Content-Type"] = nil // or net/http guesses one
	}
	if w.upload.pending() || w.tunnel != nil && w.tunnel.stale.Load() {
		w.Header().Set("Connection", "close") // over HTTP/2, net/http says GOAWAY instead
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *responseWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.ResponseWriter.Write(p)
}

// Flush sends what was written.
func (w *responseWriter) Flush() { _ = w.FlushError() }

// FlushError is Flush for http.ResponseController.
func (w *responseWriter) FlushError() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.flush()
}

// flush needs mu.
func (w *responseWriter) flush() error {
	err := http.NewResponseController(w.ResponseWriter).Flush()
	if w.waits != nil {
		w.waits()
		w.waits = nil
	}
	return err
}

// flushSoon sends what was written after headTime, unless the exchange has
// ended by then, which sends it too.
func (w *responseWriter) flushSoon() {
	if w.timer != nil {
		w.timer.Reset(headTime)
		return
	}
	w.timer = time.AfterFunc(headTime, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if !w.ended {
			_ = w.flush()
		}
	})
}

// end is called before the handler returns: from then on net/http alone writes.
func (w *responseWriter) end() {
	if w.timer == nil {
		return
	}
	w.timer.Stop()
	// Whether it has stopped tells nothing: an earlier run of the timer may be
	// about to flush, since the timer was set again behind it.
	w.mu.Lock()
	w.ended = true
	w.mu.Unlock()
}

// Unwrap serves http.ResponseController.
func (w *responseWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Hijack takes the connection of a CONNECT over; bytes that the server had read
// already come first out of it.
func (w *responseWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(w.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	return &hijacked{Conn: conn, reader: rw.Reader}, rw, nil
}
