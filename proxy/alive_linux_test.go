package proxy

import (
	"crypto/tls"
	"errors"
	"net"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestWatchSetsOptions(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for name, c := range map[string]struct {
		aliveness
		wrap func(net.Conn) net.Conn
		want [4]int // user time-out in ms; idle and interval in s; count
	}{
		"by default":               {aliveness{}, func(c net.Conn) net.Conn { return c }, [4]int{30000, 20, 5, 2}},
		"as said":                  {aliveness{time.Second, time.Second, 4 * time.Second}, func(c net.Conn) net.Conn { return c }, [4]int{4000, 1, 1, 3}},
		"below TLS with a proxy":   {aliveness{}, func(c net.Conn) net.Conn { return tls.Client(c, &tls.Config{ServerName: "proxy.test"}) }, [4]int{30000, 20, 5, 2}},
		"shorter than one probing": {aliveness{2 * time.Second, 3 * time.Second, 3 * time.Second}, func(c net.Conn) net.Conn { return c }, [4]int{3000, 2, 3, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			given := c.wrap(conn)
			if got, err := c.watch(given, nil); got != given || err != nil {
				t.Fatalf("watch returned %v, %v", got, err)
			}
			raw, err := conn.(*net.TCPConn).SyscallConn()
			if err != nil {
				t.Fatal(err)
			}
			var got [4]int
			if err := raw.Control(func(fd uintptr) {
				for i, option := range []int{unix.TCP_USER_TIMEOUT, unix.TCP_KEEPIDLE, unix.TCP_KEEPINTVL, unix.TCP_KEEPCNT} {
					if got[i], err = unix.GetsockoptInt(int(fd), unix.IPPROTO_TCP, option); err != nil {
						t.Error(err)
					}
				}
			}); err != nil {
				t.Fatal(err)
			}
			if got != c.want {
				t.Errorf("options %v, want %v", got, c.want)
			}
		})
	}
	failed := errors.New("no way")
	if c, err := (aliveness{}).watch(nil, failed); c != nil || !errors.Is(err, failed) {
		t.Errorf("of a failed dial: %v, %v", c, err)
	}
}
