package browser_test

import (
	"net"
	"testing"
	"time"

	"corsage/proxy/browser"
)

// TestLaunchWithoutQUIC makes Chromium want to use QUIC, past the proxy: it does
// not all the same, and goes on with TCP.
func TestLaunchWithoutQUIC(t *testing.T) {
	for _, b := range installed(t) {
		if b.Kind != browser.Chromium {
			continue // Firefox has no such switch
		}
		t.Setenv("TMPDIR", t.TempDir())
		t.Setenv("HOME", t.TempDir())
		tcp, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer tcp.Close()
		udp, err := net.ListenPacket("udp", tcp.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer udp.Close()
		datagram := make(chan int, 1)
		go func() {
			if n, _, err := udp.ReadFrom(make([]byte, 1500)); err == nil {
				datagram <- n
			}
			close(datagram)
		}()
		dialed := make(chan struct{})
		go func() {
			if conn, err := tcp.Accept(); err == nil {
				conn.Close()
				close(dialed)
			}
		}()
		p, err := b.Launch(t.Context(), browser.Options{Proxy: "127.0.0.1:1", URL: "https://quic.test/", Args: []string{
			"--headless", "--proxy-server=direct://", "--origin-to-force-quic-on=quic.test:443",
			"--host-resolver-rules=MAP quic.test " + tcp.Addr().String(),
		}})
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		select {
		case <-dialed:
		case <-time.After(patience):
			t.Error("it does not use TCP")
		}
		p.Close()
		udp.Close()
		if n, ok := <-datagram; ok {
			t.Errorf("it sent a datagram of %d bytes", n)
		}
	}
}
