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
	"slices"
	"strings"
	"testing"

	"corsage/proxy"
	"corsage/proxy/session"
)

// certificate returns a new one in PEM.
func certificate(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "a test"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	must(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func TestRules(t *testing.T) {
	dir := t.TempDir()
	cert := certificate(t)
	write(t, filepath.Join(dir, "certs", "ca.pem"), "# for people\n"+cert)
	held := session.NewStore()
	p := &Profile{
		Name: "Shop",
		Backends: []Backend{
			{URL: "https://a.test/x", Path: "^/x/api", Upstream: "http://localhost:8000/v1", CA: "certs/ca.pem", Insecure: true},
			{URL: "wss://*.b.test:*"},
		},
		Origins: []string{"null", `/http://[a-z]+\.test/`},
		Toggles: map[string]bool{"cookie-httponly": true, "answer-preflight": false},
		CSRF:    CSRF{Cookie: "XSRF-TOKEN"},
	}
	rules, err := p.Rules(dir, held)
	must(t, err)
	if len(rules) != 2 {
		t.Fatalf("%d rules", len(rules))
	}
	r := rules[0]
	if r.Profile != "Shop" || r.Backend.String() != "https://a.test/x" || r.Path.String() != "^/x/api" ||
		r.Upstream.String() != "http://localhost:8000/v1" || !strings.HasSuffix(string(r.CA), cert) || !r.Insecure {
		t.Errorf("%+v", r)
	}
	if q := rules[1]; q.Backend.String() != "https://*.b.test:*" || q.Path != nil || q.Upstream != nil || q.CA != nil || q.Insecure {
		t.Errorf("%+v", q)
	}
	for _, r := range rules {
		if r.Sessions != held || r.CSRF != (proxy.CSRF{Cookie: "XSRF-TOKEN", Header: "X-CSRFToken"}) {
			t.Errorf("%+v", r)
		}
		for origin, want := range map[string]bool{"null": true, "http://a.test": true, "http://a.test.evil": false, "http://localhost:3000": false} {
			if r.Origins.Allows(origin) != want {
				t.Errorf("%s: %v", origin, !want)
			}
		}
		var got []string
		for _, m := range r.Modifiers {
			got = append(got, m.Name)
		}
		if !slices.Equal(got, toggleNames()[1:]) {
			t.Errorf("modifiers %q", got)
		}
	}
	p.Origins = nil
	rules, err = p.Rules(dir, held)
	must(t, err)
	if !rules[0].Origins.Allows("https://localhost:5173") || rules[0].Origins.Allows("null") {
		t.Error("the default origins are others")
	}
}

func TestRulesCA(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "key.pem"), "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n")
	write(t, filepath.Join(dir, "broken.pem"), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
	write(t, filepath.Join(dir, "good.pem"), certificate(t))
	write(t, filepath.Join(dir, "big.pem"), strings.Repeat(" ", maxCA+1))
	for ca, want := range map[string]string{
		"none.pem":                     "relative to the profile file",
		"key.pem":                      "holds no certificate",
		"broken.pem":                   "broken certificate",
		"big.pem":                      "at most",
		".":                            "is no file",
		"good.pem":                     "",
		"./good.pem":                   "",
		filepath.Join(dir, "good.pem"): "",
	} {
		p := Profile{Name: "a", Backends: []Backend{{URL: "https://a.test"}, {URL: "https://b.test", CA: ca}}}
		_, err := p.Rules(dir, session.NewStore())
		var errs Errors
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", ca, err)
		case want != "" && (!errors.As(err, &errs) || errs[0].Field != "backends[1].ca" || !strings.Contains(errs[0].Message, want)):
			t.Errorf("%s: got %v, want %s", ca, err, want)
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

func TestCheck(t *testing.T) {
	if _, err := Check("testdata/good/issue.yaml"); err == nil || !strings.HasPrefix(err.Error(), "testdata/good/issue.yaml:6:9: backends[0].ca: there is no file testdata/good/certs/internal-ca.pem") {
		// the folder is the one that symbolic links lead to
		t.Errorf("a ca file that is missing: %v", err)
	}
	warnings, err := Check("testdata/good/unknown.yaml")
	if err != nil || len(warnings) != 4 {
		t.Errorf("got %v, %v", warnings, err)
	}
	if _, err := Check("testdata/none.yaml"); err == nil || !strings.Contains(err.Error(), "testdata/none.yaml: cannot be read") {
		t.Errorf("got %v", err)
	}
}
