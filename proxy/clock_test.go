package proxy_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"corsage/proxy"
	"corsage/proxy/authority"
	"corsage/proxy/record"
)

// shortCA is a dev CA that ends in about a second.
func shortCA(t *testing.T) *authority.Authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Short"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(2 * time.Second),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, block := range map[string]*pem.Block{
		"ca.pem":     {Type: "CERTIFICATE", Bytes: cert},
		"ca-key.pem": {Type: "PRIVATE KEY", Bytes: der},
	} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ca, err := authority.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return ca
}

// A root that ends while the proxy runs, as when the clock jumps, is told.
func TestRootEndsWhileServing(t *testing.T) {
	b := backend(t, echo, false)
	r := &rig{recorder: record.New(10), ca: shortCA(t)}
	r.Server = proxy.NewServer(proxy.Config{
		Authority: r.ca, Recorder: r.recorder, Log: slog.New(slog.DiscardHandler), Local: http.NotFoundHandler(),
	})
	r.run(t, rule(t, "https://example.com", b))
	get(t, r.client, "https://example.com/")
	until(t, "the root's end", func() bool { _, err := r.ca.Leaf("example.com"); return err != nil })
	if resp, err := r.newClient(t).Get("https://example.com/"); err == nil {
		resp.Body.Close()
		t.Errorf("a browser got %s without a valid certificate", resp.Status)
	}
	e := r.entry(t, func(e *record.Entry) bool { return e.State == record.Aborted })
	if !strings.Contains(e.Error, "no certificate to show") || !strings.Contains(e.Error, "has expired") || !strings.Contains(e.Error, "check the clock") {
		t.Errorf("the log says %q", e.Error)
	}
	// What was open before goes on.
	if resp, _ := get(t, r.client, "https://example.com/"); resp.StatusCode != 200 {
		t.Errorf("over the connection that was open: %s", resp.Status)
	}
}

// until waits until done.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	end := time.After(10 * time.Second)
	for !done() {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("waited for %s", what)
		}
	}
}
