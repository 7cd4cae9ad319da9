package proxy_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/coder/websocket"
	"go.uber.org/goleak"
)

// Close ends everything that was open, whatever it waits for, and leaves no
// goroutine behind.
func TestCloseLeavesNothing(t *testing.T) {
	stay := func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") != "" {
			c, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
			if err == nil {
				_, _, _ = c.Read(context.WithoutCancel(r.Context()))
				_ = c.CloseNow()
			}
			return
		}
		if r.URL.Path == "/stream" {
			fmt.Fprint(w, "data: 0\n\n")
			_ = http.NewResponseController(w).Flush()
		}
		<-r.Context().Done()
	}
	socket := func(url string) func(*testing.T, *rig) {
		return func(t *testing.T, r *rig) {
			c, _, err := websocket.Dial(t.Context(), url, &websocket.DialOptions{HTTPClient: r.client})
			if err != nil {
				t.Fatal(err)
			}
			read := make(chan struct{})
			go func() { defer close(read); _, _, _ = c.Read(context.Background()) }()
			t.Cleanup(func() { <-read; _ = c.CloseNow() })
		}
	}
	stream := func(url string) func(*testing.T, *rig) {
		return func(t *testing.T, r *rig) {
			resp, err := r.client.Get(url)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := bufio.NewReader(resp.Body).ReadString('\n'); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _, _ = io.Copy(io.Discard, resp.Body); _ = resp.Body.Close() })
		}
	}
	// raw opens a tunnel, says something in it, and waits for the proxy to close it.
	raw := func(authority, say string) func(*testing.T, *rig) {
		return func(t *testing.T, r *rig) {
			c, in := r.connect(t, authority)
			if _, err := io.WriteString(c, say); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _, _ = io.Copy(io.Discard, in) })
		}
	}
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	for name, open := range map[string]func(*testing.T, *rig){
		"websocket":                socket("wss://example.com/"),
		"websocket, absolute form": socket("ws://dev.test/"),
		"event stream":             stream("https://example.com/stream"),
		"event stream, plain":      stream("http://dev.test/stream"),
		"tunnel":                   raw(silent.Addr().String(), "hello"),
		"chosen, nothing said":     raw("example.com:443", ""),
		"half a handshake":         raw("example.com:443", "\x16\x03\x01\x02"),
		"half a request":           raw("dev.test:80", "GET / HTTP/1.1\r\n"),
		"request under way":        raw("dev.test:80", "GET /stream HTTP/1.1\r\nHost: dev.test\r\n\r\n"),
	} {
		t.Run(name, func(t *testing.T) {
			before := goleak.IgnoreCurrent()
			t.Run("", func(t *testing.T) {
				secure := backend(t, stay, false)
				plain := httptest.NewServer(http.HandlerFunc(stay))
				t.Cleanup(plain.Close)
				r := start(t, rule(t, "https://example.com", secure), rule(t, "http://dev.test", plain))
				open(t, r)
				// Before the cleanup of open, which waits for the proxy to let go.
				t.Cleanup(func() {
					if err := r.Close(); err != nil {
						t.Error(err)
					}
				})
			})
			if err := goleak.Find(before); err != nil {
				t.Error(err)
			}
		})
	}
}
