package trust

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// testRoot is a root with its key, of Corsage's unless edit says otherwise.
type testRoot struct {
	Root
	key *ecdsa.PrivateKey
}

func newRoot(t testing.TB, profile string, edit ...func(*x509.Certificate)) testRoot {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 100))
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{Organization: []string{"Corsage"}, CommonName: fmt.Sprintf("Corsage dev.example.com (%x)", serial)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	for _, f := range edit {
		f(c)
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "a root's ca.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return testRoot{Root{profile, path, cert}, key}
}

// leaf is a server certificate for localhost.
func (r testRoot) leaf(t testing.TB) tls.Certificate {
	t.Helper()
	c := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, c, r.Cert, r.key.Public(), r.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: r.key}
}

// program returns the path of one that a test needs.
func program(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("%v (.ci/setup --tests)", err)
	}
	t.Skip(err)
	return ""
}

// recorder is a runner that keeps what it was asked to run, and answers by the
// begin of the command.
type recorder struct {
	ran     []string
	answers map[string]any // string: output, error
}

func (r *recorder) run(_ context.Context, args ...string) ([]byte, error) {
	line := strings.Join(args, " ")
	r.ran = append(r.ran, line)
	for begin, answer := range r.answers {
		if strings.HasPrefix(line, begin) {
			if err, ok := answer.(error); ok {
				return nil, err
			}
			return []byte(answer.(string)), nil
		}
	}
	return nil, nil
}

func pemText(roots ...testRoot) string {
	var b strings.Builder
	for _, r := range roots {
		_ = pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: r.Cert.Raw})
	}
	return b.String()
}

// install has roots trusted in a store, as it is.
func install(t *testing.T, s *Store, roots ...Root) error {
	t.Helper()
	var profiles []Profile
	for _, r := range roots {
		profiles = append(profiles, Profile{Name: r.Profile, Root: r})
	}
	found := Survey(t.Context(), []Store{*s})[0]
	if found.Err != nil {
		t.Fatal(found.Err)
	}
	return found.Trust(t.Context(), profiles...)
}

func uninstall(t *testing.T, s *Store, held []Held) error {
	t.Helper()
	found := Survey(t.Context(), []Store{*s})[0]
	return found.Untrust(t.Context(), held)
}
