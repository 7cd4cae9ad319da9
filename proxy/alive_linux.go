package proxy

import (
	"time"

	"golang.org/x/sys/unix"
)

// limitRetransmission bounds how long what was sent may stay without an
// acknowledgement, be it data or a keep-alive probe (tcp(7), TCP_USER_TIMEOUT).
func limitRetransmission(fd uintptr, d time.Duration) {
	_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(d.Milliseconds()))
}
