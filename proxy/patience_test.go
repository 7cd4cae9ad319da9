package proxy

import (
	"net"
	"time"
)

// HearAfter sets how long a client may be silent before the server may speak.
func (s *Server) HearAfter(d time.Duration) { s.patience.silence = d }

// GiveUpAfter sets how long a client may take to say its first byte.
func (s *Server) GiveUpAfter(d time.Duration) { s.patience.first = d }

// HalfTime sets how long a half-closed connection may be silent.
func (s *Server) HalfTime(d time.Duration) { s.patience.half = d }

// Ends returns both ends of each open tunnel, as they are handed to the relay.
func (s *Server) Ends() (ends []net.Conn) {
	for _, t := range s.tunnels.all() {
		t.mu.Lock()
		if t.upstream != nil {
			ends = append(ends, t.hijacked.Conn, t.upstream)
		}
		t.mu.Unlock()
	}
	return ends
}

// Spliced reports whether the kernel can copy from src to dst.
func Spliced(dst, src net.Conn) bool { return spliced(dst, src) }
