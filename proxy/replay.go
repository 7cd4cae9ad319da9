package proxy

import (
	"errors"
	"io"
	"net/http"
	"sync/atomic"
)

// errBodyGone is why a request can't be sent once more.
var errBodyGone = errors.New("the connection was closed, and too much of the request's body has passed to send it once more")

// replayable makes out, whose body is m, fit to be sent once more from its
// beginning, as long as m keeps all that has been read of it. net/http does so
// only where the backend can't have seen the first copy: nothing was written yet
// to a connection that turned out to be closed, or HTTP/2 says that the request
// was not looked at (RFC 9113, sections 6.8 and 8.7). Without it a POST would
// fail where a browser's own would not. Methods that may be repeated, and
// requests with an Idempotency-Key, are repeated after a write as well.
func replayable(out *http.Request, m *meter) {
	first := &replay{body: m, last: new(atomic.Pointer[replay])}
	first.last.Store(first)
	out.Body = first
	out.GetBody = func() (io.ReadCloser, error) {
		if n, head, _ := m.read(); n > int64(len(head)) {
			return nil, errBodyGone
		}
		again := &replay{body: m, last: first.last}
		first.last.Store(again)
		return again, nil
	}
}

// replay reads a body from its beginning: what was read before, then the rest.
// Only one replay of a body is read at a time.
type replay struct {
	body   *meter
	off    int64
	closed atomic.Bool
	last   *atomic.Pointer[replay] // of those of the body
}

func (r *replay) Read(p []byte) (int, error) {
	if n, head, err := r.body.read(); r.off < n {
		if r.off >= int64(len(head)) {
			return 0, errBodyGone
		}
		copied := copy(p, head[r.off:])
		r.off += int64(copied)
		return copied, nil
	} else if err != nil {
		return 0, err
	} else if n > 0 && r.body.complete() {
		return 0, io.EOF
	}
	n, err := r.body.Read(p)
	r.off += int64(n)
	return n, err
}

// Close says that this replay is not wanted any more. It leaves the body open for
// the next; the server closes it when the exchange ends. To close it before would
// be to wait for a client that sends no more until it is answered.
func (r *replay) Close() error {
	r.closed.Store(true)
	return nil
}

// unwanted reports whether nobody is to read what is left of the body.
func (r *replay) unwanted() bool { return r.last.Load().closed.Load() }
