package proxy

import "time"

// HearAfter sets how long a client may be silent before the server may speak.
func (s *Server) HearAfter(d time.Duration) { s.patience.silence = d }

// HalfTime sets how long a half-closed connection may be silent.
func (s *Server) HalfTime(d time.Duration) { s.patience.half = d }
