package proxy

import "time"

// SetClock has s see sleeps by another wall clock. It must come before requests.
func (s *Server) SetClock(now func() time.Time) { s.upstreams.network.now = now }

// Look makes s look at the machine's clocks and addresses with the next request.
func (s *Server) Look() { s.upstreams.network.looked.Store(0) }

// SetAlive sets after how many seconds a dead connection is asked for a sign of
// life, and after how many it fails. It must come before requests.
func (s *Server) SetAlive(idle, limit time.Duration) {
	s.upstreams.alive = aliveness{idle: idle, interval: time.Second, limit: limit}
}
