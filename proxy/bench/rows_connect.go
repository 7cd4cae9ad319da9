//go:build bench

package main

import (
	"crypto/tls"
	"fmt"
	"math/big"
	"sync/atomic"
	"time"
)

// measureConnections opens a connection for each request. Clients that resume
// TLS sessions keep a ticket each; bare goproxy never takes one back.
func measureConnections(b *bench, r *result) error {
	servers, err := b.start(r, direct(), bareGoproxy(), corsage(), haproxy())
	defer stop(servers)
	if err != nil {
		return err
	}
	r.columns = requestColumns()
	var all []lane
	resumed := make(map[string]*share)
	for _, s := range servers {
		tally := new(share)
		resumed[s.name] = tally
		all = append(all,
			lane{s.name, s, func() (sample, error) { return b.window(s, b.reconnecting(s, nil)) }},
			lane{s.name + ", resuming", s, func() (sample, error) { return b.window(s, b.reconnecting(s, tally)) }})
	}
	if err := b.inTurns(r, b.rounds, all...); err != nil {
		return err
	}
	for _, s := range servers {
		if tally := resumed[s.name]; tally.all.Load() > 0 {
			r.note("%s resumed %.0f %% of the sessions that it was offered", s.name, 100*tally.of())
		}
	}
	r.ratio("CPU a connection, Corsage resuming to bare goproxy", perRequest(), "Corsage, resuming", "bare goproxy, resuming", atMost, 0.6)
	r.ratio("CPU a connection, Corsage to bare goproxy, without resumption", perRequest(), "Corsage", "bare goproxy", atMost, 1.0)
	return nil
}

// share counts how many of all.
type share struct{ some, all atomic.Int64 }

func (s *share) of() float64 { return float64(s.some.Load()) / float64(max(s.all.Load(), 1)) }

// reconnecting returns workers that open a connection for each request, and
// resume the TLS session of their last one where resumed is given; it counts how
// often that worked.
func (b *bench) reconnecting(s *server, resumed *share) []worker {
	rendered := request(b.authority, smallPath)
	var all []worker
	for range clients {
		config := clientConfig(backendHost, "http/1.1")
		if resumed != nil {
			config.ClientSessionCache = tls.NewLRUClientSessionCache(1)
		}
		first := true
		all = append(all, worker{
			once: func() error {
				conn, err := s.dialTLS(b.authority, config)
				if err != nil {
					return err
				}
				defer conn.Close()
				if resumed != nil && !first {
					resumed.all.Add(1)
					if conn.ConnectionState().DidResume {
						resumed.some.Add(1)
					}
				}
				first = false
				return newClient(conn).small(rendered)
			},
			close: func() {},
		})
	}
	return all
}

// measureHosts asks a new host for each request, over two connections at once,
// which must be shown the same certificate. A proxy is new in each round.
func measureHosts(b *bench, r *result) error {
	r.columns = []column{
		{"hosts/s", "%.0f", perSecond().figure},
		{"p50 µs", "%.0f", median().figure},
		{"p99 µs", "%.0f", ninetyNinth().figure},
		{"CPU µs/host", "%.0f", perRequest().figure},
	}
	hosts := 900 // the Authority keeps 1024 leaves
	if b.quick {
		hosts = 50
	}
	fresh := func(c contender, hosts int) lane {
		return lane{c.name, nil, func() (sample, error) {
			servers, err := b.start(r, c)
			defer stop(servers)
			if err != nil || len(servers) == 0 {
				return sample{}, fmt.Errorf("it does not start: %w", err)
			}
			return b.newHosts(servers[0], hosts)
		}}
	}
	if err := b.inTurns(r, b.rounds,
		fresh(bareGoproxy(), hosts),
		fresh(corsage(), hosts),
		lane{"Corsage's Authority by itself", nil, func() (sample, error) { return b.mint(hosts) }},
	); err != nil {
		return err
	}
	if err := b.inTurns(r, 1, fresh(bareGoproxyRSA(), hosts/30)); err != nil { // it is slow
		return err
	}
	r.note("none of the hosts was shown two certificates")
	r.figure("a leaf certificate", column{"", "%.3f", func(s sample) float64 { return s.p50.Seconds() * 1e3 }},
		"Corsage's Authority by itself", atMost, 0.3, "ms")
	return nil
}

// newHosts visits hosts that s does not know yet.
func (b *bench) newHosts(s *server, hosts int) (sample, error) {
	began, err := s.clock()
	if err != nil {
		return sample{}, err
	}
	var next atomic.Int64
	latencies := make([]time.Duration, hosts)
	err = together(clients/2, func(int) error {
		for {
			i := int(next.Add(1)) - 1
			if i >= hosts {
				return nil
			}
			host := fmt.Sprintf("h%d.%s", i, b.authority)
			var serials [2]*big.Int
			visit := time.Now()
			if err := together(2, func(n int) (err error) {
				serials[n], err = b.visit(s, host)
				return err
			}); err != nil {
				return err
			}
			latencies[i] = time.Since(visit)
			if serials[0].Cmp(serials[1]) != 0 {
				return fmt.Errorf("%s has two certificates", host)
			}
		}
	})
	if err != nil {
		return sample{}, err
	}
	one, err := s.since(began)
	one.requests = hosts
	one.p50, one.p99 = percentiles(latencies)
	return one, err
}

// visit asks authority for the small answer and returns the serial number of the
// certificate that it showed.
func (b *bench) visit(s *server, authority string) (*big.Int, error) {
	conn, err := s.dialTLS(authority, clientConfig(hostOf(authority), "http/1.1"))
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	leaf := conn.ConnectionState().PeerCertificates[0]
	if err := leaf.VerifyHostname(hostOf(authority)); err != nil {
		return nil, err
	}
	return leaf.SerialNumber, newClient(conn).small(request(authority, smallPath))
}

// mint has an Authority make certificates, one after the other.
func (b *bench) mint(hosts int) (one sample, err error) {
	ca, err := openRoot(b.settings.Authority)
	if err != nil {
		return one, err
	}
	latencies := make([]time.Duration, hosts)
	began := time.Now()
	for i := range latencies {
		start := time.Now()
		if _, err := ca.Leaf(fmt.Sprintf("h%d.%s", i, backendHost)); err != nil {
			return one, err
		}
		latencies[i] = time.Since(start)
	}
	one.took, one.requests = time.Since(began), hosts
	one.p50, one.p99 = percentiles(latencies)
	return one, nil
}
