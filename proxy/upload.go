package proxy

import (
	"errors"
	"io"
	"net/http"
	"sync/atomic"
)

// upload is the body of an HTTP/1 request on its way to a backend, which may
// answer before it has seen all of it. By itself net/http would throw the rest
// away then, to use the connection again. Here the upload goes on while the
// answer comes, and the connection ends with them.
type upload struct {
	body io.Reader
	read atomic.Bool // to its end
}

// newUpload returns what carries r's body, nil where there is none or HTTP/2
// takes care of it. It doesn't change r: by the type of r.Body, net/http knows
// how much of it was left.
func newUpload(w http.ResponseWriter, r *http.Request) *upload {
	if r.ProtoMajor != 1 || r.Body == nil || r.Body == http.NoBody {
		return nil
	}
	_ = http.NewResponseController(w).EnableFullDuplex()
	return &upload{body: r.Body}
}

func (u *upload) Read(p []byte) (int, error) {
	n, err := u.body.Read(p)
	if errors.Is(err, io.EOF) {
		u.read.Store(true)
	}
	return n, err
}

// Close does nothing: the transport calls it when it was refused the body, and
// net/http's would wait for the client to send it.
func (u *upload) Close() error { return nil }

// pending reports whether a client may still be sending.
func (u *upload) pending() bool { return u != nil && !u.read.Load() }
