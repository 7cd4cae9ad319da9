//go:build bench

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
)

// backendHost is the backend's name, and tunnelHost the beginning of one that no
// proxy intercepts. Names below localhost need no resolver.
const (
	backendHost = "dev.localhost"
	tunnelHost  = "tunnel.localhost"
)

// bench is one run: the backend and what all contenders share.
type bench struct {
	context.Context
	options
	settings  settings
	dir       string // for what lives as long as the run
	backend   *child
	authority string // the backend's host:port, as clients name it
	results   []*result
	failures  []string // contenders that were left out though they should not have been
}

// row is one kind of work.
type row struct {
	name, title string
	measure     func(*bench, *result) error
}

// rows returns all of them in the order of the tables.
func rows() []row {
	return []row{
		{"h1", "small JSON GET, 16 kept-alive clients, HTTP/1.1", measureH1},
		{"paced", "the same with 15 ms between a client's requests", measurePaced},
		{"h2", "the same over HTTP/2, 16 streams of one connection", measureH2},
		{"connection", "a new connection for each request, 16 clients", measureConnections},
		{"host", "a new host for each request", measureHosts},
		{"download", "64 MB downloads, 2 clients", measureDownloads},
		{"heap", "64 MB downloads, 64 clients", measureHeap},
		{"tunnel", "tunnel of a host that is not chosen, 2 clients", measureTunnel},
		{"latency", "small JSON GET, one kept-alive client, nothing else to do", measureLatency},
		{"open", "2,000 event streams and 2,000 WebSockets that stay open", measureOpen},
		{"log", "request log on and off, 16 kept-alive clients", measureLog},
		{"start", "corsage serve, from its start to the first answered request", measureStart},
	}
}

func newBench(ctx context.Context, o options) (b *bench, err error) {
	b = &bench{Context: ctx, options: o}
	defer func() {
		if err != nil {
			b.close()
		}
	}()
	if err := raiseLimit(); err != nil {
		return b, err
	}
	if b.dir, err = os.MkdirTemp("", "corsage-bench-"); err != nil {
		return b, err
	}
	if o.profile != "" {
		if err := os.MkdirAll(o.profile, 0o755); err != nil {
			return b, fmt.Errorf("making the folder for the profiles: %w", err)
		}
	}
	backendDir := filepath.Join(b.dir, "backend-ca")
	backendCA, err := openRoot(backendDir)
	if err != nil {
		return b, err
	}
	b.settings = settings{
		Host: backendHost, BackendCA: backendCA.CertPath(),
		Authority: filepath.Join(b.dir, "dev-ca"),
	}
	ca, err := openRoot(b.settings.Authority)
	if err != nil {
		return b, err
	}
	b.settings.Pair = filepath.Dir(ca.CertPath())
	if b.backend, err = start("backend", settings{Authority: backendDir}); err != nil {
		return b, err
	}
	b.settings.Backend = b.backend.addr
	_, port, err := net.SplitHostPort(b.backend.addr)
	b.authority = net.JoinHostPort(backendHost, port)
	return b, err
}

func (b *bench) close() {
	if b.backend != nil {
		b.backend.close()
	}
	_ = os.RemoveAll(b.dir)
}

// start starts the contenders, of which the caller stops those returned, with an
// error too. Those that can't take part are named in the result's notes.
func (b *bench) start(r *result, contenders ...contender) ([]*server, error) {
	var servers []*server
	for _, c := range contenders {
		s, err := c.start(b)
		var absent missing
		if errors.As(err, &absent) {
			r.note("%s left out: %s", c.name, absent)
			continue
		}
		if err != nil {
			return servers, fmt.Errorf("%s: %w", c.name, err)
		}
		s.name = c.name
		if err := b.check(s); err != nil {
			b.failure(r, c.name, err)
			s.close()
			continue
		}
		servers = append(servers, s)
	}
	return servers, nil
}

func stop(servers []*server) {
	for _, s := range servers {
		s.close()
	}
}
