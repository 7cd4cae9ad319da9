package proxy_test

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"corsage/proxy"
	"corsage/proxy/authority"
	"corsage/proxy/record"
)

// signedBy is rule for a profile with a root of its own; nil for none.
func signedBy(t *testing.T, profile, url string, ca *authority.Authority) *proxy.Rule {
	t.Helper()
	r := rule(t, url, nil)
	r.Profile, r.Authority = profile, ca
	return r
}

// applied are rules as they are, also where they have no root.
func (r *rig) applied(rules ...*proxy.Rule) { r.Server.Apply(proxy.NewRuleset(rules...)) }

// meet connects to target and asks by TLS for serverName, "" for none, with a
// client that trusts the roots.
func (r *rig) meet(t *testing.T, target, serverName string, roots ...*authority.Authority) (*tls.Conn, error) {
	t.Helper()
	pool := x509.NewCertPool()
	for _, a := range roots {
		pool.AddCert(a.Certificate())
	}
	conn, _ := r.connect(t, target)
	config := &tls.Config{RootCAs: pool, ServerName: serverName}
	if serverName == "" { // as for an address
		config.InsecureSkipVerify = true
	}
	secure := tls.Client(conn, config)
	t.Cleanup(func() { _ = secure.Close() })
	return secure, secure.HandshakeContext(t.Context())
}

// signer is whose root signed what a client got.
func signer(t *testing.T, c *tls.Conn, roots map[string]*authority.Authority) string {
	t.Helper()
	leaf := c.ConnectionState().PeerCertificates[0]
	for name, a := range roots {
		if leaf.CheckSignatureFrom(a.Certificate()) == nil {
			return name
		}
	}
	return "nobody"
}

// The root that signs is that of the rule which chose the connection, or of one
// that may sign for the name which the client asks for.
func TestWhoseRootSigns(t *testing.T) {
	roots := map[string]*authority.Authority{
		"shop":  newCAFor(t, "dev.example.com", "10.0.0.5"),
		"other": newCAFor(t, "other.test"),
		"again": newCAFor(t, "dev.example.com"),
		"stale": newCAFor(t, "old.test"), // of a profile that has got new.test, and could not be renewed
	}
	r := start(t)
	r.applied(
		signedBy(t, "Plain", "http://dev.example.com", nil),
		signedBy(t, "Shop", "https://dev.example.com", roots["shop"]),
		signedBy(t, "Shop", "https://10.0.0.5", roots["shop"]),
		signedBy(t, "Again", "https://dev.example.com", roots["again"]),
		signedBy(t, "Again", "https://dev.example.com:8443", roots["again"]),
		signedBy(t, "Other", "https://*.other.test:*", roots["other"]),
		signedBy(t, "Stale", "https://new.test", roots["stale"]),
		signedBy(t, "None", "https://none.test", nil),
	)
	for _, c := range []struct {
		connect, asks string
		signer        string // "" for the alert unrecognized_name
		row           string // in the log then
	}{
		{"dev.example.com:443", "dev.example.com", "shop", ""},
		{"dev.example.com:443", "DEV.example.com", "shop", ""},
		{"dev.example.com:443", "", "shop", ""},
		{"dev.example.com:8443", "dev.example.com", "again", ""},
		{"10.0.0.5:443", "", "shop", ""},
		{"10.0.0.5:443", "dev.example.com", "shop", ""},
		{"a.other.test:1234", "a.other.test", "other", ""},
		{"10.0.0.5:443", "a.other.test", "other", ""},
		{"10.0.0.5:443", "evil.test", "", `the connection is to 10.0.0.5, but the browser asks for evil.test: add https://evil.test to the profile "Shop"`},
		{"new.test:443", "new.test", "", `the root certificate of the profile "Stale" does not cover new.test`},
		{"new.test:443", "old.test", "stale", ""},
		{"none.test:443", "none.test", "", `the profile "None" has no root certificate`},
		{"none.test:443", "", "", `the profile "None" has no root certificate`},
	} {
		name := c.connect + " " + c.asks
		conn, err := r.meet(t, c.connect, c.asks, roots["shop"], roots["other"], roots["again"], roots["stale"])
		if c.signer != "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			} else if got := signer(t, conn, roots); got != c.signer {
				t.Errorf("%s: signed by %s's root, want %s's", name, got, c.signer)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), "unrecognized name") {
			t.Errorf("%s: the client got %v", name, err)
		}
		r.entry(t, func(e *record.Entry) bool {
			return e.State == record.Aborted && e.Host == c.connect && strings.Contains(e.Error, "no certificate to show") && strings.Contains(e.Error, c.row)
		})
	}
}

// A root that is renewed signs new connections. Those that are open go on, and
// sessions that were begun resume.
func TestRootRenewedWhileServing(t *testing.T) {
	b := backend(t, echo, false)
	r := start(t)
	one, two := newCAFor(t, "example.com"), newCAFor(t, "example.com", "more.test")
	roots := map[string]*authority.Authority{"one": one, "two": two}
	with := func(ca *authority.Authority) *proxy.Rule {
		rl := rule(t, "https://example.com", b)
		rl.Authority = ca
		return rl
	}
	r.applied(with(one))
	conn, err := r.meet(t, "example.com:443", "example.com", one)
	if err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(conn)
	ask := func() {
		t.Helper()
		fmt.Fprint(conn, "GET /x HTTP/1.1\r\nHost: example.com\r\n\r\n")
		resp, err := http.ReadResponse(in, nil)
		if err != nil || resp.StatusCode != 200 {
			t.Fatalf("over the open connection: %v %v", resp, err)
		}
		if _, err := io.Copy(io.Discard, resp.Body); err != nil {
			t.Fatal(err)
		}
	}
	ask()
	r.applied(with(two))
	ask()
	if _, err := r.meet(t, "example.com:443", "example.com", one); err == nil {
		t.Error("a client that trusts the old root alone got a new connection")
	}
	fresh, err := r.meet(t, "example.com:443", "example.com", two)
	if err != nil {
		t.Fatal(err)
	}
	if got := signer(t, fresh, roots); got != "two" {
		t.Errorf("signed by root %s", got)
	}
	ask()
}
