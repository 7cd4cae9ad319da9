package proxy_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"
)

// live returns the bytes of heap and stacks that are in use.
func live() int {
	runtime.GC()
	runtime.GC() // what the first one's finalizers let go
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc + m.StackInuse)
}

// settled is live once what other tests have left behind is gone: it would be
// taken for what connections give back.
func settled() int {
	const noise = 16 << 10
	before := live()
	for range 50 {
		time.Sleep(20 * time.Millisecond) // goroutines end by themselves
		now := live()
		if now > before-noise {
			return now
		}
		before = now
	}
	return before
}

// What a connection holds while nothing passes, after something has: next to
// what TLS and the log need, two small buffers and two small stacks. Before the
// proxy had a relay of its own it was 118 KB for wss.
func TestIdleConnectionsAreSmall(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector's own memory is among what is counted")
	}
	const connections, size = 100, 1000
	h := func(w http.ResponseWriter, _ *http.Request) {
		c, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		fmt.Fprint(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n")
		go func() {
			defer c.Close()
			_, _ = io.CopyBuffer(struct{ io.Writer }{c}, struct{ io.Reader }{c}, make([]byte, 16))
		}()
	}
	secure, plain := backend(t, h, false), httptest.NewServer(http.HandlerFunc(h))
	t.Cleanup(plain.Close)
	rig := start(t, rule(t, "https://example.com", secure), rule(t, "http://dev.test", plain))
	roots := rig.client.Transport.(*http.Transport).TLSClientConfig.RootCAs
	roots.AddCert(secure.Certificate())

	// open makes a WebSocket, directly where target is "", says something, and waits
	// for it to come back.
	open := func(server *httptest.Server, target string) net.Conn {
		address := server.Listener.Addr().String()
		if target != "" {
			address = rig.addr
		}
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		if target != "" {
			fmt.Fprintf(c, "CONNECT %s HTTP/1.1\r\nHost: %[1]s\r\nUser-Agent: %s\r\n\r\n", target, strings.Repeat("x", 100))
			if _, err := io.ReadFull(c, make([]byte, len("HTTP/1.1 200 Connection established\r\n\r\n"))); err != nil {
				t.Fatal(err)
			}
		}
		name := "dev.test"
		if server == secure {
			name = "example.com"
			c = tls.Client(c, &tls.Config{RootCAs: roots, ServerName: name})
		}
		fmt.Fprintf(c, "GET /ws HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nOrigin: %s\r\nUser-Agent: %s\r\nCookie: a=%[3]s\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", name, page, strings.Repeat("x", 100))
		in := bufio.NewReaderSize(c, 16)
		if resp, err := http.ReadResponse(in, nil); err != nil || resp.StatusCode != 101 {
			t.Fatalf("%v %v", resp, err)
		}
		go func() { _, _ = c.Write(make([]byte, size)) }()
		if _, err := io.ReadFull(in, make([]byte, size)); err != nil {
			t.Fatal(err)
		}
		return c
	}
	for _, test := range []struct {
		name, target string
		server       *httptest.Server
		bound        int // bytes a connection
	}{
		{"wss", "example.com:443", secure, 36 << 10},
		{"ws", "dev.test:80", plain, 22 << 10},
		{"tunnel", secure.Listener.Addr().String(), secure, 20 << 10},
	} {
		t.Run(test.name, func(t *testing.T) {
			held := func(target string, bound int) (each int) {
				for range 3 { // what is made once
					_ = open(test.server, target).Close()
				}
				rig.openEnds(t, 0)
				before := settled()
				var conns []net.Conn
				for range connections {
					conns = append(conns, open(test.server, target))
				}
				defer func() {
					for _, c := range conns {
						_ = c.Close()
					}
				}()
				for deadline := time.Now().Add(10 * time.Second); ; {
					each = (live() - before) / connections
					if each <= bound || time.Now().After(deadline) {
						return each
					}
				}
			}
			direct := held("", math.MaxInt)
			through := held(test.target, direct+test.bound) - direct
			t.Logf("%d bytes a connection, besides %d at its two ends", through, direct)
			if through > test.bound {
				t.Errorf("a connection holds %d bytes, want at most %d", through, test.bound)
			}
		})
	}
}
