package proxy_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"corsage/proxy"
	"corsage/proxy/record"

	"github.com/coder/websocket"
)

// visitor is a client that leaves without a word, in the middle of a request.
type visitor struct {
	conn   net.Conn // towards the proxy, below TLS
	cancel func()   // ends the request alone, over HTTP/2; nil elsewhere
}

// visit begins a request for path on host: a GET, or a POST with a body that is
// "known" or "unknown" in length, of which only the beginning is sent, or "endless".
func (r *rig) visit(t *testing.T, p path, host, path, body string) *visitor {
	t.Helper()
	if !p.secure {
		conn, err := net.Dial("tcp", r.addr)
		if err != nil {
			t.Fatal(err)
		}
		request1(conn, "http://"+host+path, host, body)
		return &visitor{conn: conn}
	}
	raw, _ := r.connect(t, host+":443")
	pool := x509.NewCertPool()
	pool.AddCert(r.ca.Certificate())
	config := &tls.Config{RootCAs: pool, ServerName: host}
	if p.h2 {
		config.NextProtos = []string{"h2"}
	}
	conn := tls.Client(raw, config)
	if err := conn.HandshakeContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !p.h2 {
		request1(conn, path, host, body)
		return &visitor{conn: raw}
	}
	transport := &http.Transport{
		ForceAttemptHTTP2: true,
		DialTLSContext:    func(context.Context, string, string) (net.Conn, error) { return conn, nil },
	}
	ctx, cancel := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+host+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		rest, begin := io.Pipe()
		req.Method, req.Body, req.ContentLength = http.MethodPost, rest, -1
		if body == "known" {
			req.ContentLength = 1 << 20
		}
		go func() {
			_, err := io.WriteString(begin, "0123456789")
			for body == "endless" && err == nil {
				_, err = begin.Write(make([]byte, 64<<10))
			}
		}()
		t.Cleanup(func() { _ = begin.Close() })
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if resp, err := transport.RoundTrip(req); err == nil {
			<-ctx.Done()
			_ = resp.Body.Close()
		}
	}()
	t.Cleanup(func() { cancel(); <-done; _ = conn.Close(); transport.CloseIdleConnections() })
	return &visitor{conn: raw, cancel: cancel}
}

func request1(conn net.Conn, target, host, body string) {
	switch body {
	case "":
		fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", target, host)
	case "known":
		fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Length: 1048576\r\n\r\n0123456789", target, host)
	case "endless":
		fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Length: 1073741824\r\n\r\n0123456789", target, host)
		for err := error(nil); err == nil; {
			_ = conn.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
			_, err = conn.Write(make([]byte, 64<<10))
		}
	default:
		fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: %s\r\nTransfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n", target, host)
	}
}

// leaveTime is how long a backend may take to learn that the client has gone. It
// is measured in milliseconds (see the log of the test); this is for a machine
// that is busy.
const leaveTime = 20 * time.Second

// Wherever a client leaves, and however, the backend learns it.
func TestClientLeavesAnywhere(t *testing.T) {
	began, gone := make(chan struct{}), make(chan struct{})
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/stream":
			fmt.Fprint(w, "part")
			_ = http.NewResponseController(w).Flush()
		case "/upload":
			_, _ = io.ReadFull(r.Body, make([]byte, 10))
		}
		began <- struct{}{}
		switch r.URL.Path {
		case "/flood":
			for {
				if _, err := w.Write(make([]byte, 64<<10)); err != nil {
					break
				}
			}
		case "/upload":
			if _, err := io.Copy(io.Discard, r.Body); err == nil {
				t.Error("the rest of the upload came")
			}
		default:
			<-r.Context().Done()
		}
		gone <- struct{}{}
		panic(http.ErrAbortHandler) // or the answer may end well while the connection is taken down
	})
	holdDescriptors(t)
	plain := httptest.NewUnstartedServer(handler)
	plain.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	plain.Start()
	defer plain.Close()
	for _, backendH2 := range []bool{false, true} {
		secure := backend(t, handler.ServeHTTP, backendH2)
		for _, p := range paths {
			if backendH2 && !p.secure {
				continue
			}
			for _, point := range []struct{ name, path, body string }{
				{"waiting for the head", "/wait", ""},
				{"in the body", "/stream", ""},
				{"in a body that it does not read", "/flood", ""},
				{"in an upload of known length", "/upload", "known"},
				{"in an upload of unknown length", "/upload", "unknown"},
			} {
				for how, leave := range map[string]func(*visitor){
					"FIN":        func(v *visitor) { _ = v.conn.Close() },
					"RST":        func(v *visitor) { reset(v.conn) },
					"RST_STREAM": func(v *visitor) { v.cancel() },
				} {
					if how == "RST_STREAM" && !p.h2 {
						continue
					}
					t.Run(fmt.Sprintf("%s, h2 to the backend %v, %s, %s", p.name, backendH2, point.name, how), func(t *testing.T) {
						r := start(t)
						host := "example.com"
						if !p.chosen {
							host = strings.TrimPrefix(plain.URL, "http://")
						} else if p.secure {
							r.Apply(proxy.NewRuleset(rule(t, "https://example.com", secure)))
						} else {
							r.Apply(proxy.NewRuleset(rule(t, "http://example.com", plain)))
						}
						v := r.visit(t, p, host, point.path, point.body)
						<-began
						left := time.Now()
						leave(v)
						select {
						case <-gone:
							t.Logf("learnt after %v", time.Since(left).Round(10*time.Microsecond))
						case <-time.After(leaveTime):
							t.Fatal("the backend does not learn that the client has gone")
						}
						if p.chosen {
							r.entry(t, func(e *record.Entry) bool { return e.State == record.Aborted })
						}
						_ = v.conn.Close()
					})
				}
			}
		}
	}
}

// A client that leaves before there is a request, or a browser that closes a
// WebSocket or a tunnel without a word, leaves nothing behind.
func TestClientLeavesConnection(t *testing.T) {
	gone := make(chan struct{}, 1)
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
		if err != nil {
			return
		}
		_ = c.Write(r.Context(), websocket.MessageText, []byte("hello"))
		_, _, _ = c.Read(context.WithoutCancel(r.Context()))
		_ = c.CloseNow()
		gone <- struct{}{}
	})
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	go func() {
		for {
			c, err := silent.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(c, "hello")
			_, _ = io.Copy(io.Discard, c)
			_ = c.Close()
			gone <- struct{}{}
		}
	}()
	read := func(t *testing.T, r io.Reader) {
		t.Helper()
		if _, err := bufio.NewReader(r).ReadByte(); err != nil {
			t.Fatal(err)
		}
	}
	handshake := "GET %s HTTP/1.1\r\nHost: dev.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
	for _, c := range []struct {
		name   string
		open   func(*testing.T, *rig) net.Conn
		learns bool // the backend has a connection, and sees it end
	}{
		{"before the head", func(t *testing.T, r *rig) net.Conn { return r.raw(t, "") }, false},
		{"in the head", func(t *testing.T, r *rig) net.Conn { return r.raw(t, "GET http://dev.test/ HTTP/1.1\r\nX-Half: ") }, false},
		{"in the head of a CONNECT", func(t *testing.T, r *rig) net.Conn { return r.raw(t, "CONNECT dev.test:443 HTTP/1.1\r\n") }, false},
		{"behind a CONNECT", func(t *testing.T, r *rig) net.Conn { c, _ := r.connect(t, "dev.test:443"); return c }, false},
		{"in the TLS handshake", func(t *testing.T, r *rig) net.Conn {
			c, _ := r.connect(t, "dev.test:443")
			say(c, "\x16\x03\x01\x02\x00\x01")
			return c
		}, false},
		{"in a tunnel", func(t *testing.T, r *rig) net.Conn {
			c, br := r.connect(t, silent.Addr().String())
			read(t, br)
			return c
		}, true},
		{"in a WebSocket, absolute form", func(t *testing.T, r *rig) net.Conn {
			c := r.raw(t, fmt.Sprintf(handshake, "http://dev.test/"))
			read(t, c)
			return c
		}, true},
		{"in a WebSocket, in a tunnel", func(t *testing.T, r *rig) net.Conn {
			c, br := r.connect(t, "dev.test:80")
			fmt.Fprintf(c, handshake, "/")
			read(t, br)
			return c
		}, true},
		{"in a WebSocket, over TLS", func(t *testing.T, r *rig) net.Conn {
			c, _ := r.connect(t, "example.com:443")
			secure := tls.Client(c, &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // another test's business
			fmt.Fprintf(secure, strings.ReplaceAll(handshake, "dev.test", "example.com"), "/")
			read(t, secure)
			return c
		}, true},
	} {
		for how, leave := range map[string]func(net.Conn){"FIN": func(c net.Conn) { _ = c.Close() }, "RST": reset} {
			t.Run(c.name+", "+how, func(t *testing.T) {
				plain := httptest.NewServer(handler)
				defer plain.Close()
				r := start(t, rule(t, "https://example.com", backend(t, handler, false)), rule(t, "http://dev.test", plain), rule(t, "https://dev.test", nil))
				before := len(descriptors(t))
				conn := c.open(t, r)
				left := time.Now()
				leave(conn)
				if c.learns {
					select {
					case <-gone:
						t.Logf("learnt after %v", time.Since(left).Round(10*time.Microsecond))
					case <-time.After(leaveTime):
						t.Fatal("the backend does not learn that the client has gone")
					}
				}
				eventually(t, "the connections to be closed", func() bool { return len(descriptors(t)) <= before })
			})
		}
	}
}

// raw opens a connection to the proxy and says something in it.
func (r *rig) raw(t *testing.T, say string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_, _ = io.WriteString(c, say)
	return c
}
