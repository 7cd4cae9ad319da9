//go:build bench

package main

import (
	"fmt"
	"time"
)

// clients is how many work at once in the rows of small requests.
const clients = 16

// smallPath is what they ask for.
const smallPath = "/api/me"

func measureH1(b *bench, r *result) error {
	servers, err := b.start(r, direct(), bareGoproxy(), corsage(), haproxy(), mitmproxy(), mockttp())
	defer stop(servers)
	if err != nil {
		return err
	}
	r.columns = requestColumns()
	if err := b.inTurns(r, b.rounds, lanes(servers, b.smallH1)...); err != nil {
		return err
	}
	r.ratio("CPU a request, Corsage to bare goproxy", perRequest(), "Corsage", "bare goproxy", atMost, 1.0)
	r.ratio("CPU a request, Corsage to HAProxy", perRequest(), "Corsage", "HAProxy", atMost, 1.8)
	return nil
}

// smallH1 measures kept-alive HTTP/1.1 clients.
func (b *bench) smallH1(s *server) (sample, error) {
	workers, err := b.keptAlive(s, clients)
	if err != nil {
		return sample{}, err
	}
	return b.window(s, workers)
}

// keptAlive returns n workers that have a connection each.
func (b *bench) keptAlive(s *server, n int) ([]worker, error) {
	rendered := request(b.authority, smallPath)
	var all []worker
	for range n {
		conn, err := s.dialTLS(b.authority, clientConfig(backendHost, "http/1.1"))
		if err != nil {
			closeAll(all)
			return nil, err
		}
		c := newClient(conn)
		all = append(all, worker{
			once:  func() error { return c.small(rendered) },
			close: func() { _ = conn.Close() },
		})
	}
	return all, nil
}

// small asks for the small answer and makes sure that it came.
func (c *client) small(rendered []byte) error {
	n, err := c.do(rendered)
	if err == nil && n != int64(len(answer)) {
		err = fmt.Errorf("the answer has %d bytes, not %d", n, len(answer))
	}
	return err
}

// measurePaced has the clients of the row h1, who now rest between requests, as
// people do: the proxy is woken for each one, and nothing is shared among them.
func measurePaced(b *bench, r *result) error {
	servers, err := b.start(r, direct(), bareGoproxy(), corsage(), haproxy())
	defer stop(servers)
	if err != nil {
		return err
	}
	r.columns = requestColumns()
	return b.inTurns(r, b.rounds, lanes(servers, func(s *server) (sample, error) {
		workers, err := b.keptAlive(s, clients)
		if err != nil {
			return sample{}, err
		}
		for i := range workers {
			workers[i].pause = 15 * time.Millisecond
		}
		return b.window(s, workers)
	})...)
}

// measureLog has more rounds than others, since the difference is small.
func measureLog(b *bench, r *result) error {
	servers, err := b.start(r, corsage(), corsageWithoutLog())
	defer stop(servers)
	if err != nil {
		return err
	}
	r.columns = requestColumns()
	if err := b.inTurns(r, 3*b.rounds, lanes(servers, b.smallH1)...); err != nil {
		return err
	}
	r.ratio("CPU a request, log on to log off", perRequest(), "Corsage", "Corsage, log off", atMost, 1.05)
	return nil
}

// measureH2 has clients that speak HTTP/2, as browsers do: one connection with
// sixteen streams. The backend goes on speaking HTTP/1.1, so that the client's
// side is all that differs from the row h1.
func measureH2(b *bench, r *result) error {
	servers, err := b.start(r, bareGoproxy(), corsage(), haproxy())
	defer stop(servers)
	if err != nil {
		return err
	}
	r.columns = requestColumns()
	var all []lane
	for _, s := range servers {
		all = append(all,
			lane{s.name + ", h1", s, func() (sample, error) { return b.smallH1(s) }},
			lane{s.name + ", h2", s, func() (sample, error) {
				workers, err := b.streams(s, clients)
				if err != nil {
					return sample{}, err
				}
				return b.window(s, workers)
			}})
	}
	if err := b.inTurns(r, b.rounds, all...); err != nil {
		return err
	}
	r.ratio("CPU a request, Corsage over h2 to over h1", perRequest(), "Corsage, h2", "Corsage, h1", atMost, 1.3)
	return nil
}

// measureLatency has one client, which sends its next request when it has read
// the answer: the proxy has nothing else to do.
func measureLatency(b *bench, r *result) error {
	servers, err := b.start(r, direct(), bareGoproxy(), corsage(), haproxy())
	defer stop(servers)
	if err != nil {
		return err
	}
	r.columns = requestColumns()
	one := func(s *server) (sample, error) {
		workers, err := b.keptAlive(s, 1)
		if err != nil {
			return sample{}, err
		}
		return b.window(s, workers)
	}
	if err := b.inTurns(r, b.rounds, lanes(servers, one)...); err != nil {
		return err
	}
	proxied, plain := r.line("Corsage"), r.line("direct")
	if proxied != nil && plain != nil {
		r.hold("latency added, p50", proxied.median(median())-plain.median(median()), "%.0f", atMost,
			microseconds(150*time.Microsecond), "µs")
	}
	return nil
}
