// Package demo is everything that `corsage demo` needs to show what Corsage
// does, inside the program and without a network: a backend as strict as a
// production site, a frontend page on another port that calls it and shows what
// worked, and the profiles that make it work.
package demo

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"corsage/profiles"
)

// Names of the demo's profiles.
const (
	// ProfileName is the one that makes the page's calls work.
	ProfileName = "Demo"
	// AddressName is the one that says where the backend is and changes
	// nothing. It comes after ProfileName wherever names are sorted, and so is in
	// force only while that one is off: then the calls still arrive, and the
	// browser refuses them as it would with any real backend.
	AddressName = "Demo backend, as it is"
)

// Demo is a running backend and frontend. Its methods may be called from any
// goroutine.
type Demo struct {
	page, backend net.Listener
	switches      atomic.Pointer[switches]
	visited       chan struct{} // closed when the page was first asked for
	visit         sync.Once

	stop    context.CancelFunc
	servers []*http.Server
	running sync.WaitGroup
	closing sync.Once
	err     error
}

// Start runs backend and frontend on free loopback ports until ctx ends or
// Close.
func Start(ctx context.Context) (*Demo, error) {
	certificate, err := newCertificate()
	if err != nil {
		return nil, err
	}
	page, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("open a port for the demo's page: %w", err)
	}
	backend, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open a port for the demo's backend: %w", err), page.Close())
	}
	d := &Demo{page: page, backend: backend, visited: make(chan struct{})}
	ctx, d.stop = context.WithCancel(ctx)
	d.serve(ctx, page, d.frontend(), nil)
	d.serve(ctx, backend, new(backendSite).handler(), &certificate)
	context.AfterFunc(ctx, func() { _ = d.Close() })
	return d, nil
}

// serve answers on l, over TLS if there is a certificate. What ctx carries ends
// the streams, which the server itself knows nothing of.
func (d *Demo) serve(ctx context.Context, l net.Listener, handler http.Handler, certificate *tls.Certificate) {
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: time.Minute,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ErrorLog:          log.New(io.Discard, "", 0), // all of it is about clients that left
	}
	d.servers = append(d.servers, server)
	d.running.Go(func() {
		if certificate == nil {
			_ = server.Serve(l)
			return
		}
		server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{*certificate}}
		_ = server.ServeTLS(l, "", "")
	})
}

// PageURL is the address of the frontend's page.
func (d *Demo) PageURL() string {
	return fmt.Sprintf("http://localhost:%d", d.page.Addr().(*net.TCPAddr).Port)
}

// Profile is ready to use and makes all of the page's calls work. The backend's
// certificate is made at each start and lives in memory only, and its
// connections never leave the machine: so it is not verified, rather than kept
// in a file that outlives it.
func (d *Demo) Profile() profiles.Profile { return d.profile(ProfileName) }

// Address is Profile with every toggle off.
func (d *Demo) Address() profiles.Profile {
	p := d.profile(AddressName)
	p.Toggles = make(map[string]bool)
	for _, m := range profiles.Catalog() {
		if m.Default {
			p.Toggles[m.Name] = false
		}
	}
	return p
}

func (d *Demo) profile(name string) profiles.Profile {
	return profiles.Profile{
		Name: name,
		Backends: []profiles.Backend{{
			URL: BackendURL, Upstream: "https://" + d.backend.Addr().String(), Insecure: true,
		}},
	}
}

// Visited is closed when a browser has asked for the page.
func (d *Demo) Visited() <-chan struct{} { return d.visited }

// Close ends both servers and all their connections. Calling it again does
// nothing.
func (d *Demo) Close() error {
	d.closing.Do(func() {
		d.stop()
		var errs []error
		for _, s := range d.servers {
			errs = append(errs, s.Close())
		}
		d.running.Wait()
		d.err = errors.Join(errs...)
	})
	return d.err
}
