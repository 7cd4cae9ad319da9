package proxy_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"corsage/proxy"
	"corsage/proxy/record"
)

// A client leaves while its upload is stuck, since the backend does not read.
// Over HTTP/2 that is noticed at once. Over HTTP/1.1 the end of the connection
// comes behind what was sent before it, which nobody reads, so that the proxy
// learns it when the backend reads on, as the backend would without it.
func TestClientLeavesStuckUpload(t *testing.T) {
	holdDescriptors(t)
	for _, p := range paths {
		for how, leave := range map[string]func(net.Conn){"FIN": func(c net.Conn) { _ = c.Close() }, "RST": reset} {
			t.Run(p.name+", "+how, func(t *testing.T) {
				began, on := make(chan struct{}), make(chan struct{})
				ended := make(chan error)
				f := new(faulty)
				f.http1(func(_ net.Conn, _ *bufio.Reader, r *http.Request) bool {
					close(began)
					<-on
					_, err := io.Copy(io.Discard, r.Body)
					ended <- err
					return false
				})
				startFaulty(t, f, p.secure)
				f.armed.Store(true)
				r := start(t)
				host := f.url.Host
				if p.chosen {
					host = "example.com"
					r.Apply(proxy.NewRuleset(f.chosen(t, f.url.Scheme+"://example.com")))
				}
				v := r.visit(t, p, host, "/", "endless")
				<-began
				left := time.Now()
				leave(v.conn)
				if p.h2 {
					r.entry(t, func(e *record.Entry) bool { return e.State == record.Aborted })
					t.Logf("noticed after %v", time.Since(left).Round(10*time.Microsecond))
				}
				close(on)
				if err := <-ended; err == nil {
					t.Error("the backend read the upload to an end that it never had")
				}
				if p.chosen {
					r.entry(t, func(e *record.Entry) bool { return e.State == record.Aborted })
				}
			})
		}
	}
}
