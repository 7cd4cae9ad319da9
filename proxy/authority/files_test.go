package authority

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gofrs/flock"
)

// caText makes the two files of a root for example.com in memory.
func caText(t testing.TB, now time.Time) (certPEM, keyPEM string, r root) {
	t.Helper()
	key, err := newRootKey()
	if err != nil {
		t.Fatal(err)
	}
	if r, err = newRoot([]string{"example.com"}, key, now); err != nil {
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

// place puts files into the folder of someProfile's root in dir; "-" for none.
func place(t *testing.T, dir, cert, key string) folder {
	t.Helper()
	f := folderOf(dir, someProfile)
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for file, text := range map[string]string{certFile: cert, keyFile: key, profileFile: someProfile} {
		if text == "-" {
			continue
		}
		if err := os.WriteFile(filepath.Join(f.dir, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return f
}

func TestForReplacesBrokenFiles(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	cert, key, r := caText(t, now)
	otherCert, otherKey, _ := caText(t, now)
	a, _ := openAt(t, t.TempDir(), now)
	leaf, err := a.Leaf("dev.example.com")
	if err != nil {
		t.Fatal(err)
	}
	leafKey, err := x509.MarshalPKCS8PrivateKey(a.shared.leafKey)
	if err != nil {
		t.Fatal(err)
	}
	flipped := append([]byte{}, r.cert.Raw...)
	flipped[len(flipped)-1] ^= 1 // in the signature
	// signed returns the root's certificate with something changed.
	signed := func(change func(*x509.Certificate)) string {
		template := *r.cert
		change(&template)
		der, err := x509.CreateCertificate(rand.Reader, &template, &template, r.key.Public(), r.key)
		if err != nil {
			t.Fatal(err)
		}
		return pemText(certBlock, der)
	}

	tests := map[string]struct {
		cert, key string // "-" for no file
		why       string // in the notice
		retired   bool   // there was a certificate that a store may have
	}{
		"empty certificate":       {"", key, "ca.pem holds no certificate in PEM", false},
		"empty key":               {cert, "", "ca-key.pem holds no unencrypted private key", true},
		"no PEM":                  {"hello", key, "ca.pem holds no certificate", false},
		"cut certificate":         {cert[:len(cert)/2], key, "ca.pem holds no certificate", false},
		"cut key":                 {cert, key[:len(key)/2], "ca-key.pem holds no unencrypted private key", true},
		"not DER in certificate":  {pemText(certBlock, []byte("x")), key, "ca.pem is damaged", false},
		"not DER in key":          {cert, pemText(keyBlock, []byte("x")), "ca-key.pem is damaged", true},
		"not DER in SEC 1 key":    {cert, pemText("EC PRIVATE KEY", []byte("x")), "ca-key.pem is damaged", true},
		"damaged signature":       {pemText(certBlock, flipped), key, "ca.pem is damaged or not self-signed", true},
		"key of another CA":       {cert, otherKey, "ca-key.pem does not belong to ca.pem", true},
		"certificate of another":  {otherCert, key, "ca-key.pem does not belong to ca.pem", true},
		"swapped":                 {key, cert, "ca.pem holds no certificate", false},
		"encrypted key":           {cert, pemText("ENCRYPTED PRIVATE KEY", []byte("x")), "no unencrypted private key", true},
		"certificate without key": {cert, "-", "ca.pem has no ca-key.pem beside it", true},
		"leaf in place of root":   {pemText(certBlock, leaf.Leaf.Raw), pemText(keyBlock, leafKey), "not the certificate of a CA", true},
		"key that can't sign":     {cert, pemText(keyBlock, agreementKey(t)), "can't sign", true},
		"no constraints": {signed(func(c *x509.Certificate) {
			c.PermittedDNSDomains, c.ExcludedIPRanges, c.PermittedEmailAddresses, c.PermittedURIDomains = nil, nil, nil, nil
		}), key, "not constrained to hosts", true},
		"not critical":     {signed(func(c *x509.Certificate) { c.PermittedDNSDomainsCritical = false }), key, "not constrained to hosts", true},
		"any DNS name":     {signed(func(c *x509.Certificate) { c.PermittedDNSDomains = []string{""} }), key, "which is no host", true},
		"any address":      {signed(func(c *x509.Certificate) { c.ExcludedIPRanges = nil }), key, "not constrained to hosts", true},
		"any IPv6 address": {signed(func(c *x509.Certificate) { c.ExcludedIPRanges = c.ExcludedIPRanges[:1] }), key, "not constrained to hosts", true},
		"a block of them": {signed(func(c *x509.Certificate) {
			c.PermittedIPRanges = []*net.IPNet{{IP: net.IP{10, 0, 0, 0}, Mask: net.CIDRMask(8, 32)}}
		}), key, "not single addresses", true},
		"any mail":            {signed(func(c *x509.Certificate) { c.PermittedEmailAddresses = nil }), key, "not constrained to hosts", true},
		"names of a domain":   {signed(func(c *x509.Certificate) { c.PermittedDNSDomains = []string{".example.com"} }), key, "which is no host", true},
		"no host at all":      {signed(func(c *x509.Certificate) { c.PermittedDNSDomains = []string{nowhere} }), key, "permits no host", true},
		"key, no certificate": {"-", key, "", false},
		"nothing":             {"-", "-", "", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			f := place(t, dir, test.cert, test.key)
			roots := rootsAt(t, dir, &clock{now})
			a := mustRoot(t, roots, someProfile, "example.com")
			if a.Certificate().Equal(r.cert) || a.root.key == r.key {
				t.Error("the old root is used")
			}
			if got := read(t, f.cert()); got != string(a.PEM()) {
				t.Error("another root was saved")
			}
			retired, err := roots.Retired()
			if err != nil || (len(retired) == 1) != test.retired {
				t.Errorf("retired are %v (%v)", retired, err)
			}
			if notice := roots.Renewed(someProfile); test.retired && !strings.Contains(notice, test.why) {
				t.Errorf("the notice is %q, and doesn't say %q", notice, test.why)
			}
			again := mustRoot(t, rootsAt(t, dir, &clock{now}), someProfile, "example.com")
			if !again.Certificate().Equal(a.Certificate()) {
				t.Error("and once more it was replaced")
			}
		})
	}
}

// What is no damage is not replaced: a clock that is wrong, and files that can't
// be read.
func TestForKeepsWhatMayBeGood(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	future, futureKey, _ := caText(t, now.AddDate(0, 0, 3))
	t.Run("not valid yet", func(t *testing.T) {
		dir := t.TempDir()
		f := place(t, dir, future, futureKey)
		clock := &clock{now}
		roots := rootsAt(t, dir, clock)
		for _, hosts := range [][]string{{"example.com"}, {"example.com", "example.org"}} {
			if _, err := roots.For(someProfile, hosts); err == nil || !strings.Contains(err.Error(), "set the clock") || !strings.Contains(err.Error(), f.dir) {
				t.Errorf("%v", err)
			}
		}
		clock.t = now.AddDate(0, 0, 3)
		if a := mustRoot(t, roots, someProfile, "example.com"); string(a.PEM()) != future {
			t.Error("it was replaced")
		}
	})
	t.Run("no file", func(t *testing.T) {
		for _, file := range []string{certFile, keyFile} {
			dir := t.TempDir()
			cert, key, _ := caText(t, now)
			f := place(t, dir, cert, key)
			had := rootsAt(t, dir, &clock{now})
			before := mustRoot(t, had, someProfile, "example.com")
			path := filepath.Join(f.dir, file)
			if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o700)); err != nil {
				t.Fatal(err)
			}
			if a, err := rootsAt(t, dir, &clock{now}).For(someProfile, []string{"example.com"}); a != nil || err == nil || !strings.Contains(err.Error(), "make the file readable") {
				t.Errorf("%s: %v", file, err)
			}
			if a, err := had.For(someProfile, []string{"example.com"}); a != before || err == nil {
				t.Errorf("%s: the root that was read before is no longer had: %v", file, err)
			}
		}
	})
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

func TestForReadsWhatOpensslWrites(t *testing.T) {
	cert, _, r := caText(t, time.Now())
	der, err := x509.MarshalECPrivateKey(r.key.(*ecdsa.PrivateKey))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	place(t, dir, "Subject: a comment before it\n"+cert, pemText("EC PARAMETERS", []byte("skipped"))+pemText("EC PRIVATE KEY", der))
	if a := mustRoot(t, rootsAt(t, dir, &clock{}), someProfile, "example.com"); !a.Certificate().Equal(r.cert) {
		t.Error("another certificate was opened")
	}
}

func TestForNeedsNoLockWhereARootIs(t *testing.T) {
	dir := t.TempDir()
	first := mustOpen(t, dir)
	l := flock.New(filepath.Join(dir, lockFile))
	if ok, err := l.TryLock(); !ok || err != nil {
		t.Fatal("For left its lock behind:", err)
	}
	defer l.Close()
	if second := mustOpen(t, dir); !second.Certificate().Equal(first.Certificate()) {
		t.Error("another root")
	}
}

func TestForWhereNoFolderCanBe(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	roots := rootsAt(t, filepath.Join(file, "corsage"), &clock{})
	if a, err := roots.For(someProfile, someHosts); a != nil || err == nil || !strings.Contains(err.Error(), "dev CA") {
		t.Errorf("the error is %v", err)
	}
	if err := roots.Sweep(t.TempDir()); err == nil {
		t.Error("nothing to sweep in, and no error")
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
		if !r.cert.IsCA || r.key == nil || len(r.hosts) == 0 {
			t.Errorf("parsed something that is no CA: %+v", r)
		}
		if err := r.validAt(r.cert.NotAfter.Add(time.Second)); !errors.Is(err, errExpired) {
			t.Errorf("valid after its end: %v", err)
		}
	})
}
