package proxy_test

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"corsage/proxy"

	"github.com/summerwind/h2spec/config"
	"github.com/summerwind/h2spec/generic"
	"github.com/summerwind/h2spec/hpack"
	"github.com/summerwind/h2spec/http2"
	"github.com/summerwind/h2spec/spec"
)

// h2spec finds nothing wrong with the intercepting side that it doesn't find
// wrong with net/http's own server.
func TestH2Spec(t *testing.T) {
	answer := func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		fmt.Fprint(w, "hello")
	}
	plain := httptest.NewUnstartedServer(http.HandlerFunc(answer))
	plain.EnableHTTP2 = true
	plain.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	plain.StartTLS()
	defer plain.Close()
	var forwarded atomic.Int64
	b := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		forwarded.Add(1)
		answer(w, r)
	}))
	defer b.Close()
	r := start(t)
	relay := tunnelled(t, r)
	r.Apply(proxy.NewRuleset(rule(t, "https://"+relay.String(), b)))

	timeout := time.Second
	if os.Getenv("CORSAGE_NIGHTLY") != "" {
		timeout = 5 * time.Second
	}
	everything := func(string) bool { return true }
	stdlib := h2spec(plain.Listener.Addr(), timeout, everything)
	corsage := h2spec(relay, timeout, everything)
	if n := forwarded.Load(); len(corsage) < 140 || n < 20 {
		t.Fatalf("only %d cases were run, and %d of their requests forwarded", len(corsage), n)
	}
	worse := func(name string) bool { return corsage[name] != nil && stdlib[name] == nil }
	for name, err := range h2spec(relay, 5*timeout, worse) { // once more: a busy machine may have been too slow
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, err := range stdlib {
		if err != nil {
			t.Logf("net/http fails it too: %s: %v", name, err)
		}
	}
}

// tunnelled listens on an address of its own, and opens a tunnel through the
// proxy to that same address for each connection: h2spec knows no proxies, and
// asks for the address that it connects to.
func tunnelled(t *testing.T, r *rig) net.Addr {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var relays sync.WaitGroup
	var mu sync.Mutex
	var clients []net.Conn // h2spec leaves some open
	relays.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			clients = append(clients, client)
			mu.Unlock()
			relays.Go(func() {
				defer client.Close()
				server, err := net.Dial("tcp", r.addr)
				if err != nil {
					t.Error(err)
					return
				}
				defer server.Close()
				fmt.Fprintf(server, "CONNECT %s HTTP/1.1\r\nHost: %[1]s\r\n\r\n", l.Addr())
				greeting := make([]byte, len("HTTP/1.1 200 Connection established\r\n\r\n"))
				if _, err := io.ReadFull(server, greeting); err != nil {
					t.Error(err)
					return
				}
				done := make(chan struct{})
				go func() {
					defer close(done)
					_, _ = io.Copy(server, client)
					_ = server.Close()
				}()
				_, _ = io.Copy(client, server)
				_ = client.Close()
				<-done
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		mu.Lock()
		for _, c := range clients {
			_ = c.Close()
		}
		mu.Unlock()
		relays.Wait()
	})
	return l.Addr()
}

// h2spec runs the cases that are wanted against a server, eight at a time: most
// of them wait for something that should not come. It returns the failure of
// each.
func h2spec(server net.Addr, timeout time.Duration, wanted func(name string) bool) map[string]error {
	addr := server.(*net.TCPAddr)
	c := &config.Config{
		Host: addr.IP.String(), Port: addr.Port, Path: "/", Timeout: timeout, MaxHeaderLen: 4000,
		Strict: true, TLS: true, Insecure: true,
	}
	var (
		mu      sync.Mutex
		results = map[string]error{}
		running sync.WaitGroup
		slots   = make(chan struct{}, 8)
		run     func(*spec.TestGroup)
	)
	run = func(g *spec.TestGroup) {
		for i, tc := range slices.Concat(g.Tests, g.StrictTests) {
			name := fmt.Sprintf("%s/%d %s", g.ID(), i+1, tc.Desc)
			if !wanted(name) {
				continue
			}
			slots <- struct{}{}
			running.Go(func() {
				defer func() { <-slots }()
				err := h2specCase(c, tc)
				mu.Lock()
				results[name] = err
				mu.Unlock()
			})
		}
		for _, sub := range g.Groups {
			run(sub)
		}
	}
	for _, root := range []*spec.TestGroup{generic.Spec(), http2.Spec(), hpack.Spec()} {
		run(root)
	}
	running.Wait()
	return results
}

func h2specCase(c *config.Config, tc *spec.TestCase) error {
	conn, err := spec.Dial(c)
	if err != nil {
		return fmt.Errorf("connecting: %w", err)
	}
	defer conn.Close()
	if err := tc.Run(c, conn); !errors.Is(err, spec.ErrSkipped) {
		return err
	}
	return nil
}
