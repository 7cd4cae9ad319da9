package proxy_test

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
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

// shortCA is a root that ends in about a second, and can't be renewed.
func shortCA(t *testing.T) *authority.Authority {
	t.Helper()
	dir := t.TempDir()
	long, _ := rootIn(t, dir)
	key, err := tls.LoadX509KeyPair(long.CertPath(), long.Status().KeyPath)
	if err != nil {
		t.Fatal(err)
	}
	short := *long.Certificate()
	short.NotAfter = time.Now().Add(2 * time.Second)
	cert, err := x509.CreateCertificate(rand.Reader, &short, &short, short.PublicKey, key.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(long.CertPath(), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "retired.json"), 0o700); err != nil {
		t.Fatal(err)
	}
	ca, err := rootIn(t, dir)
	if ca == nil || err == nil {
		t.Fatalf("the root was renewed: %v", err)
	}
	return ca
}

func rootIn(t *testing.T, dir string) (*authority.Authority, error) {
	t.Helper()
	roots, err := authority.OpenRoots(dir)
	if err != nil {
		t.Fatal(err)
	}
	return roots.For("/profiles/test.yaml", []string{"example.com"})
}

// A root that ends while the proxy runs, as when the clock jumps, is told.
func TestRootEndsWhileServing(t *testing.T) {
	b := backend(t, echo, false)
	r := &rig{recorder: record.New(10), ca: shortCA(t)}
	r.Server = proxy.NewServer(proxy.Config{
		Recorder: r.recorder, Log: slog.New(slog.DiscardHandler), Local: http.NotFoundHandler(),
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
	end := time.After(30 * time.Second)
	for !done() {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("waited for %s", what)
		}
	}
}
