package proxy

import (
	"net"
	"time"
)

// SetTimeouts shortens how long a backend may take. Call it before the first
// request.
func (s *Server) SetTimeouts(connect, handshake, header time.Duration) {
	s.upstreams.mu.Lock()
	defer s.upstreams.mu.Unlock()
	s.upstreams.timeouts = timeouts{connect, handshake, header}
}

// SetResolver has names looked up by r. Call it before the first request.
func (s *Server) SetResolver(r *net.Resolver) { s.upstreams.resolver = r }
