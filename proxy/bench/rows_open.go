//go:build bench

package main

import (
	"fmt"
	"net"
	"time"
)

// openPatience is how long an open connection may take to answer.
const openPatience = 30 * time.Second

// measureOpen keeps many connections open at once, all contenders' at the same
// time, hears nothing of them for as long as they are held, and then has each
// one carry something.
func measureOpen(b *bench, r *result) error {
	count := 2000
	if b.quick {
		count = 100
	}
	kinds := []struct {
		name string
		open func(*bench, *server) (alive func() error, conn net.Conn, err error)
	}{
		{"event streams", (*bench).openEvents},
		{"WebSockets", (*bench).openEcho},
	}
	each := func(head string, bytes func(sample) int64) column {
		return column{head, "%.1f", func(s sample) float64 { return float64(bytes(s)) / 1e3 / float64(s.requests) }}
	}
	rss := each("RSS KB/connection", func(s sample) int64 { return s.resident })
	r.columns = []column{
		rss,
		each("heap KB", func(s sample) int64 { return s.heap }),
		each("stacks KB", func(s sample) int64 { return s.stacks }),
		{"goroutines", "%.1f", func(s sample) float64 { return float64(s.goroutines) / float64(s.requests) }},
		{"alive", "%.0f", func(s sample) float64 { return float64(s.requests) }},
	}
	var groups []*crowd
	defer func() {
		for _, g := range groups {
			g.close()
		}
	}()
	for _, kind := range kinds {
		servers, err := b.start(r, bareGoproxy(), corsage())
		defer stop(servers)
		if err != nil {
			return err
		}
		for _, s := range servers {
			g := &crowd{name: s.name + ", " + kind.name, server: s, kind: kind.name}
			groups = append(groups, g)
			if err := g.fill(count, func() (func() error, net.Conn, error) { return kind.open(b, s) }); err != nil {
				return fmt.Errorf("%s: %w", g.name, err)
			}
		}
	}
	select {
	case <-time.After(b.hold):
	case <-b.Done():
		return b.Err()
	}
	for _, g := range groups {
		if err := g.grow(); err != nil {
			return err
		}
		if b.profile != "" {
			if _, err := g.server.child.tell("heap " + b.profilePath(r.row.name, g.name)); err != nil {
				return err
			}
		}
	}
	if err := b.tellBackend("/broadcast"); err != nil {
		return err
	}
	for _, g := range groups {
		if err := g.roll(); err != nil {
			b.failure(r, g.name, err)
			continue
		}
		r.add(g.name, g.grown)
	}
	r.note("held open for %v without a byte; then every one still carried data", b.hold)
	for _, kind := range kinds {
		r.figure("memory of one of many "+kind.name+", resident", rss, "Corsage, "+kind.name, atMost, 60, "KB")
	}
	return nil
}

// crowd are the open connections of one server.
type crowd struct {
	name, kind string
	server     *server
	conns      []net.Conn
	alive      []func() error
	before     sample // with one connection
	grown      sample // by all others
}

// fill opens count connections, and reads the process's memory before.
func (g *crowd) fill(count int, open func() (func() error, net.Conn, error)) error {
	g.conns, g.alive = make([]net.Conn, count), make([]func() error, count)
	add := func(i int) (err error) {
		g.alive[i], g.conns[i], err = open()
		return err
	}
	if err := add(0); err != nil { // what the first one needs, all share
		return err
	}
	if _, err := g.server.child.tell("gc"); err != nil {
		return err
	}
	var err error
	if g.before, err = g.memory(); err != nil {
		return err
	}
	const openers = 16
	return together(openers, func(n int) error {
		for i := 1 + n; i < count; i += openers {
			if err := add(i); err != nil {
				return fmt.Errorf("opening the %dth connection: %w", i+1, err)
			}
		}
		return nil
	})
}

// memory reads what the server's process uses.
func (g *crowd) memory() (one sample, err error) {
	m, err := g.server.child.memory()
	if err != nil {
		return one, err
	}
	one.heap, one.stacks, one.goroutines = int64(m.HeapInuse), int64(m.StackInuse), m.Goroutines
	one.resident, err = resident(g.server.pid)
	return one, err
}

// grow reads what the process has grown by since its first connection.
func (g *crowd) grow() error {
	now, err := g.memory()
	g.grown = sample{
		requests:   len(g.conns) - 1,
		resident:   now.resident - g.before.resident,
		heap:       now.heap - g.before.heap,
		stacks:     now.stacks - g.before.stacks,
		goroutines: now.goroutines - g.before.goroutines,
	}
	return err
}

// roll asks every connection whether it still carries data.
func (g *crowd) roll() error {
	deadline := time.Now().Add(openPatience)
	return together(len(g.conns), func(i int) error {
		if err := g.conns[i].SetDeadline(deadline); err != nil {
			return err
		}
		if err := g.alive[i](); err != nil {
			return fmt.Errorf("the %dth of %d %s: %w", i+1, len(g.conns), g.kind, err)
		}
		return nil
	})
}

func (g *crowd) close() {
	for _, c := range g.conns {
		if c != nil {
			_ = c.Close()
		}
	}
}

// tellBackend asks the backend itself for path.
func (b *bench) tellBackend(path string) error {
	s, err := direct().start(b)
	if err != nil {
		return err
	}
	conn, err := s.dialTLS(b.authority, clientConfig(backendHost, "http/1.1"))
	if err != nil {
		return err
	}
	defer conn.Close()
	return newClient(conn).small(request(b.authority, path))
}
