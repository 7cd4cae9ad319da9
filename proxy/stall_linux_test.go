package proxy_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"syscall"
	"testing"
	"time"
)

// stalledListener returns an address to which connections are neither accepted
// nor refused: its queue is full, and Linux drops what comes on top.
func stalledListener(t *testing.T) (address string, release func()) {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}), syscall.Listen(fd, 0)); err != nil {
		t.Fatal(err)
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	own := name.(*syscall.SockaddrInet4)
	address = netip.AddrPortFrom(netip.AddrFrom4(own.Addr), uint16(own.Port)).String()
	var queued []net.Conn
	for {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		c, err := new(net.Dialer).DialContext(ctx, "tcp", address)
		cancel()
		if err != nil {
			if !errors.Is(err, os.ErrDeadlineExceeded) && !errors.Is(err, context.DeadlineExceeded) {
				t.Fatal(err)
			}
			return address, func() {
				for _, c := range queued {
					_ = c.Close()
				}
				_ = syscall.Close(fd)
			}
		}
		queued = append(queued, c)
	}
}
