package profiles

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"corsage/proxy/session"
)

// certificate returns a new one in PEM.
func certificate(t *testing.T) string {
	t.Helper()
	cert, _ := certificateAndKey(t, time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
	return cert
}

// certificateAndKey returns a new one and its key in PEM.
func certificateAndKey(t *testing.T, from, until time.Time) (cert, key string) {
	t.Helper()
	signer, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "a test"}, NotBefore: from, NotAfter: until}
	der, err := x509.CreateCertificate(rand.Reader, template, template, signer.Public(), signer)
	must(t, err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(signer)
	must(t, err)
	return block("CERTIFICATE", der), block("PRIVATE KEY", pkcs8)
}

func block(kind string, data []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: data}))
}

// Each case is a backend's fields and what is said of them, and at which.
func TestRulesFiles(t *testing.T) {
	dir := t.TempDir()
	now := time.Now()
	cert, key := certificateAndKey(t, now.Add(-time.Hour), now.Add(time.Hour))
	above, _ := certificateAndKey(t, now.Add(-time.Hour), now.Add(time.Hour))
	_, other := certificateAndKey(t, now, now)
	old, oldKey := certificateAndKey(t, now.Add(-48*time.Hour), now.Add(-24*time.Hour))
	early, earlyKey := certificateAndKey(t, now.Add(24*time.Hour), now.Add(48*time.Hour))
	der, _ := pem.Decode([]byte(cert))
	for name, text := range map[string]string{
		"good.pem":    cert,
		"key.pem":     key,
		"both.pem":    "# for people\n" + cert + above + key,
		"keyfirst":    key + cert,
		"upside.pem":  above + cert,
		"other.pem":   other,
		"old.pem":     old + oldKey,
		"early.pem":   early + earlyKey,
		"broken.pem":  block("CERTIFICATE", []byte("AAA")),
		"badkey.pem":  block("PRIVATE KEY", []byte("AAA")),
		"secret.pem":  block("ENCRYPTED PRIVATE KEY", []byte("AAA")),
		"secret1.pem": "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAAA\n-----END EC PRIVATE KEY-----\n",
		"me.p12":      string(der.Bytes),
		"big.pem":     strings.Repeat(" ", maxPEM+1),
	} {
		write(t, filepath.Join(dir, name), text)
	}
	for _, c := range []struct {
		b           Backend
		field, want string
	}{
		{Backend{CA: "good.pem"}, "", ""},
		{Backend{CA: "./good.pem"}, "", ""},
		{Backend{CA: filepath.Join(dir, "good.pem")}, "", ""},
		{Backend{CA: "none.pem"}, "ca", "relative to the profile file"},
		{Backend{CA: "key.pem"}, "ca", "holds no certificate"},
		{Backend{CA: "broken.pem"}, "ca", "broken certificate"},
		{Backend{CA: "big.pem"}, "ca", "at most"},
		{Backend{CA: "."}, "ca", "is no file"},
		{Backend{Certificate: "good.pem", Key: "key.pem"}, "", ""},
		{Backend{Certificate: "both.pem"}, "", ""},
		{Backend{Certificate: "both.pem", Key: "both.pem"}, "", ""},
		{Backend{Certificate: "keyfirst"}, "", ""},
		{Backend{Key: "key.pem"}, "key", "is of no use alone"},
		{Backend{Certificate: "none.pem"}, "certificate", "relative to the profile file"},
		{Backend{Certificate: "good.pem", Key: "none.pem"}, "key", "relative to the profile file"},
		{Backend{Certificate: "."}, "certificate", "is no file"},
		{Backend{Certificate: "key.pem"}, "certificate", "holds no certificate"},
		{Backend{Certificate: "broken.pem"}, "certificate", "broken certificate"},
		{Backend{Certificate: "me.p12"}, "certificate", "openssl pkcs12 -in "},
		{Backend{Certificate: "good.pem"}, "certificate", "holds no key: add it to the file, or name its own as key"},
		{Backend{Certificate: "good.pem", Key: "good.pem"}, "key", "holds no key: it must be PEM"},
		{Backend{Certificate: "good.pem", Key: "badkey.pem"}, "key", "can't be used"},
		{Backend{Certificate: "good.pem", Key: "secret.pem"}, "key", "is encrypted"},
		{Backend{Certificate: "good.pem", Key: "secret1.pem"}, "key", "is encrypted"},
		{Backend{Certificate: "good.pem", Key: "other.pem"}, "key", "does not belong to the first certificate"},
		{Backend{Certificate: "upside.pem", Key: "key.pem"}, "key", "must stand first"},
		{Backend{Certificate: "old.pem"}, "certificate", "has expired on " + now.Add(-24*time.Hour).UTC().Format(time.DateOnly)},
		{Backend{Certificate: "early.pem"}, "certificate", "is not valid before"},
	} {
		c.b.URL = "https://b.test"
		p := Profile{Name: "a", Backends: []Backend{{URL: "https://a.test"}, c.b}}
		rules, err := p.Rules(dir, session.NewStore())
		var errs Errors
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%+v: %v", c.b, err)
		case c.want == "" && c.b.Certificate != "" && string(rules[1].Certificate.Certificate[0]) != string(der.Bytes):
			t.Errorf("%+v: the rule has another certificate", c.b)
		case c.want != "" && (!errors.As(err, &errs) || len(errs) != 1 || errs[0].Field != "backends[1]."+c.field || !strings.Contains(errs[0].Message, c.want)):
			t.Errorf("%+v: got %v, want %s: %s", c.b, err, c.field, c.want)
		}
	}
}

// A ca file is followed as the profile is.
func TestWatchCA(t *testing.T) {
	d := tempDirs(t)
	ca := filepath.Join(d.Config, "certs", "ca.pem")
	must(t, os.MkdirAll(filepath.Dir(ca), 0o755))
	file := filepath.Join(d.Config, "shop.yaml")
	write(t, file, strings.Replace(shop, "# main\n", "# main\n    ca: certs/ca.pem\n", 1))
	write(t, filepath.Join(d.State, "enabled.json"), `{"enabled": ["Shop"]}`)
	s, a := open(t, d)
	var errs Errors
	if err := item(t, s, file).Err; !errors.As(err, &errs) || errs[0].Line != 6 || errs[0].Column != 9 || errs[0].File != file {
		t.Fatalf("got %v", err)
	}
	first := certificate(t)
	write(t, ca, first)
	await(t, s, "the file appears", func() bool { return len(a.rules()) == 1 && string(a.rules()[0].CA) == first })
	second := certificate(t)
	save(t, ca, second)
	await(t, s, "the file changes", func() bool { return string(a.rules()[0].CA) == second })
	must(t, os.Remove(ca))
	await(t, s, "the file is gone", func() bool { return item(t, s, file).Err != nil })
	if r := a.rules(); len(r) != 1 || string(r[0].CA) != second {
		t.Error("the last good version does not work on")
	}
}

// So are the files of a client certificate.
func TestWatchCertificate(t *testing.T) {
	d := tempDirs(t)
	now := time.Now()
	one, key := certificateAndKey(t, now.Add(-time.Hour), now.Add(time.Hour))
	folder := filepath.Join(d.Config, "certs")
	must(t, os.MkdirAll(folder, 0o755))
	write(t, filepath.Join(folder, "me.pem"), one)
	file := filepath.Join(d.Config, "shop.yaml")
	write(t, file, strings.Replace(shop, "# main\n", "# main\n    certificate: certs/me.pem\n    key: certs/me-key.pem\n", 1))
	write(t, filepath.Join(d.State, "enabled.json"), `{"enabled": ["Shop"]}`)
	s, a := open(t, d)
	var errs Errors
	if err := item(t, s, file).Err; !errors.As(err, &errs) || errs[0].Line != 7 || errs[0].Column != 10 || errs[0].Field != "backends[0].key" {
		t.Fatalf("got %v", err)
	}
	write(t, filepath.Join(folder, "me-key.pem"), key)
	await(t, s, "the key appears", func() bool { return len(a.rules()) == 1 && a.rules()[0].Certificate != nil })
	first := a.rules()[0].Certificate.Certificate[0]
	two, key := certificateAndKey(t, now.Add(-time.Hour), now.Add(2*time.Hour))
	save(t, filepath.Join(folder, "me.pem"), two+key)
	await(t, s, "they no longer fit", func() bool { return item(t, s, file).Err != nil })
	if string(a.rules()[0].Certificate.Certificate[0]) != string(first) {
		t.Error("the last good version does not work on")
	}
	save(t, filepath.Join(folder, "me-key.pem"), key)
	await(t, s, "both have changed", func() bool { return string(a.rules()[0].Certificate.Certificate[0]) != string(first) })
}

// A password in a file that is made for sharing.
func TestProxyPassword(t *testing.T) {
	for proxy, want := range map[string]bool{"http://me:secret@proxy.test:3128": true, "http://me@proxy.test:3128": false, "direct": false} {
		_, warnings, err := Parse("x.yaml", []byte("name: Shop\nbackends: [{url: https://a.test}]\nproxy: "+proxy+"\n"))
		must(t, err)
		if (len(warnings) == 1) != want {
			t.Fatalf("%s: %v", proxy, warnings)
		}
		if want && (warnings[0].Error() != "x.yaml:3:8: proxy: has a password, which whoever gets this file can read: write http://proxy.test:3128 here, and the whole URL into HTTPS_PROXY, whose user and password are then used") {
			t.Error(warnings[0].Error())
		}
	}
}
