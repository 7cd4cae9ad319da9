package authority

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gofrs/flock"
)

// caText makes the two files of a CA in memory.
func caText(t testing.TB, now time.Time) (certPEM, keyPEM string, r root) {
	t.Helper()
	key, err := newRootKey()
	if err != nil {
		t.Fatal(err)
	}
	if r, err = newRoot("Corsage dev CA (ada@engine)", key, now); err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pemText(certBlock, r.cert.Raw), pemText(keyBlock, der), r
}

func pemText(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func TestOpenRefusesBrokenFiles(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	cert, key, r := caText(t, now)
	otherCert, otherKey, _ := caText(t, now)
	expired, expiredKey, _ := caText(t, now.AddDate(-2, 0, -1))
	future, futureKey, _ := caText(t, now.AddDate(0, 0, 3))
	a, _ := openAt(t, t.TempDir(), now)
	leaf, err := a.Leaf("dev.example.com")
	if err != nil {
		t.Fatal(err)
	}
	leafKey, err := x509.MarshalPKCS8PrivateKey(a.leafKey)
	if err != nil {
		t.Fatal(err)
	}
	flipped := append([]byte{}, r.cert.Raw...)
	flipped[len(flipped)-1] ^= 1 // in the signature

	const newCA = "move ca.pem and ca-key.pem away, start again"
	tests := map[string]struct {
		cert, key string // "-" for no file
		want      []string
	}{
		"empty certificate":       {"", key, []string{"ca.pem holds no certificate in PEM", newCA}},
		"empty key":               {cert, "", []string{"ca-key.pem holds no unencrypted private key", newCA}},
		"no PEM":                  {"hello", key, []string{"ca.pem holds no certificate", newCA}},
		"cut certificate":         {cert[:len(cert)/2], key, []string{"ca.pem holds no certificate", newCA}},
		"cut key":                 {cert, key[:len(key)/2], []string{"ca-key.pem holds no unencrypted private key", newCA}},
		"not DER in certificate":  {pemText(certBlock, []byte("x")), key, []string{"ca.pem is damaged", newCA}},
		"not DER in key":          {cert, pemText(keyBlock, []byte("x")), []string{"ca-key.pem is damaged", newCA}},
		"not DER in SEC 1 key":    {cert, pemText("EC PRIVATE KEY", []byte("x")), []string{"ca-key.pem is damaged", newCA}},
		"damaged signature":       {pemText(certBlock, flipped), key, []string{"ca.pem is damaged or not self-signed", newCA}},
		"key of another CA":       {cert, otherKey, []string{"ca-key.pem does not belong to ca.pem", newCA}},
		"certificate of another":  {otherCert, key, []string{"ca-key.pem does not belong to ca.pem", newCA}},
		"swapped":                 {key, cert, []string{"ca.pem holds no certificate", newCA}},
		"encrypted key":           {cert, pemText("ENCRYPTED PRIVATE KEY", []byte("x")), []string{"no unencrypted private key", newCA}},
		"certificate without key": {cert, "-", []string{"ca.pem has no ca-key.pem beside it", newCA}},
		"broken key, no cert":     {"-", "hello", []string{"ca-key.pem holds no unencrypted private key", newCA}},
		"leaf in place of root":   {pemText(certBlock, leaf.Leaf.Raw), pemText(keyBlock, leafKey), []string{"not the certificate of a CA", newCA}},
		"expired":                 {expired, expiredKey, []string{"the certificate has expired", newCA}},
		"not valid yet":           {future, futureKey, []string{"not valid yet", "set the clock"}},
		"key that can't sign":     {cert, pemText(keyBlock, agreementKey(t)), []string{"can't sign", newCA}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			files := map[string]string{certFile: test.cert, keyFile: test.key}
			maps.DeleteFunc(files, func(_, text string) bool { return text == "-" })
			for file, text := range files {
				if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			_, err := open(dir, func() time.Time { return now })
			if err == nil {
				t.Fatal("it opened")
			}
			for _, want := range append(test.want, "dev CA", dir) {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error is %q, and doesn't say %q", err, want)
				}
			}
			for _, file := range []string{certFile, keyFile} {
				text, err := os.ReadFile(filepath.Join(dir, file))
				if want, had := files[file]; had != (err == nil) || string(text) != want {
					t.Errorf("%s was changed (%v)", file, err)
				}
			}
		})
	}
}

// agreementKey is a PKCS #8 key for key agreement only.
func agreementKey(t *testing.T) []byte {
	t.Helper()
	key, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func TestOpenReadsWhatOpensslWrites(t *testing.T) {
	now := time.Now()
	cert, _, r := caText(t, now)
	der, err := x509.MarshalECPrivateKey(r.key.(*ecdsa.PrivateKey))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for file, text := range map[string]string{
		certFile: "Subject: a comment before it\n" + cert,
		keyFile:  pemText("EC PARAMETERS", []byte("skipped")) + pemText("EC PRIVATE KEY", der),
	} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if a := mustOpen(t, dir); !a.Certificate().Equal(r.cert) {
		t.Error("another certificate was opened")
	}
}

func TestOpenNeedsNoLockWhereACAIs(t *testing.T) {
	dir := t.TempDir()
	first := mustOpen(t, dir)
	l := flock.New(filepath.Join(dir, lockFile))
	if ok, err := l.TryLock(); !ok || err != nil {
		t.Fatal("Open left its lock behind:", err)
	}
	defer l.Close()
	if second := mustOpen(t, dir); !second.Certificate().Equal(first.Certificate()) {
		t.Error("another CA")
	}
}

func TestOpenWhereNoFolderCanBe(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(filepath.Join(file, "corsage")); err == nil || !strings.Contains(err.Error(), "dev CA") {
		t.Errorf("the error is %v", err)
	}
}

func TestWriteFileLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	target := filepath.Join(dir, "target")
	if err := os.MkdirAll(filepath.Join(target, "full"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := writeFile(target, []byte("x"), 0o600); err == nil {
		t.Fatal("a folder was replaced by a file")
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}

func FuzzParseRoot(f *testing.F) {
	cert, key, _ := caText(f, time.Now())
	other, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	der, err := x509.MarshalECPrivateKey(other)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(cert, key)
	f.Add(key, cert)
	f.Add("", "")
	f.Add(cert[:100], key)
	f.Add(cert, pemText("EC PRIVATE KEY", der))
	f.Add(cert+cert, "comment\n"+key)
	f.Fuzz(func(t *testing.T, certPEM, keyPEM string) {
		r, err := parseRoot([]byte(certPEM), []byte(keyPEM))
		if err != nil {
			return
		}
		if !r.cert.IsCA || r.key == nil {
			t.Errorf("parsed something that is no CA: %+v", r)
		}
		if err := r.validAt(r.cert.NotAfter.Add(time.Second)); !errors.Is(err, errExpired) {
			t.Errorf("valid after its end: %v", err)
		}
	})
}
