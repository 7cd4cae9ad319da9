package proxy

import (
	"time"

	"golang.org/x/sys/unix"
)

// limitRetransmission bounds how long what was sent may stay without an
// acknowledgement, in whole seconds.
func limitRetransmission(fd uintptr, d time.Duration) {
	_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_RXT_CONNDROPTIME, int(d.Seconds()))
}
