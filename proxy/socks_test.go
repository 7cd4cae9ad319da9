package proxy_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	socks5 "github.com/armon/go-socks5"
)

// socksServer is a SOCKS5 server to which all names lead to one backend.
type socksServer struct {
	net.Listener
	mu    sync.Mutex
	names []string
	to    string
}

func startSOCKS(t *testing.T, backend *httptest.Server, login bool) *socksServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &socksServer{Listener: l}
	if backend != nil {
		s.to = backend.Listener.Addr().String()
	}
	config := &socks5.Config{
		Resolver: s, Logger: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
		Dial: func(context.Context, string, string) (net.Conn, error) { return net.Dial("tcp", s.to) },
	}
	if login {
		config.Credentials = socks5.StaticCredentials{"me": "p@ss"}
	}
	server, err := socks5.New(config)
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan struct{})
	go func() { defer close(served); _ = server.Serve(l) }()
	t.Cleanup(func() { _ = l.Close(); <-served })
	return s
}

// Resolve serves socks5.NameResolver.
func (s *socksServer) Resolve(ctx context.Context, name string) (context.Context, net.IP, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.names = append(s.names, name)
	return ctx, net.IPv4(10, 1, 2, 3), nil
}

func TestSOCKS(t *testing.T) {
	secure, plain := backend(t, echo, true), httptest.NewServer(http.HandlerFunc(echo))
	defer plain.Close()
	for _, login := range []string{"", "me:p%40ss@"} {
		for _, scheme := range []string{"socks5", "socks5h"} {
			for _, u := range []string{"https://example.com", "http://example.com"} {
				b := secure
				if strings.HasPrefix(u, "http:") {
					b = plain
				}
				s := startSOCKS(t, b, login != "")
				address := scheme + "://" + login + s.Addr().String()
				r := start(t, through(t, trusting(t, u, secure), address))
				resp, body := get(t, r.client, u+"/x", "Origin", page)
				if resp.StatusCode != 200 || !strings.Contains(body, "/x host=example.com") || resp.Header.Get("Access-Control-Allow-Origin") != page {
					t.Errorf("%s through %s: %s %s", u, address, resp.Status, body)
				}
				if got := strings.Join(s.names, " "); got != "example.com" {
					t.Errorf("the proxy looked up %q", got)
				}
			}
		}
	}
	// the environment's, as GNOME writes it, for what is not chosen
	s := startSOCKS(t, secure, false)
	t.Setenv("ALL_PROXY", "socks://"+s.Addr().String()+"/")
	r := start(t)
	r.client.Transport.(*http.Transport).TLSClientConfig.RootCAs.AddCert(secure.Certificate())
	if resp, body := get(t, r.client, "https://example.com/x"); resp.StatusCode != 200 || !strings.Contains(body, "/x host=example.com") {
		t.Errorf("%s %s", resp.Status, body)
	}
}

func TestSOCKSRefusals(t *testing.T) {
	b := backend(t, echo, false)
	gone := httptest.NewServer(nil)
	gone.Close()
	mail, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer mail.Close()
	go func() {
		for c, err := mail.Accept(); err == nil; c, err = mail.Accept() {
			fmt.Fprint(c, "220 hello\r\n")
			_, _ = io.Copy(io.Discard, c)
			_ = c.Close()
		}
	}()
	for _, c := range []struct {
		name, url, want string
	}{
		{"no login", "socks5://" + startSOCKS(t, b, true).Addr().String(), "wants a login. Put yours into HTTPS_PROXY, as in socks5://user:password@127.0.0.1:"},
		{"a wrong login", "socks5://me:no@" + startSOCKS(t, b, true).Addr().String(), "refused the user and password"},
		{"the backend is down", "socks5://" + startSOCKS(t, gone, false).Addr().String(), "could not connect to it: connection refused"},
		{"no SOCKS", "socks5://" + mail.Addr().String(), "gave no valid SOCKS answer. Is it a SOCKS5 proxy"},
	} {
		r := start(t, through(t, trusting(t, "https://example.com", b), c.url))
		resp, body := get(t, r.client, "https://example.com/")
		if resp.StatusCode != 502 || !strings.Contains(body, c.want) || strings.Contains(body, "me:no") {
			t.Errorf("%s: %s %s, want %s", c.name, resp.Status, body, c.want)
		}
	}
}
