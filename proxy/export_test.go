package proxy

import (
	"net"
	"net/http"
	"time"
)

// StubUpstream has rule's plain http requests answered by rt, without a
// connection.
func (s *Server) StubUpstream(rule *Rule, rt http.RoundTripper) {
	way, err := s.upstreams.way(rule)
	if err != nil {
		panic(err)
	}
	way.transport.RegisterProtocol("http", rt)
}

// ServeProxy is what the server does with a request in absolute form.
func (s *Server) ServeProxy(w http.ResponseWriter, r *http.Request) { s.serveProxy(w, r) }

// SetTimeouts shortens how long a backend may take. Call it before the first
// request.
func (s *Server) SetTimeouts(connect, handshake, header time.Duration) {
	s.upstreams.mu.Lock()
	defer s.upstreams.mu.Unlock()
	s.upstreams.timeouts = timeouts{connect, handshake, header, 10 * time.Millisecond}
}

// SetResolver has names looked up by r. Call it before the first request.
func (s *Server) SetResolver(r *net.Resolver) { s.upstreams.resolver = r }
