//go:build !linux && !darwin && !windows

package proxy

import "time"

// limitRetransmission can't be had here: keep-alive probes end a dead connection
// that waits for an answer, and what was sent is tried as long as the system does.
func limitRetransmission(uintptr, time.Duration) {}
