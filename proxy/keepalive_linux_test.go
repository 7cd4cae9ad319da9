package proxy_test

import (
	"net"
	"syscall"
	"testing"
)

// Both ends of a tunnel are kept alive by the kernel, or one that died without
// a word would never be noticed, and their bytes stay in it.
func TestTunnelIsKeptAliveByTheKernel(t *testing.T) {
	s := rawServer(t, silent)
	rig := start(t)
	rig.connect(t, s.Addr().String())
	ends := rig.openEnds(t, 2)
	for i, end := range ends {
		c, ok := end.(*net.TCPConn)
		if !ok {
			t.Fatalf("%T can't be spliced", end)
		}
		raw, err := c.SyscallConn()
		if err != nil {
			t.Fatal(err)
		}
		var on int
		_ = raw.Control(func(fd uintptr) { on, err = syscall.GetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_KEEPALIVE) })
		if on != 1 || err != nil {
			t.Errorf("end %d: SO_KEEPALIVE is %d, %v", i, on, err)
		}
	}
}
