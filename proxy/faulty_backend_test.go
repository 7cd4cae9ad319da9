package proxy_test

import (
	"bufio"
	"crypto/tls"
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"corsage/proxy"
	"corsage/proxy/session"
)

// faulty is a backend that is scripted down to its bytes. While it is not armed
// it works.
type faulty struct {
	url    *url.URL
	ca     []byte
	armed  atomic.Bool
	accept func(net.Conn)                     // a fault before the first byte of HTTP; nil for none
	serve  func(c net.Conn, br *bufio.Reader) // HTTP on one connection, until it ends

	mu    sync.Mutex
	conns map[net.Conn]bool
	wg    sync.WaitGroup
}

// startFaulty starts f on a free port of this machine. Its connections end with
// the test at the latest.
func startFaulty(t *testing.T, f *faulty, secure bool, protocols ...string) *faulty {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f.url = &url.URL{Scheme: "http", Host: l.Addr().String()}
	var config *tls.Config
	if secure {
		f.url.Scheme = "https"
		certificate, ca := certified(t)
		f.ca = ca
		config = &tls.Config{Certificates: []tls.Certificate{certificate}, NextProtos: protocols}
	}
	f.conns = make(map[net.Conn]bool)
	f.wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			f.mu.Lock()
			f.conns[c] = true
			f.mu.Unlock()
			f.wg.Go(func() {
				defer f.drop(c)
				if f.accept != nil && f.armed.Load() {
					f.accept(c)
					return
				}
				peer := c
				if config != nil {
					secure := tls.Server(c, config)
					if secure.Handshake() != nil {
						return
					}
					peer = secure
				}
				f.serve(peer, bufio.NewReader(peer))
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		f.mu.Lock()
		for c := range f.conns {
			_ = c.Close()
		}
		f.mu.Unlock()
		f.wg.Wait()
	})
	return f
}

func (f *faulty) drop(c net.Conn) {
	_ = c.Close()
	f.mu.Lock()
	delete(f.conns, c)
	f.mu.Unlock()
}

// open counts the connections.
func (f *faulty) open() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.conns)
}

// certified borrows the certificate of httptest, which is for example.com.
func certified(t *testing.T) (tls.Certificate, []byte) {
	t.Helper()
	s := httptest.NewUnstartedServer(nil)
	s.StartTLS()
	defer s.Close()
	return s.TLS.Certificates[0], pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
}

// chosen returns a rule that leads name to f.
func (f *faulty) chosen(t *testing.T, name string, mods ...proxy.Modifier) *proxy.Rule {
	t.Helper()
	p, err := proxy.ParsePattern(name)
	if err != nil {
		t.Fatal(err)
	}
	origins, err := proxy.ParseOrigins(proxy.DefaultOrigins())
	if err != nil {
		t.Fatal(err)
	}
	return &proxy.Rule{Profile: "Test", Backend: p, Upstream: f.url, CA: f.ca, Origins: origins, Modifiers: mods, Sessions: session.NewStore()}
}

// http1 serves HTTP/1.1. answer is what an armed backend does with a request;
// it returns whether the connection goes on.
func (f *faulty) http1(answer func(c net.Conn, br *bufio.Reader, r *http.Request) bool) {
	f.serve = func(c net.Conn, br *bufio.Reader) {
		for {
			r, err := http.ReadRequest(br)
			if err != nil {
				return
			}
			if f.armed.Load() {
				if !answer(c, br, r) {
					return
				}
				continue
			}
			_, _ = io.Copy(io.Discard, r.Body)
			say(c, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine")
		}
	}
}

func say(c net.Conn, parts ...string) {
	for _, s := range parts {
		if _, err := io.WriteString(c, s); err != nil {
			return
		}
	}
}

// reset ends a connection with a RST, and what was written may be lost.
func reset(c net.Conn) {
	if secure, ok := c.(*tls.Conn); ok {
		c = secure.NetConn()
	}
	_ = c.(*net.TCPConn).SetLinger(0)
	_ = c.Close()
}

// stall says nothing until the other side has gone.
func stall(c net.Conn) {
	if secure, ok := c.(*tls.Conn); ok {
		c = secure.NetConn()
	}
	_, _ = io.Copy(io.Discard, c)
}

// clientOf returns a client of its own that speaks HTTP/1.1 or HTTP/2 in tunnels.
func (r *rig) clientOf(t *testing.T, h2 bool) *http.Client {
	c := r.newClient(t)
	if !h2 {
		tr := c.Transport.(*http.Transport)
		tr.ForceAttemptHTTP2 = false
		tr.TLSNextProto = map[string]func(string, *tls.Conn) http.RoundTripper{}
	}
	return c
}

// eventually waits until ok holds.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	deadline := time.After(30 * time.Second)
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited in vain for: %s", what)
		}
	}
}

// holdDescriptors fails t if descriptors that the test opened are open after its
// cleanups. Call it first.
func holdDescriptors(t *testing.T) {
	t.Helper()
	before := descriptors(t)
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		eventually(t, "the descriptors to be closed", func() bool { return len(descriptors(t)) <= len(before) })
	})
}

// descriptors lists what this process has open, as Linux (and no other system
// here) tells it, but for pipes, since the runtime keeps those that it spliced with
// until it collects garbage, and but for what it waits with.
func descriptors(t *testing.T) []string {
	t.Helper()
	if runtime.GOOS != "linux" {
		return nil
	}
	dir, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, d := range dir {
		if to, err := os.Readlink("/proc/self/fd/" + d.Name()); err == nil && !strings.HasPrefix(to, "/proc/") && !strings.HasPrefix(to, "pipe:") && !strings.HasPrefix(to, "anon_inode:") {
			list = append(list, to)
		}
	}
	return list
}
