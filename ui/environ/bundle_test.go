package environ

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// authority is a root certificate in PEM.
func authority(t *testing.T, name string) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// subjects are the names of the certificates in a file, in its order.
func subjects(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			return strings.Join(list, ",")
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, c.Subject.CommonName)
	}
}

func put(t *testing.T, path string, text ...[]byte) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, bytes.Join(text, nil), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestBundles(t *testing.T) {
	dir := t.TempDir()
	corp, ours := authority(t, "corp"), authority(t, "ours")
	key := []byte("-----BEGIN PRIVATE KEY-----\nMAAA\n-----END PRIVATE KEY-----\n")
	b := Bundles{Dir: filepath.Join(dir, "ca", "bundles"), Roots: put(t, filepath.Join(dir, "ca", "ca.pem"), ours)}
	own := put(t, filepath.Join(dir, "corp's \"file\".pem"), []byte("# of the company\n"), corp, key, corp)

	path, err := b.Write(own)
	if err != nil {
		t.Fatal(err)
	}
	if got := subjects(t, path); got != "corp,ours" {
		t.Errorf("of the company's file: %s", got)
	}
	if text, err := os.ReadFile(path); err != nil || bytes.Contains(text, []byte("PRIVATE")) {
		t.Errorf("a key got into the file: %v\n%s", err, text)
	}
	if again, err := b.Write(path); err != nil || again != path {
		t.Errorf("a bundle of a bundle is %s, %v", again, err)
	}

	put(t, filepath.Join(dir, "folder", "a.crt"), corp)
	put(t, filepath.Join(dir, "folder", "README"), []byte("read me"))
	if err := os.Symlink("gone", filepath.Join(dir, "folder", "deadlink.0")); err != nil {
		t.Fatal(err)
	}
	folder, err := b.Write(filepath.Join(dir, "folder"))
	if err != nil || subjects(t, folder) != "corp,ours" {
		t.Errorf("of a folder: %v", err)
	}

	put(t, b.Roots, authority(t, "newer"), authority(t, "newest"))
	put(t, own, authority(t, "corp2"))
	if err := os.RemoveAll(filepath.Join(dir, "folder")); err != nil {
		t.Fatal(err)
	}
	if err := b.Refresh(); err != nil {
		t.Fatal(err)
	}
	if got := subjects(t, path); got != "corp2,newer,newest" {
		t.Errorf("refreshed: %s", got)
	}
	if got := subjects(t, folder); got != "corp,ours" {
		t.Errorf("of a folder that is gone, refreshed: %s", got)
	}

	for name, file := range map[string]string{
		"missing": filepath.Join(dir, "none.pem"), "without certificates": put(t, filepath.Join(dir, "empty.pem"), key),
		"no bundle": put(t, filepath.Join(b.Dir, "stray.pem"), corp),
	} {
		if _, err := b.Write(file); err == nil || !strings.Contains(err.Error(), filepath.Base(file)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The system's bundle is written once, and only when it differs.
func TestSystemBundle(t *testing.T) {
	dir := t.TempDir()
	b := Bundles{Dir: filepath.Join(dir, "bundles"), Roots: put(t, filepath.Join(dir, "ca.pem"), authority(t, "ours"))}
	path, err := b.Write(System)
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Split(subjects(t, path), ",")
	if len(all) < 50 || all[len(all)-1] != "ours" {
		t.Errorf("%d certificates, the last is %q", len(all), all[len(all)-1])
	}
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Refresh(); err != nil {
		t.Fatal(err)
	}
	if after, err := os.Stat(path); err != nil || !os.SameFile(before, after) {
		t.Errorf("it was written again though nothing changed: %v", err)
	}
}

func TestMozilla(t *testing.T) {
	file := put(t, filepath.Join(t.TempDir(), "mozilla.pem"), mozilla())
	if got := subjects(t, file); !strings.Contains(got, "ISRG Root X1") {
		t.Error(got)
	}
}
