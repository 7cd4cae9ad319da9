package proxy_test

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"corsage/proxy"

	"golang.org/x/net/http2"
)

// bodies counts what a backend has read.
type bodies struct {
	mu   sync.Mutex
	seen map[string]int
}

func (b *bodies) add(s string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.seen == nil {
		b.seen = make(map[string]int)
	}
	b.seen[s]++
}

func (b *bodies) count(s string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.seen[s]
}

// A POST that the backend has read is not sent again, whatever becomes of its
// connection, on a new connection or one that was used before.
func TestPostIsNotRepeated(t *testing.T) {
	for _, c := range []struct {
		name   string
		secure bool
		end    func(net.Conn)
	}{
		{"https, closed", true, func(net.Conn) {}},
		{"https, reset", true, reset},
		{"plain, closed", false, func(net.Conn) {}},
		{"plain, reset", false, reset},
	} {
		t.Run(c.name, func(t *testing.T) {
			var read bodies
			f := new(faulty)
			f.http1(func(conn net.Conn, _ *bufio.Reader, r *http.Request) bool {
				b, _ := io.ReadAll(r.Body)
				read.add(string(b))
				c.end(conn)
				return false
			})
			startFaulty(t, f, c.secure)
			r := start(t)
			base := f.url.Scheme + "://example.com"
			for _, chosen := range []bool{true, false} {
				client, body := r.newClient(t), "chosen"
				if chosen {
					r.Apply(proxy.NewRuleset(f.chosen(t, base)))
				} else if !c.secure {
					r.Apply(nil)
					base, body = f.url.String(), "not chosen"
				} else {
					continue
				}
				for _, warm := range []bool{false, true} {
					if warm {
						f.armed.Store(false)
						get(t, client, base)
						body += ", warm"
					}
					f.armed.Store(true)
					resp, text := do(t, client, http.MethodPost, base, strings.NewReader(body))
					if resp.StatusCode != http.StatusBadGateway || !strings.Contains(text, "gave no answer") || read.count(body) != 1 {
						t.Errorf("%s: %d %s; it arrived %d times", body, resp.StatusCode, text, read.count(body))
					}
				}
			}
		})
	}
}

// What an HTTP/2 backend says that it has not looked at is sent again, as far as
// it is kept, and nothing else.
func TestPostOverHTTP2(t *testing.T) {
	small, large := strings.Repeat("s", 1000), strings.Repeat("l", 1<<20)
	for _, c := range []struct {
		name   string
		body   string
		fault  func(c *frames, stream uint32) bool // what the first POST meets, once it was read
		status int
		copies int // that the backend took
	}{
		{"refused", small, func(c *frames, s uint32) bool { _ = c.WriteRSTStream(s, http2.ErrCodeRefusedStream); return true }, 200, 1},
		{"goodbye before it", small, func(c *frames, s uint32) bool { _ = c.WriteGoAway(s-2, http2.ErrCodeNo, nil); return false }, 200, 1},
		{"goodbye behind it", small, func(c *frames, s uint32) bool { _ = c.WriteGoAway(s, http2.ErrCodeNo, nil); return false }, 502, 0},
		{"broken off", small, func(c *frames, s uint32) bool { _ = c.WriteRSTStream(s, http2.ErrCodeInternal); return true }, 502, 0},
		{"closed", small, func(*frames, uint32) bool { return false }, 502, 0},
		{"refused, too large to keep", large, func(c *frames, s uint32) bool { _ = c.WriteRSTStream(s, http2.ErrCodeRefusedStream); return true }, 502, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			var mu sync.Mutex
			posts, copies := 0, 0
			f := new(faulty)
			f.uploads2(func(conn *frames, stream uint32, body []byte) bool {
				mu.Lock()
				defer mu.Unlock()
				if len(body) == 0 {
					conn.head(stream, true, ":status", "204")
					return true
				}
				if posts++; posts == 1 {
					return c.fault(conn, stream)
				}
				if string(body) == c.body {
					copies++
				}
				conn.head(stream, true, ":status", "200")
				return true
			})
			startFaulty(t, f, true, "h2")
			r := start(t)
			r.Apply(proxy.NewRuleset(f.chosen(t, "https://example.com")))
			get(t, r.client, "https://example.com/")
			resp, text := do(t, r.client, http.MethodPost, "https://example.com/", strings.NewReader(c.body))
			mu.Lock()
			defer mu.Unlock()
			if resp.StatusCode != c.status || copies != c.copies || posts != 1+c.copies {
				t.Errorf("%d %q; %d POSTs arrived, %d were taken", resp.StatusCode, text, posts, copies)
			}
		})
	}
}

// uploads2 serves HTTP/2, with answer called once a request is there to its end,
// or to 64 KiB.
func (f *faulty) uploads2(answer func(c *frames, stream uint32, body []byte) bool) {
	f.serve = func(conn net.Conn, br *bufio.Reader) {
		if _, err := io.ReadFull(br, make([]byte, len(http2.ClientPreface))); err != nil {
			return
		}
		c := newFrames(conn, br)
		_ = c.WriteSettings()
		received := make(map[uint32]*bytes.Buffer)
		for {
			frame, err := c.ReadFrame()
			if err != nil {
				return
			}
			stream, ended := frame.Header().StreamID, false
			switch frame := frame.(type) {
			case *http2.SettingsFrame:
				if !frame.IsAck() {
					_ = c.WriteSettingsAck()
				}
			case *http2.HeadersFrame:
				received[stream], ended = new(bytes.Buffer), frame.StreamEnded()
			case *http2.DataFrame:
				if body := received[stream]; body != nil {
					body.Write(frame.Data())
					_ = c.WriteWindowUpdate(0, uint32(max(len(frame.Data()), 1)))
					_ = c.WriteWindowUpdate(stream, uint32(max(len(frame.Data()), 1)))
					ended = frame.StreamEnded() || body.Len() > 100<<10
				}
			}
			if body := received[stream]; ended && body != nil {
				delete(received, stream)
				if !answer(c, stream, body.Bytes()) {
					return
				}
			}
		}
	}
}
