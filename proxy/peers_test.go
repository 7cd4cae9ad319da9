package proxy_test

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"corsage/proxy"
)

// way is one of the ways between a browser and a backend: what each of them
// speaks, and whether the host is chosen.
type way struct {
	name    string
	url     string // of the backend, as the browser asks for it; no slash at its end
	client  *http.Client
	h2      bool // the browser speaks HTTP/2
	backend int  // major version that the backend speaks
	chosen  bool
}

// ways runs a subtest for each way to a backend that answers with h.
func ways(t *testing.T, h http.HandlerFunc, run func(*testing.T, way)) {
	t.Helper()
	plain := httptest.NewUnstartedServer(h)
	plain.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	plain.Start()
	t.Cleanup(plain.Close)
	r := start(t,
		rule(t, "https://one.example.com", backend(t, h, false), allow),
		rule(t, "https://two.example.com", backend(t, h, true), allow),
		rule(t, "http://dev.test", plain, allow))
	for _, w := range []way{
		{name: "h1 to h1", url: "https://one.example.com", backend: 1, chosen: true},
		{name: "h1 to h2", url: "https://two.example.com", backend: 2, chosen: true},
		{name: "h2 to h1", url: "https://one.example.com", backend: 1, chosen: true, h2: true},
		{name: "h2 to h2", url: "https://two.example.com", backend: 2, chosen: true, h2: true},
		{name: "plain", url: "http://dev.test", backend: 1, chosen: true},
		{name: "plain, not chosen", url: plain.URL, backend: 1},
	} {
		t.Run(w.name, func(t *testing.T) {
			w.client = r.newClient(t)
			if !w.h2 {
				w.client.Transport.(*http.Transport).Protocols = protocols(1)
			}
			run(t, w)
		})
	}
}

func protocols(majors ...int) *http.Protocols {
	p := new(http.Protocols)
	for _, major := range majors {
		p.SetHTTP1(p.HTTP1() || major == 1)
		p.SetHTTP2(p.HTTP2() || major == 2)
	}
	return p
}

// listenRaw accepts connections, over TLS with a certificate for example.com
// where secure, and lets serve have each; it returns a server that stands for
// the listener in a rule.
func listenRaw(t *testing.T, secure bool, serve func(net.Conn, *bufio.Reader)) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(nil)
	l := s.Listener
	s.URL = "http://" + l.Addr().String()
	if secure {
		borrowed := backend(t, echo, false)
		s = borrowed
		l = tls.NewListener(l, &tls.Config{Certificates: borrowed.TLS.Certificates, NextProtos: []string{"http/1.1"}})
		addr := l.Addr().String()
		s = &httptest.Server{URL: "https://" + addr, TLS: borrowed.TLS}
	}
	var (
		mu    sync.Mutex
		conns = map[net.Conn]bool{}
		done  sync.WaitGroup
	)
	done.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns[c] = true
			mu.Unlock()
			done.Go(func() {
				defer c.Close()
				serve(c, bufio.NewReader(c))
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		mu.Lock()
		for c := range conns {
			_ = c.Close()
		}
		mu.Unlock()
		done.Wait()
	})
	return s
}

// rawRule is rule for what listenRaw returned.
func rawRule(t *testing.T, name string, s *httptest.Server, mods ...proxy.Modifier) *proxy.Rule {
	t.Helper()
	plain := &httptest.Server{URL: s.URL}
	r := rule(t, name, plain, mods...)
	r.Insecure = true
	return r
}

// readMessage reads one HTTP/1 message, byte for byte: its head with the empty
// line, and its body as it stands on the wire.
func readMessage(br *bufio.Reader) (head, body string, err error) {
	var h, b strings.Builder
	length, chunked := 0, false
	for {
		line, err := br.ReadString('\n')
		h.WriteString(line)
		if err != nil {
			return h.String(), "", err
		}
		if line == "\r\n" {
			break
		}
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		switch {
		case strings.EqualFold(name, "Content-Length"):
			length, _ = strconv.Atoi(strings.TrimSpace(value))
		case strings.EqualFold(name, "Transfer-Encoding"):
			chunked = strings.EqualFold(strings.TrimSpace(value), "chunked")
		}
	}
	if !chunked {
		_, err := io.CopyN(&b, br, int64(length))
		return h.String(), b.String(), err
	}
	for {
		line, err := br.ReadString('\n')
		b.WriteString(line)
		if err != nil {
			return h.String(), b.String(), err
		}
		size, err := strconv.ParseInt(strings.TrimSpace(line), 16, 64)
		if err != nil {
			return h.String(), b.String(), err
		}
		if size == 0 {
			for line != "\r\n" { // the trailer
				if line, err = br.ReadString('\n'); err != nil {
					return h.String(), b.String(), err
				}
				b.WriteString(line)
			}
			return h.String(), b.String(), nil
		}
		if _, err := io.CopyN(&b, br, size+2); err != nil {
			return h.String(), b.String(), err
		}
	}
}

// dial opens a connection to the proxy on which raw requests for the URL's host
// can be written: through CONNECT and TLS for https, and for http the
// connection itself, which takes the absolute form.
func (r *rig) dial(t *testing.T, scheme, host string) (net.Conn, *bufio.Reader) {
	t.Helper()
	if scheme == "http" {
		conn, err := net.Dial("tcp", r.addr)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		return patient(t, conn), bufio.NewReader(conn)
	}
	conn, _ := r.connect(t, host+":443")
	pool := x509.NewCertPool()
	pool.AddCert(r.ca.Certificate())
	secure := tls.Client(patient(t, conn), &tls.Config{RootCAs: pool, ServerName: host, NextProtos: []string{"http/1.1"}})
	if err := secure.HandshakeContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	return secure, bufio.NewReader(secure)
}

// patient makes a connection on which nothing comes fail the test, not hang it.
func patient(t *testing.T, c net.Conn) net.Conn {
	t.Helper()
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return c
}

// closed reports whether the other side has closed the connection.
func closed(br *bufio.Reader) bool {
	_, err := br.ReadByte()
	return errors.Is(err, io.EOF)
}
