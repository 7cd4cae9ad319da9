package proxy

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
)

// errOwnAddress is the cause of a failure to connect to the proxy itself.
var errOwnAddress = errors.New("this address is the proxy's own: the request would go round in a circle")

// dial connects to addr, a host that was not chosen, through the proxy that the
// environment or the system names for it.
func (s *upstreams) dial(ctx context.Context, _, addr string) (net.Conn, error) {
	w, err := s.way(nil)
	if err != nil {
		return nil, err
	}
	return tryEach(ctx, s, s.parents(ctx, w, connectURL(addr)), func(via *parent) (net.Conn, error) {
		if via == nil {
			return s.direct(ctx, addr)
		}
		leave, err := s.circle.brake("CONNECT "+addr, via)
		if err != nil {
			return nil, err
		}
		defer leave()
		return s.through(ctx, w, via, addr)
	})
}

// connectURL is the URL of what a CONNECT to authority asks for; its scheme is
// a guess by the port.
func connectURL(authority string) *url.URL {
	if strings.HasSuffix(authority, ":80") {
		return &url.URL{Scheme: "http", Host: authority}
	}
	return &url.URL{Scheme: "https", Host: authority}
}

// direct connects to addr, but never to the proxy itself. Names below
// localhost are this machine, as in browsers (RFC 6761, section 6.3), whatever the
// resolver says.
func (s *upstreams) direct(ctx context.Context, addr string) (net.Conn, error) {
	d := net.Dialer{
		Timeout:  s.timeouts.connect,
		Resolver: s.resolver,
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
	ctx, cancel := s.unlessClosing(ctx)
	defer cancel()
	return d.DialContext(ctx, "tcp", addr)
}

// unlessClosing is ctx, but ends with close as well: net/http goes on to dial for
// a request that has ended.
func (s *upstreams) unlessClosing(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(s.closing, cancel)
	return ctx, func() { stop(); cancel() }
}

func belowLocalhost(host string) bool {
	return strings.HasSuffix(strings.ToLower(strings.TrimSuffix(host, ".")), ".localhost")
}

// IsLoopback reports whether host, a name or an IP address, is this machine for
// everyone.
func IsLoopback(host string) bool {
	host = strings.TrimSuffix(host, ".")
	if a, err := netip.ParseAddr(host); err == nil {
		return a.Unmap().IsLoopback()
	}
	return strings.EqualFold(host, "localhost") || belowLocalhost(host)
}

// listens notes an address on which the proxy itself accepts connections.
func (s *upstreams) listens(a net.Addr) {
	ap, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
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
