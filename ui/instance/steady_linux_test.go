package instance

import (
	"log/slog"
	"net"
	"strings"
	"syscall"
	"testing"
)

// lose takes the socket away from under the listener, as the system would: what
// waits in Accept gets an error that doesn't pass.
func lose(t *testing.T, l net.Listener) {
	t.Helper()
	raw, err := l.(*steady).current().(*net.TCPListener).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var failed error
	if err := raw.Control(func(fd uintptr) { failed = syscall.Shutdown(int(fd), syscall.SHUT_RDWR) }); err != nil || failed != nil {
		t.Fatal(err, failed)
	}
}

// An instance whose port is lost has it back, and is what it was.
func TestLostPort(t *testing.T) {
	i, log := begin(t, Options{Dirs: testDirs(t)})
	address := i.Addr()
	for n := 1; n <= 2; n++ {
		lose(t, i.listener)
		await(t, "the port to be back", func() bool {
			return strings.Count(log.String(), "accepts connections again") == n
		})
		if i.Addr() != address {
			t.Fatalf("it listens on %s now, not on %s", i.Addr(), address)
		}
		if page := body(t, i.PACURL()); !strings.Contains(page, "FindProxyForURL") {
			t.Errorf("the PAC file: %s", page)
		}
	}
	if !strings.Contains(log.String(), "the proxy's port is lost") {
		t.Errorf("it said %s", log)
	}
	select {
	case <-i.Done():
		t.Errorf("it ended: %v", i.Err())
	default:
	}
}

// While something else has the port, it says what to do, and goes on trying.
func TestLostPortTaken(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var n notices
	l := newSteady(inner, slog.New(slog.NewTextHandler(&n, nil)))
	l.patience = 0
	address := l.Addr().String()
	accepted := make(chan error)
	go func() {
		for {
			c, err := l.Accept()
			accepted <- err
			if err != nil {
				return
			}
			c.Close()
		}
	}()
	var thief net.Listener
	await(t, "something else to get the port", func() bool {
		_ = l.current().Close() // once more, if it was quicker than the thief
		var err error
		thief, err = net.Listen("tcp", address)
		return err == nil
	})
	await(t, "it to say what to do", func() bool {
		return strings.Contains(n.String(), "end what uses that port; corsage goes on trying")
	})
	thief.Close()
	await(t, "the port to be back", func() bool { return strings.Contains(n.String(), "accepts connections again") })
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := <-accepted; err != nil {
		t.Errorf("Accept: %v", err)
	}
	if n := strings.Count(n.String(), "end what uses that port"); n > 1 {
		t.Errorf("it said so %d times", n)
	}

	// Closed while it tries, it gives up.
	if thief, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	defer thief.Close()
	lost := newSteady(inner, slog.New(slog.NewTextHandler(&n, nil)))
	go func() {
		_, err := lost.Accept()
		accepted <- err
	}()
	for _, l := range []*steady{lost, l} {
		if err := l.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		if err := <-accepted; err == nil {
			t.Error("Accept returned a connection after Close")
		}
	}
}
