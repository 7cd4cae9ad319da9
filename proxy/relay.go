package proxy

import (
	"errors"
	"io"
	"net"
	"os"
	"sync/atomic"
	"time"
)

const (
	// largeTime is how long a direction may hold a large buffer, or a pipe of the
	// kernel's, after its last byte.
	largeTime = time.Second
	// halfTime is how long a connection that one side has ended may be silent on
	// the other. A client that has gone for good looks just like one that only
	// waits for the rest.
	halfTime = 10 * time.Minute
)

// relay passes bytes between the two ends of a connection that is no, or no
// longer, HTTP for the proxy. It changes nothing, and passes on how each side
// ends: an end of file as one, anything else by cutting both.
type relay struct {
	client, upstream net.Conn
	// cut closes both ends at once, without a goodbye.
	cut func()
	// half is halfTime but in tests.
	half time.Duration

	ended atomic.Bool // one direction has
}

// run returns after both directions have ended and both ends are closed. in and
// out count the bytes from and to the client.
func (r *relay) run() (in, out int64) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		out = r.pass(r.client, r.upstream)
	}()
	in = r.pass(r.upstream, r.client)
	<-done
	_ = r.client.Close()
	_ = r.upstream.Close()
	r.cut()
	return in, out
}

// pass copies until src ends, and passes the end on.
func (r *relay) pass(dst, src net.Conn) (n int64) {
	n, err := r.copy(dst, src)
	r.ended.Store(true)
	var gone *goneError
	switch half, ok := dst.(interface{ CloseWrite() error }); {
	case errors.As(err, &gone):
		// The other direction learns it too, after what dst has said before.
	case err != nil, !ok:
		r.cut()
	default:
		_ = half.CloseWrite() // fails where dst is gone, as above
	}
	return n
}

// goneError is that of a destination that takes no more.
type goneError struct{ error }

// copy returns nil where src ended as it should.
func (r *relay) copy(dst, src net.Conn) (total int64, err error) {
	var buffer copyBuffer
	defer func() { buffer.release() }()
	kernel := spliced(dst, src)
	for {
		wait := r.half
		if buffer.large != nil {
			wait = largeTime
		}
		_ = src.SetReadDeadline(time.Now().Add(wait))
		n, err := src.Read(buffer.bytes())
		total += int64(n)
		if n > 0 {
			if _, err := dst.Write(buffer.bytes()[:n]); err != nil {
				return total, &goneError{err}
			}
		}
		if kernel && n == smallBuffer && err == nil {
			buffer.release()
			var moved int64
			moved, err = splice(dst.(*net.TCPConn), src)
			total += moved
		} else {
			buffer.filled(n)
		}
		switch {
		case err == nil:
		case errors.Is(err, io.EOF):
			return total, nil
		case !errors.Is(err, os.ErrDeadlineExceeded), n == 0 && wait == r.half && r.ended.Load():
			return total, err
		default:
			buffer.release()
		}
	}
}

// spliced reports whether the kernel can copy from src to dst, where it can at
// all: it does for two TCP connections on Linux.
func spliced(dst, src net.Conn) bool {
	_, to := dst.(*net.TCPConn)
	_, from := src.(*net.TCPConn)
	return to && from
}

// splice copies while much comes. On Linux the bytes don't enter the process.
func splice(dst *net.TCPConn, src net.Conn) (total int64, err error) {
	for {
		_ = src.SetReadDeadline(time.Now().Add(largeTime))
		n, err := io.Copy(dst, src)
		total += n
		switch {
		case err == nil:
			return total, io.EOF
		case errors.Is(err, os.ErrDeadlineExceeded):
			if n == 0 {
				return total, err
			}
		case dst.CloseWrite() != nil: // it is not connected any more
			return total, &goneError{err}
		default:
			return total, err
		}
	}
}
