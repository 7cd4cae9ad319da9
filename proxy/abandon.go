package proxy

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync"
	"syscall"
	"time"
)

// errAbandoned is why the rest of a request's body is not read.
var errAbandoned = errors.New("the connection was closed while the request's body was still to come")

// watchUpload sees to it that the transport returns when the backend has failed
// while an upload waits for its page to go on: by itself net/http first waits for
// the next bytes of the body, and the page, which waits for an answer, would wait
// for ever. It looks once in interval. end is to be called with the transport's
// error, and returns what that means.
func watchUpload(out *http.Request, interval time.Duration) (end func(error) error) {
	i, ok := out.Context().Value(informationalKey{}).(*informational)
	body, replayed := out.Body.(*replay)
	if !ok || !replayed {
		return func(err error) error { return err }
	}
	var mu sync.Mutex // over timer, which its own function sets again
	var timer *time.Timer
	ended := false
	mu.Lock()
	defer mu.Unlock()
	timer = time.AfterFunc(interval, func() {
		mu.Lock()
		defer mu.Unlock()
		if !ended && !body.body.complete() && !i.abandon(body) {
			timer.Reset(interval)
		}
	})
	return func(err error) error {
		mu.Lock()
		defer mu.Unlock()
		ended = true
		timer.Stop()
		if err != nil && i.abandoned.Load() {
			return errAbandoned
		}
		return err
	}
}

// seek is what the transport calls before it looks for a connection, for the
// second time where the first one was dead.
func (i *informational) seek(string) { i.got(httptrace.GotConnInfo{}) }

// got is what the transport calls with the connection that the request goes to.
func (i *informational) got(info httptrace.GotConnInfo) {
	i.mu.Lock()
	i.conn = info.Conn
	i.mu.Unlock()
}

// abandon makes reads of the client's body fail if nobody wants it any more, and
// reports whether that is so.
func (i *informational) abandon(body *replay) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.client == nil || !body.unwanted() && (i.conn == nil || !isClosed(under(i.conn))) {
		return false
	}
	i.abandoned.Store(true)
	_ = http.NewResponseController(i.client).SetReadDeadline(time.Unix(1, 0))
	return true
}

// isClosed reports whether this process has closed c.
func isClosed(c net.Conn) bool {
	socket, ok := c.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := socket.SyscallConn()
	if err == nil {
		err = raw.Control(func(uintptr) {})
	}
	return errors.Is(err, net.ErrClosed)
}

// left is why the client has gone; nil if it has not. Where its body was
// abandoned, net/http believes that it has, and can still answer it.
func left(ctx context.Context) error {
	if i, ok := ctx.Value(informationalKey{}).(*informational); ok && i.abandoned.Load() {
		return nil
	}
	return ctx.Err()
}
