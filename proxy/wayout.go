package proxy

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"time"
)

// WayOut finds the ways from this machine to u, an absolute URL whose scheme is
// "http" or "https", to try in order: the URL of a proxy, see ParseUpstreamProxy,
// or nil for a direct connection. It may take its time, until ctx ends.
type WayOut func(ctx context.Context, u *url.URL) []*url.URL

// fromSystem is a parent's source where WayOut named it.
const fromSystem = "the system's proxy setting"

// badTime is for how long a proxy that could not be reached is tried last.
const badTime = time.Minute

// SetWayOut makes way the way of all requests for which neither their profile nor
// the environment names a proxy; nil for direct connections. Those that are open
// are used up. Safe for concurrent use.
func (s *Server) SetWayOut(way WayOut) {
	if way == nil {
		s.upstreams.system.Store(nil)
	} else {
		s.upstreams.system.Store(&way)
	}
	s.upstreams.renew()
}

// bySystem returns the ways to u that the system's setting leads to, to try in
// order, nil being a direct one.
func (s *upstreams) bySystem(ctx context.Context, u *url.URL) []*parent {
	way := s.system.Load()
	if way == nil {
		return nil
	}
	var good, bad []*parent
	for _, found := range (*way)(ctx, u) {
		if found == nil {
			good = append(good, nil)
			continue
		}
		switch p := (&parent{url: found, from: fromSystem}); {
		case s.isOwn(p.address()):
			s.tellOwn(p)
		case s.isBad(p):
			bad = append(bad, p)
		default:
			good = append(good, p)
		}
	}
	return append(good, bad...)
}

func (s *upstreams) isBad(p *parent) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Now().Before(s.bad[p.address()])
}

// fallsOver reports whether err says that nobody could be reached by way of via,
// so that the next way may be tried. It notes that of a proxy.
func (s *upstreams) fallsOver(via *parent, err error) bool {
	if via == nil {
		op := (*net.OpError)(nil)
		return errors.As(err, &op) && op.Op == "dial"
	}
	fault := (*proxyError)(nil)
	if !errors.As(err, &fault) || !fault.unreachable {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bad[via.address()] = time.Now().Add(badTime)
	return true
}

// tryEach tries the ways in order, until one leads to somebody.
func tryEach[T any](ctx context.Context, s *upstreams, ways []*parent, try func(via *parent) (T, error)) (T, error) {
	for i, via := range ways {
		got, err := try(via)
		if err == nil || i == len(ways)-1 || ctx.Err() != nil || !s.fallsOver(via, err) {
			return got, err
		}
	}
	return try(nil)
}

// again is a copy of req for one of several ways; tried tells that an earlier one
// has closed its body.
func again(req *http.Request, tried bool) (*http.Request, error) {
	next := *req
	if !tried || req.Body == nil || req.Body == http.NoBody {
		return &next, nil
	}
	if req.GetBody == nil {
		return nil, errBodyGone
	}
	var err error
	next.Body, err = req.GetBody()
	return &next, err
}
