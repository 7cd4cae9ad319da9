package proxy

import (
	"errors"
	"io"
	"net/http"
	"sync/atomic"
)

// upload is the body of an HTTP/1 request on its way to a backend, which may
// answer before it has seen all of it. By itself net/http would throw the rest
// away then, to use the connection again. An answer that ends the connection,
// as responseWriter makes of it, lets the upload go on.
type upload struct {
	io.ReadCloser
	read atomic.Bool // to its end
}

// newUpload returns what carries r's body, nil where there is none or HTTP/2
// takes care of it. It doesn't change r: by the type of r.Body, net/http knows
// how much of it was left.
func newUpload(r *http.Request) *upload {
	if r.ProtoMajor != 1 || r.Body == nil || r.Body == http.NoBody {
		return nil
	}
	return &upload{ReadCloser: r.Body}
}

func (u *upload) Read(p []byte) (int, error) {
	n, err := u.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) {
		u.read.Store(true)
	}
	return n, err
}

// pending reports whether a client may still be sending.
func (u *upload) pending() bool { return u != nil && !u.read.Load() }
