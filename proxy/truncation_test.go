package proxy_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"corsage/proxy"
	"corsage/proxy/record"
)

// A backend resets the connection in the middle of a body of which the browser
// has the beginning: it breaks off there too, however it is framed. (What comes
// of an end without a reset is in the tables of faults.)
func TestResetInBody(t *testing.T) {
	holdDescriptors(t)
	for _, p := range paths {
		for framing, head := range map[string]string{
			"known length":  "Content-Length: 10\r\n\r\npart",
			"chunks":        "Transfer-Encoding: chunked\r\n\r\n4\r\npart\r\n",
			"until the end": "\r\npart",
		} {
			t.Run(p.name+", "+framing, func(t *testing.T) {
				arrived := make(chan struct{})
				f := new(faulty)
				f.http1(func(c net.Conn, _ *bufio.Reader, _ *http.Request) bool {
					say(c, success, head)
					<-arrived
					reset(c)
					return false
				})
				startFaulty(t, f, p.secure)
				f.armed.Store(true)
				r := start(t)
				base := f.url.String()
				if p.chosen {
					base = f.url.Scheme + "://example.com"
					r.Apply(proxy.NewRuleset(f.chosen(t, base)))
				}
				resp, err := r.clientOf(t, p.h2).Get(base)
				if err != nil {
					t.Fatal(err)
				}
				defer resp.Body.Close()
				if _, err := io.ReadFull(resp.Body, make([]byte, 4)); err != nil {
					t.Fatal(err)
				}
				close(arrived)
				if rest, err := io.ReadAll(resp.Body); err == nil || len(rest) > 0 {
					t.Errorf("the body ends with %q, %v", rest, err)
				}
				if p.chosen {
					e := r.entry(t, func(e *record.Entry) bool { return e.State != record.Open })
					if e.State != record.Aborted || !strings.Contains(e.Error, "broke off") || e.Response.Size != 4 {
						t.Errorf("logged as %s, %q, %d bytes", e.State, e.Error, e.Response.Size)
					}
				}
			})
		}
	}
}
