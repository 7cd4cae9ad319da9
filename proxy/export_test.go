package proxy

import "net/http"

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
