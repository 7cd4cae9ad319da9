package proxy

import (
	"errors"
	"io"
	"maps"
	"net/http"
)

// expectTrailers makes room for trailers that r does not tell of before its
// body, which HTTP/1 allows (RFC 9110, section 6.6.2). To an HTTP/2 backend,
// net/http sends those that were told of only.
func expectTrailers(r *http.Request) {
	if r.ContentLength < 0 && r.Trailer == nil {
		r.Trailer = make(http.Header)
	}
}

// keepTrailers sees to it that the trailers that resp tells of arrive at the
// client that req came from.
func keepTrailers(req *http.Request, resp *http.Response) {
	if len(resp.Trailer) == 0 {
		return
	}
	resp.Body = &trailed{resp.Body, resp.Trailer}
	if req.ProtoMajor == 1 && req.ProtoAtLeast(1, 1) && req.Method != http.MethodHead {
		// A backend that speaks HTTP/2 may tell a length too; in HTTP/1.1 only a
		// chunked body has trailers (RFC 9112, section 7.1.2).
		resp.Header.Del("Content-Length")
		resp.ContentLength = -1
	}
}

// trailed is the body of an answer that has told of trailers. At its end it
// forgets those that did not come: over HTTP/2, net/http would never end an
// answer whose trailers are all without a value.
type trailed struct {
	io.ReadCloser
	trailer http.Header
}

func (b *trailed) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) {
		maps.DeleteFunc(b.trailer, func(_ string, values []string) bool { return len(values) == 0 })
	}
	return n, err
}
