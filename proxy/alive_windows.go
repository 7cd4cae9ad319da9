package proxy

import (
	"time"

	"golang.org/x/sys/windows"
)

// limitRetransmission bounds how long what was sent may stay without an
// acknowledgement, in whole seconds.
func limitRetransmission(fd uintptr, d time.Duration) {
	_ = windows.SetsockoptInt(windows.Handle(fd), windows.IPPROTO_TCP, windows.TCP_MAXRT, int(d.Seconds()))
}
