//go:build bench

package main

import (
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// haproxy is the fastest thing of its kind: a reverse proxy in C that ends TLS
// on both sides and writes the same two headers. It mints no certificates and
// is spoken to as the backend itself.
func haproxy() contender {
	return contender{"HAProxy", func(b *bench) (*server, error) {
		path, err := findHAProxy()
		if err != nil {
			return nil, err
		}
		config, addr, err := b.haproxyConfig()
		if err != nil {
			return nil, err
		}
		s, err := programServer(addr, exec.Command(path, "-q", "-db", "-f", config))
		if err == nil {
			s.connect = false
		}
		return s, err
	}}
}

func findHAProxy() (string, error) {
	for _, name := range []string{"haproxy", "/usr/sbin/haproxy"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", missing{"not installed (Debian: apt-get install haproxy)"}
}

func haproxyVersion() string {
	path, err := findHAProxy()
	if err != nil {
		return ""
	}
	out, _ := exec.Command(path, "-v").Output()
	if field := strings.Fields(string(out)); len(field) > 2 {
		return field[2]
	}
	return ""
}

// haproxyConfig writes configuration and certificate, and returns the former's
// path and where HAProxy will listen.
func (b *bench) haproxyConfig() (path, addr string, err error) {
	ca, err := openRoot(b.settings.Authority)
	if err != nil {
		return "", "", err
	}
	leaf, err := ca.Leaf(b.settings.Host)
	if err != nil {
		return "", "", err
	}
	key, err := x509.MarshalECPrivateKey(leaf.PrivateKey.(*ecdsa.PrivateKey))
	if err != nil {
		return "", "", err
	}
	var bundle []byte
	for _, der := range leaf.Certificate {
		bundle = append(bundle, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	bundle = append(bundle, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: key})...)
	bundlePath := filepath.Join(b.dir, "haproxy.pem")
	if err := os.WriteFile(bundlePath, bundle, 0o600); err != nil {
		return "", "", err
	}
	if addr, err = freeAddress(); err != nil {
		return "", "", err
	}
	config := fmt.Sprintf(`global
    maxconn 4000
defaults
    mode http
    timeout connect 10s
    timeout client 1h
    timeout server 1h
    timeout tunnel 1h
frontend browsers
    bind %s ssl crt %s alpn h2,http/1.1
    http-response set-header Access-Control-Allow-Origin %s
    http-response set-header Access-Control-Allow-Credentials true
    default_backend dev
backend dev
    http-reuse always
    server dev %s ssl verify required ca-file %s verifyhost %s sni str(%s) alpn http/1.1
`, addr, bundlePath, pageOrigin, b.backend.addr, b.settings.BackendCA, b.settings.Host, b.settings.Host)
	path = filepath.Join(b.dir, "haproxy.cfg")
	return path, addr, os.WriteFile(path, []byte(config), 0o600)
}

// freeAddress is one that nothing listens on at present.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}
