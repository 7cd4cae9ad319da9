package proxy

import (
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// lookInterval is how often a request has the machine looked at.
	lookInterval = time.Second
	// sleepTime is how far the clocks part before that counts as a sleep.
	sleepTime = 5 * time.Second
)

// network tells when open connections to backends may be worth nothing although
// they look fine, since this machine has slept or lost an address: whoever is at
// their other end, or translates addresses on the way, has forgotten them, and a
// request on one would wait for an answer that can't come. net/http sees a sleep
// for connections that were idle in it, not for those over HTTP/2 that a stream
// keeps busy. The zero value is ready. Safe for concurrent use.
type network struct {
	now        func() time.Time           // the wall clock; nil for time.Now
	interfaces func() ([]net.Addr, error) // nil for net.InterfaceAddrs

	looked atomic.Int64 // when, by the wall clock, in ns since 1970

	mu        sync.Mutex
	began     time.Time     // the first look
	ahead     time.Duration // by which the wall clock has gone further since then than the monotonic one
	addresses map[netip.Addr]bool
}

// changed reports whether connections from before are in doubt. Of all requests
// one a second looks at the machine, the others only at the clock.
func (n *network) changed() bool {
	now := time.Now
	if n.now != nil {
		now = n.now
	}
	wall := now().UnixNano()
	// This clock goes on in a sleep, so the first request after one looks.
	if since := wall - n.looked.Load(); since >= 0 && since < int64(lookInterval) {
		return false
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.looked.Store(wall)
	slept, lost := n.slept(wall), n.lost()
	return slept || lost
}

// slept reports whether the clocks have parted since the last look: in a sleep
// the monotonic one stands still, on Linux and most others (see package time).
// That the wall clock was set looks the same, and costs a few new connections.
func (n *network) slept(wall int64) bool {
	if n.began.IsZero() {
		n.began = time.Now()
	}
	before := n.ahead
	n.ahead = time.Duration(wall-n.began.UnixNano()) - time.Since(n.began)
	return (n.ahead - before).Abs() > sleepTime
}

// lost reports whether an address is gone that was there at the last look, as of
// a VPN that came back with another one.
func (n *network) lost() bool {
	list := net.InterfaceAddrs
	if n.interfaces != nil {
		list = n.interfaces
	}
	found, err := list()
	if err != nil { // not known, as where no descriptor is free
		return false
	}
	before := n.addresses
	n.addresses = make(map[netip.Addr]bool)
	for _, a := range found {
		if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr().IsGlobalUnicast() {
			n.addresses[p.Addr()] = true
		}
	}
	for a := range before {
		if !n.addresses[a] {
			return true
		}
	}
	return false
}

// renew makes requests from now on use new connections. What is under way goes
// on where it is, and its connection is closed when it has ended.
func (s *upstreams) renew() { s.drop() }
