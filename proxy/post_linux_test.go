package proxy_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"corsage/proxy"
)

// A POST for which an idle connection turns out to be dead, before a byte of it
// was written, is sent once, on a new one.
func TestPostOnDeadConnection(t *testing.T) {
	for _, c := range []struct {
		name           string
		secure, chosen bool
	}{{"https", true, true}, {"plain", false, true}, {"plain, not chosen", false, false}} {
		t.Run(c.name, func(t *testing.T) {
			var read bodies
			peers := make(chan netip.AddrPort, 2)
			done := make(chan struct{})
			defer close(done)
			f := new(faulty)
			f.serve = func(conn net.Conn, br *bufio.Reader) {
				peers <- netip.MustParseAddrPort(conn.RemoteAddr().String())
				for {
					r, err := http.ReadRequest(br)
					if err != nil {
						<-done // the proxy must not learn that the connection is dead
						return
					}
					b, _ := io.ReadAll(r.Body)
					read.add(string(b))
					say(conn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
				}
			}
			startFaulty(t, f, c.secure)
			r := start(t)
			base := f.url.String()
			if c.chosen {
				base = f.url.Scheme + "://example.com"
				r.Apply(proxy.NewRuleset(f.chosen(t, base)))
			}
			for i, body := range []string{"first", "second"} {
				if i > 0 {
					kill(t, <-peers)
				}
				resp, text := do(t, r.client, http.MethodPost, base, strings.NewReader(body))
				if resp.StatusCode != 200 || read.count(body) != 1 {
					t.Errorf("%s: %d %s; it arrived %d times", body, resp.StatusCode, text, read.count(body))
				}
			}
			if len(peers) != 1 {
				t.Error("there was no second connection")
			}
		})
	}
}

// kill makes every write to the connection that has the local address in this
// process fail.
func kill(t *testing.T, local netip.AddrPort) {
	t.Helper()
	dir, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range dir {
		fd, err := strconv.Atoi(d.Name())
		if err != nil {
			t.Fatal(err)
		}
		name, err := syscall.Getsockname(fd)
		if a, ok := name.(*syscall.SockaddrInet4); err == nil && ok && netip.AddrPortFrom(netip.AddrFrom4(a.Addr), uint16(a.Port)) == local {
			if err := syscall.Shutdown(fd, syscall.SHUT_WR); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Fatalf("no connection from %s", local)
}
