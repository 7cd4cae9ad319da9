package proxy_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"corsage/proxy"
	"corsage/proxy/record"
)

// A backend that fails while an upload waits for its page to go on is told of
// at once, not when the page goes on.
func TestUploadFaults(t *testing.T) {
	holdDescriptors(t)
	for _, p := range paths {
		for name, end := range map[string]func(net.Conn){"closed": func(net.Conn) {}, "reset": reset} {
			for _, h2 := range []bool{false, true} {
				for length, n := range map[string]int64{"known": 100, "unknown": -1} {
					if h2 && !p.secure {
						continue
					}
					t.Run(p.name+", "+name+", "+length+map[bool]string{true: ", h2 to the backend"}[h2], func(t *testing.T) {
						f := new(faulty)
						var protocols []string
						if h2 {
							protocols = []string{"h2"}
							f.http2(func(c *frames, _ uint32) bool { end(c.conn); return false })
						} else {
							f.http1(func(c net.Conn, _ *bufio.Reader, r *http.Request) bool {
								_, _ = io.ReadFull(r.Body, make([]byte, 10))
								end(c)
								return false
							})
						}
						startFaulty(t, f, p.secure, protocols...)
						f.armed.Store(true)
						r := start(t)
						r.SetTimeouts(time.Minute, time.Minute, time.Minute)
						base := f.url.String()
						if p.chosen {
							base = f.url.Scheme + "://example.com"
							r.Apply(proxy.NewRuleset(f.chosen(t, base)))
						}
						body, begin := io.Pipe()
						defer begin.Close()
						go func() { _, _ = io.WriteString(begin, "0123456789") }()
						ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
						defer cancel()
						req, err := http.NewRequestWithContext(ctx, http.MethodPost, base, body)
						if err != nil {
							t.Fatal(err)
						}
						req.ContentLength = n
						resp, err := r.clientOf(t, p.h2).Do(req)
						if err != nil {
							t.Fatal(err)
						}
						text, err := io.ReadAll(resp.Body)
						_ = resp.Body.Close()
						if err != nil || resp.StatusCode != http.StatusBadGateway || !strings.Contains(string(text), noAnswer) {
							t.Errorf("%d %s, %v", resp.StatusCode, text, err)
						}
						if p.chosen {
							e := r.entry(t, func(e *record.Entry) bool { return e.State != record.Open })
							if e.State != record.Done || !strings.Contains(e.Error, noAnswer) {
								t.Errorf("logged as %s, %q", e.State, e.Error)
							}
						}
					})
				}
			}
		}
	}
}
