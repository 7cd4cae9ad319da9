package instance

import (
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"testing"
)

var listenCases = []struct{ in, want, err string }{
	{"127.0.0.1:8899", "127.0.0.1:8899", ""},
	{"127.0.0.1:0", "127.0.0.1:0", ""},
	{"127.1.2.3:80", "127.1.2.3:80", ""},
	{"[::1]:8899", "[::1]:8899", ""},
	{"[::ffff:127.0.0.1]:1", "127.0.0.1:1", ""},
	{"localhost:08899", "127.0.0.1:8899", ""},
	{"", "", "write host:port"},
	{"8899", "", "write host:port"},
	{"127.0.0.1", "", "write host:port"},
	{"::1:8899", "", "write host:port"},
	{":8899", "", "would open the proxy to the network: write 127.0.0.1:8899"},
	{"0.0.0.0:8899", "", "would open the proxy to the network"},
	{"[::]:8899", "", "would open the proxy to the network"},
	{"192.168.0.1:8899", "", "would open the proxy to the network"},
	{"dev.example.com:8899", "", "it must be localhost, 127.0.0.1 or [::1]"},
	{"localhost.evil.example:1", "", "it must be localhost"},
	{"127.0.0.1:65536", "", "must be 1 to 65535"},
	{"127.0.0.1:-1", "", "must be 1 to 65535"},
	{"127.0.0.1:http", "", "must be 1 to 65535"},
	{"127.0.0.1:", "", "must be 1 to 65535"},
}

func TestParseListen(t *testing.T) {
	for _, c := range listenCases {
		got, err := ParseListen(c.in)
		if got != c.want || c.err == "" && err != nil || c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
			t.Errorf("ParseListen(%q) = %q, %v; want %q and an error with %q", c.in, got, err, c.want, c.err)
		}
	}
}

// FuzzParseListen: whatever is accepted is this machine only.
func FuzzParseListen(f *testing.F) {
	for _, c := range listenCases {
		f.Add(c.in)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := ParseListen(s)
		if err != nil {
			return
		}
		if a, err := netip.ParseAddrPort(got); err != nil || !a.Addr().IsLoopback() {
			t.Errorf("ParseListen(%q) = %q, which is not on this machine only", s, got)
		}
		if again, err := ParseListen(got); err != nil || again != got {
			t.Errorf("ParseListen(%q) = %q, but that gives %q, %v", s, got, again, err)
		}
	})
}

func TestListen(t *testing.T) {
	l, err := listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if again, err := listen(l.Addr().String()); err == nil || !strings.Contains(err.Error(), "choose another with --listen") {
		if again != nil {
			again.Close()
		}
		t.Errorf("listening on a port that is taken: %v", err)
	}
	if _, err := listen("0.0.0.0:0"); err == nil {
		t.Error("listen opened the proxy to the network")
	}
}

func TestListenFree(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	first, err := listenFree(DefaultListen, log)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	second, err := listenFree(first.Addr().String(), log)
	if err != nil {
		t.Fatalf("with the first port taken: %v", err)
	}
	defer second.Close()
	if first.Addr().String() == second.Addr().String() {
		t.Error("two listeners on one address")
	}
	for _, l := range []net.Listener{first, second} {
		if host, _, _ := net.SplitHostPort(l.Addr().String()); host != "127.0.0.1" {
			t.Errorf("the default host is %s", host)
		}
	}
}
