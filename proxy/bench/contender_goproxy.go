//go:build bench

package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"

	"github.com/elazarl/goproxy"
)

// bareGoproxy is the library that Corsage stands on, by itself: it intercepts
// and writes two headers.
func bareGoproxy() contender {
	return contender{"bare goproxy", func(b *bench) (*server, error) {
		return roleServer("goproxy", b.settings)
	}}
}

// bareGoproxyRSA is the same with goproxy's own CA.
func bareGoproxyRSA() contender {
	return contender{"bare goproxy, RSA", func(b *bench) (*server, error) {
		s := b.settings
		s.RSA = true
		return roleServer("goproxy", s)
	}}
}

// serveGoproxy is set up as well as it can be: leaves are kept and have ECDSA
// keys as Corsage's have (with the RSA key that goproxy brings along, each costs
// some fifty milliseconds), bodies stay compressed, and the connections to the
// backend stay open.
func serveGoproxy(s settings, l net.Listener) error {
	ca := goproxy.GoproxyCa
	var err error
	if !s.RSA {
		if ca, err = tls.LoadX509KeyPair(filepath.Join(s.Pair, "ca.pem"), filepath.Join(s.Pair, "ca-key.pem")); err != nil {
			return err
		}
	}
	pem, err := os.ReadFile(s.BackendCA)
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return errors.New("the backend's CA holds no certificate")
	}
	var d net.Dialer
	p := goproxy.NewProxyHttpServer()
	p.Logger = log.New(io.Discard, "", 0)
	p.KeepAcceptEncoding = true
	p.AllowHTTP2 = true
	p.CertStore = &certificates{made: make(map[string]func() (*tls.Certificate, error))}
	p.Tr = &http.Transport{
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			return d.DialContext(ctx, network, loopback(addr))
		},
		TLSClientConfig:     &tls.Config{RootCAs: roots},
		ForceAttemptHTTP2:   true,
		DisableCompression:  true,
		MaxIdleConns:        256,
		MaxIdleConnsPerHost: 256,
	}
	p.ConnectDial = func(network, addr string) (net.Conn, error) { return d.Dial(network, loopback(addr)) }
	mitm := &goproxy.ConnectAction{Action: goproxy.ConnectMitm, TLSConfig: goproxy.TLSConfigFromCA(&ca)}
	p.OnRequest().HandleConnectFunc(func(host string, _ *goproxy.ProxyCtx) (*goproxy.ConnectAction, string) {
		if strings.HasPrefix(host, tunnelHost) {
			return goproxy.OkConnect, host
		}
		return mitm, host
	})
	p.OnResponse().DoFunc(func(resp *http.Response, _ *goproxy.ProxyCtx) *http.Response {
		if resp != nil {
			resp.Header.Set("Access-Control-Allow-Origin", pageOrigin)
			resp.Header.Set("Access-Control-Allow-Credentials", "true")
		}
		return resp
	})
	return http.Serve(l, p)
}

// certificates is goproxy's CertStorage: each host's is made once.
type certificates struct {
	mu   sync.Mutex
	made map[string]func() (*tls.Certificate, error)
}

func (c *certificates) Fetch(host string, make func() (*tls.Certificate, error)) (*tls.Certificate, error) {
	c.mu.Lock()
	get := c.made[host]
	if get == nil {
		get = sync.OnceValues(make)
		c.made[host] = get
	}
	c.mu.Unlock()
	return get()
}

// loopback leads an address below localhost to this machine, as Corsage does.
func loopback(addr string) string {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	return net.JoinHostPort("127.0.0.1", port)
}

// goproxyVersion is that of the module that was built in.
func goproxyVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if m.Path == "github.com/elazarl/goproxy" {
				return m.Version
			}
		}
	}
	return ""
}
