package instance

import (
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLastAddress(t *testing.T) {
	for _, c := range []struct{ text, want, err string }{
		{"127.0.0.1:8900\n", "127.0.0.1:8900", ""},
		{"127.0.0.1:8900", "127.0.0.1:8900", ""},
		{"[::1]:8900\n", "[::1]:8900", ""},
		{"", "", "write host:port"},
		{"\n", "", "write host:port"},
		{"8900\n", "", "write host:port"},
		{"127.0.0.1:8900\n\n", "", "port"},
		{"127.0.0.1:8900\n127.0.0.1:8901\n", "", "port"},
		{"127.0.0.1:0\n", "", "not as Corsage writes it"},
		{"127.0.0.1:08900\n", "", "not as Corsage writes it"},
		{"localhost:8900\n", "", "not as Corsage writes it"},
		{"0.0.0.0:8900\n", "", "would open the proxy to the network"},
		{"192.168.0.1:8900\n", "", "would open the proxy to the network"},
		{"127.0.0.1:99999\n", "", "must be 1 to 65535"},
		{"\x00\xff\xfe", "", "write host:port"},
		{strings.Repeat("127.0.0.1:8900\n", 1000), "", "proxy-address"},
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "proxy-address"), []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := lastAddress(dir)
		if got != c.want || c.err == "" && err != nil || c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
			t.Errorf("%.40q: %q, %v; want %q and an error with %q", c.text, got, err, c.want, c.err)
		}
	}
	if got, err := lastAddress(filepath.Join(t.TempDir(), "none")); got != "" || err != nil {
		t.Errorf("without a folder: %q, %v", got, err)
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "proxy-address"), 0o700); err != nil {
		t.Fatal(err)
	}
	if got, err := lastAddress(dir); got != "" || err == nil {
		t.Errorf("a folder in its place: %q, %v", got, err)
	}
}

// freePorts are addresses of ports that nothing uses.
func freePorts(t *testing.T, n int) []string {
	t.Helper()
	var list []string
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close() // only now, so that they differ
		list = append(list, l.Addr().String())
	}
	return list
}

// The port of the last start is preferred, until it can't be had.
func TestListenAgain(t *testing.T) {
	port := freePorts(t, 1)[0]
	state := filepath.Join(t.TempDir(), "state")
	var n notices
	log := slog.New(slog.NewTextHandler(&n, nil))
	again := func() net.Listener {
		t.Helper()
		l, err := listenAgain(state, log)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	kept := func() string {
		t.Helper()
		address, err := lastAddress(state)
		if err != nil {
			t.Fatal(err)
		}
		return address
	}

	if err := keepAddress(state, port); err != nil {
		t.Fatal(err)
	}
	l := again()
	defer l.Close()
	if got := l.Addr().String(); got != port || kept() != port {
		t.Errorf("it listens on %s and keeps %s, want %s", got, kept(), port)
	}
	if !strings.Contains(n.String(), "the port that it had last time") {
		t.Errorf("it said %s", n.String())
	}
	// It is taken, as by this.
	other := again()
	defer other.Close()
	if got := other.Addr().String(); got == port || kept() != got {
		t.Errorf("with %s taken it listens on %s and keeps %s", port, got, kept())
	}
	if !strings.Contains(n.String(), "the port is taken, so the next free one is used") || !strings.Contains(n.String(), "taken="+port) {
		t.Errorf("it said %s", n.String())
	}
	info, err := os.Stat(filepath.Join(state, "proxy-address"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file: %v, %v", info, err)
	}
}

// A file that can't be understood, or written, keeps nothing from starting.
func TestListenAgainFaults(t *testing.T) {
	port := freePorts(t, 1)[0]
	for name, c := range map[string]struct {
		state func(dir string) error
		says  string
	}{
		"absurd": {func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "proxy-address"), []byte("0.0.0.0:1\n"), 0o600)
		}, "last address is not known"},
		"a folder":     {func(dir string) error { return os.Mkdir(filepath.Join(dir, "proxy-address"), 0o700) }, "last address is not known"},
		"no folder":    {os.Remove, ""},
		"file instead": {func(dir string) error { _ = os.Remove(dir); return os.WriteFile(dir, nil, 0o600) }, "last address is not known"},
		"write-protected": {func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "proxy-address"), []byte(port+"\n"), 0o400)
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := c.state(dir); err != nil {
				t.Fatal(err)
			}
			var n notices
			l, err := listenAgain(dir, slog.New(slog.NewTextHandler(&n, nil)))
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			second, err := listenAgain(dir, slog.New(slog.NewTextHandler(&n, nil)))
			if err != nil {
				t.Fatal(err)
			}
			defer second.Close()
			if !strings.Contains(n.String(), c.says) {
				t.Errorf("it said %s, want %q", n.String(), c.says)
			}
			switch name {
			case "no folder", "absurd":
				if got, err := lastAddress(dir); got != second.Addr().String() || err != nil {
					t.Errorf("it keeps %q, %v", got, err)
				}
			default:
				if !strings.Contains(n.String(), "the next start may take another port") {
					t.Errorf("it did not say that the address is not kept: %s", n.String())
				}
			}
		})
	}
}
