package proxy

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// errOwnAddress is the cause of a failure to connect to the proxy itself.
var errOwnAddress = errors.New("this address is the proxy's own: the request would go round in a circle")

// upstreams holds the connections to backends, one transport for each way to
// reach them. They outlive a change of rules, so that a click on a toggle does
// not cost the connections.
type upstreams struct {
	mu         sync.Mutex
	transports map[route]*http.Transport
	own        map[netip.AddrPort]bool // where we listen
}

// route is what makes connections to backends different from each other.
type route struct {
	address  string // host:port to connect to instead; "" for the request's own
	ca       string
	insecure bool
}

func routeOf(r *Rule) route {
	if r == nil {
		return route{}
	}
	way := route{ca: string(r.CA), insecure: r.Insecure}
	if r.Upstream != nil {
		way.address = dialAddress(r.Upstream)
	}
	return way
}

func dialAddress(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = defaultPort(u.Scheme)
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// target is where a request for u goes under rule: the upstream's scheme and
// prefix, with the request's own host, which is the name that the backend knows.
func target(rule *Rule, u *url.URL) *url.URL {
	if rule == nil || rule.Upstream == nil {
		return u
	}
	v := *u
	v.Scheme = rule.Upstream.Scheme
	if prefix := strings.TrimSuffix(rule.Upstream.EscapedPath(), "/"); prefix != "" {
		v.RawPath = prefix + u.EscapedPath()
		v.Path, _ = url.PathUnescape(v.RawPath)
	}
	return &v
}

// transport returns the transport for rule, nil being a host that was not chosen.
func (s *upstreams) transport(rule *Rule) (*http.Transport, error) {
	way := routeOf(rule)
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := s.transports[way]; t != nil {
		return t, nil
	}
	config := &tls.Config{InsecureSkipVerify: way.insecure} //nolint:gosec // the profile says so, for this upstream only
	if way.ca != "" {
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		if !pool.AppendCertsFromPEM([]byte(way.ca)) {
			return nil, errors.New("the profile's ca file holds no certificate")
		}
		config.RootCAs = pool
	}
	t := &http.Transport{
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			if way.address != "" {
				addr = way.address
			}
			return s.dial(ctx, network, addr)
		},
		TLSClientConfig:       config,
		ForceAttemptHTTP2:     true,
		DisableCompression:    true,
		MaxIdleConns:          256,
		MaxIdleConnsPerHost:   32,
		IdleConnTimeout:       4 * time.Second, // Node closes its own after 5 s
		TLSHandshakeTimeout:   10 * time.Second,
		ExpectContinueTimeout: time.Second,
		// A VPN that came back with another address leaves connections that look
		// alive; without a ping all requests would join those that hang on one.
		HTTP2: &http.HTTP2Config{SendPingTimeout: 20 * time.Second, PingTimeout: 10 * time.Second},
	}
	if s.transports == nil {
		s.transports = make(map[route]*http.Transport)
	}
	s.transports[way] = t
	return t, nil
}

// dial connects to addr, but never to the proxy itself. It gives up after ten
// seconds. Names below localhost are this machine, as in browsers (RFC 6761,
// section 6.3), whatever the resolver says.
func (s *upstreams) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	d := net.Dialer{
		Timeout: 10 * time.Second,
		Control: func(_, address string, _ syscall.RawConn) error {
			if s.isOwn(address) {
				return errOwnAddress
			}
			return nil
		},
	}
	if host, port, err := net.SplitHostPort(addr); err == nil && belowLocalhost(host) {
		addr = net.JoinHostPort("localhost", port)
	}
	return d.DialContext(ctx, network, addr)
}

func belowLocalhost(host string) bool {
	return strings.HasSuffix(strings.ToLower(strings.TrimSuffix(host, ".")), ".localhost")
}

// listens notes an address on which the proxy itself accepts connections.
func (s *upstreams) listens(a net.Addr) {
	ap, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.own == nil {
		s.own = make(map[netip.AddrPort]bool)
	}
	s.own[ap] = true
}

// isOwn reports whether a connection to address, an IP address or localhost with
// a port, would reach the proxy itself.
func (s *upstreams) isOwn(address string) bool {
	host, port, _ := net.SplitHostPort(address)
	if strings.EqualFold(host, "localhost") {
		address = net.JoinHostPort("127.0.0.1", port)
	}
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return false
	}
	addr := ap.Addr().Unmap()
	if addr.IsUnspecified() { // as a destination this means this machine
		addr = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.own[netip.AddrPortFrom(addr, ap.Port())] {
		return true
	}
	everywhere := s.own[netip.AddrPortFrom(netip.IPv4Unspecified(), ap.Port())] || s.own[netip.AddrPortFrom(netip.IPv6Unspecified(), ap.Port())]
	return everywhere && isOfThisMachine(addr)
}

// isOfThisMachine reports whether addr leads to this machine, whatever listens.
func isOfThisMachine(addr netip.Addr) bool {
	if addr.IsLoopback() {
		return true
	}
	list, _ := net.InterfaceAddrs()
	return slices.ContainsFunc(list, func(a net.Addr) bool {
		n, ok := a.(*net.IPNet)
		if !ok {
			return false
		}
		own, _ := netip.AddrFromSlice(n.IP)
		return own.Unmap() == addr.WithZone("")
	})
}

// keep drops the transports that no rule uses any more.
func (s *upstreams) keep(rules []*Rule) {
	used := map[route]bool{{}: true}
	for _, r := range rules {
		used[routeOf(r)] = true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for way, t := range s.transports {
		if !used[way] {
			t.CloseIdleConnections()
			delete(s.transports, way)
		}
	}
}

func (s *upstreams) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.transports {
		t.CloseIdleConnections()
	}
	clear(s.transports)
}
