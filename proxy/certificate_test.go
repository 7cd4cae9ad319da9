package proxy_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"corsage/proxy"
	"corsage/proxy/record"
)

// issuer is a certificate authority of a test.
type issuer struct {
	certificate *x509.Certificate
	key         crypto.Signer
}

func newIssuer(t *testing.T, name string) *issuer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	i := &issuer{key: key}
	i.certificate = i.sign(t, key, func(c *x509.Certificate) {
		c.Subject.CommonName, c.IsCA, c.BasicConstraintsValid = name, true, true
		c.KeyUsage = x509.KeyUsageCertSign
	}).Leaf
	return i
}

// sign makes a certificate for key, for example.com and one day either way
// unless edit says otherwise.
func (i *issuer) sign(t *testing.T, key crypto.Signer, edit func(*x509.Certificate)) tls.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "a test"}, DNSNames: []string{"example.com"},
		NotBefore: time.Now().Add(-24 * time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if edit != nil {
		edit(template)
	}
	parent := i.certificate
	if parent == nil {
		parent = template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), i.key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

func (i *issuer) pem() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: i.certificate.Raw})
}

// issue makes a certificate with a key of its own.
func (i *issuer) issue(t *testing.T, edit func(*x509.Certificate)) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return i.sign(t, key, edit)
}

// serveTLS is a backend that speaks TLS as config says.
func serveTLS(t *testing.T, config *tls.Config) *httptest.Server {
	t.Helper()
	b := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := "nobody"
		if len(r.TLS.PeerCertificates) > 0 {
			name = r.TLS.PeerCertificates[0].Subject.CommonName
		}
		fmt.Fprintf(w, "%s for %s at %s, asked for %s", name, r.Host, r.Proto, r.TLS.ServerName)
	}))
	b.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	b.TLS = config
	b.EnableHTTP2 = config.NextProtos != nil
	b.StartTLS()
	t.Cleanup(b.Close)
	return b
}

// to is a rule for https://example.com that goes to address and trusts ca.
func to(t *testing.T, address string, ca *issuer) *proxy.Rule {
	t.Helper()
	r := rule(t, "https://example.com", nil, allow)
	r.Upstream = &url.URL{Scheme: "https", Host: address}
	r.CA = ca.pem()
	return r
}

// A client certificate is shown to the server that asks for it; without one, or
// with a wrong one, page and log say what to do.
func TestClientCertificate(t *testing.T) {
	ca, other := newIssuer(t, "the CA"), newIssuer(t, "another CA")
	me := ca.issue(t, func(c *x509.Certificate) { c.Subject.CommonName = "me" })
	stranger := other.issue(t, nil)
	expired := ca.issue(t, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Hour) })
	pool := x509.NewCertPool()
	pool.AddCert(ca.certificate)
	const set = "Set certificate: in the profile's backend"
	for _, c := range []struct {
		name  string
		shown *tls.Certificate
		want  []string
	}{
		{"given", &me, []string{"me for example.com"}},
		{"none", nil, []string{"it wants a client certificate", set}},
		{"from another authority", &stranger, []string{"it refused the client certificate", "Is the file in certificate: the one for this server"}},
		{"expired", &expired, []string{"it refused the client certificate"}},
	} {
		for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
			for _, next := range [][]string{nil, {"h2"}} {
				t.Run(fmt.Sprintf("%s, %s %s", c.name, tls.VersionName(version), next), func(t *testing.T) {
					b := serveTLS(t, &tls.Config{
						Certificates: []tls.Certificate{ca.issue(t, nil)}, MaxVersion: version, NextProtos: next,
						ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool,
					})
					rl := to(t, b.Listener.Addr().String(), ca)
					rl.Certificate = c.shown
					r := start(t, rl)
					resp, body := get(t, r.client, "https://example.com/", "Origin", page)
					e := r.entry(t, func(e *record.Entry) bool { return e.State == record.Done })
					if good := c.shown == &me; good != (resp.StatusCode == 200) || !good && resp.StatusCode != 502 {
						t.Errorf("%s", resp.Status)
					}
					for _, want := range c.want {
						if !strings.Contains(body, want) || resp.StatusCode == 502 && !strings.Contains(e.Error, want) {
							t.Errorf("the page says %q, the log %q, want %q", body, e.Error, want)
						}
					}
				})
			}
		}
	}
}

// A server may ask for a certificate and do without, and a certificate that was
// changed counts with the next request.
func TestClientCertificateChanges(t *testing.T) {
	ca := newIssuer(t, "the CA")
	b := serveTLS(t, &tls.Config{Certificates: []tls.Certificate{ca.issue(t, nil)}, ClientAuth: tls.RequestClientCert})
	r := start(t)
	for _, name := range []string{"nobody", "one", "two", "nobody"} {
		rl := to(t, b.Listener.Addr().String(), ca)
		if name != "nobody" {
			c := ca.issue(t, func(c *x509.Certificate) { c.Subject.CommonName = name })
			rl.Certificate = &c
		}
		r.Apply(proxy.NewRuleset(rl))
		if _, body := get(t, r.client, "https://example.com/"); !strings.HasPrefix(body, name+" for") {
			t.Errorf("want %s, got %s", name, body)
		}
	}
}

// The certificate is for the backend, not for the proxy on the way.
func TestClientCertificateIsNotForProxies(t *testing.T) {
	ca := newIssuer(t, "the CA")
	b := serveTLS(t, &tls.Config{Certificates: []tls.Certificate{ca.issue(t, nil)}, ClientAuth: tls.RequestClientCert})
	asked := make(chan int, 1)
	secure := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- len(r.TLS.PeerCertificates)
		join(w, b.Listener.Addr().String(), "HTTP/1.1 200 OK\r\n\r\n")
	}))
	secure.TLS = &tls.Config{ClientAuth: tls.RequestClientCert, Certificates: []tls.Certificate{ca.issue(t, func(c *x509.Certificate) {
		c.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
	})}}
	secure.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	secure.StartTLS()
	defer secure.Close()
	me := ca.issue(t, func(c *x509.Certificate) { c.Subject.CommonName = "me" })
	rl := through(t, to(t, "10.1.2.3:443", ca), secure.URL)
	rl.Certificate = &me
	if _, body := get(t, start(t, rl).client, "https://example.com/"); !strings.HasPrefix(body, "me for") {
		t.Error(body)
	}
	if n := <-asked; n != 0 {
		t.Error("the proxy got the certificate")
	}
	// nor is the proxy let off the verification
	rl.Insecure, rl.CA, rl.Authority = true, nil, nil
	if resp, body := get(t, start(t, rl).client, "https://example.com/"); resp.StatusCode != 502 || !strings.Contains(body, "the proxy https://127.0.0.1:") {
		t.Errorf("%s %s", resp.Status, body)
	}
}

// ServerName changes what TLS asks for and verifies, and nothing else.
func TestServerName(t *testing.T) {
	ca := newIssuer(t, "the CA")
	cert := ca.issue(t, func(c *x509.Certificate) { c.DNSNames = []string{"internal.test"} })
	for _, next := range [][]string{nil, {"h2"}} {
		b := serveTLS(t, &tls.Config{NextProtos: next, GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			if hello.ServerName != "internal.test" {
				return nil, nil
			}
			return &cert, nil
		}})
		rl := to(t, b.Listener.Addr().String(), ca)
		r := start(t, rl)
		if resp, body := get(t, r.client, "https://example.com/"); resp.StatusCode != 502 {
			t.Errorf("without it: %s %s", resp.Status, body)
		}
		named := *rl
		named.ServerName = "internal.test"
		r.Apply(proxy.NewRuleset(&named))
		if resp, body := get(t, r.client, "https://example.com/"); resp.StatusCode != 200 || !strings.Contains(body, "for example.com at") || !strings.HasSuffix(body, "asked for internal.test") {
			t.Errorf("with it: %s %s", resp.Status, body)
		}
		wrong := named
		wrong.ServerName = "other.test"
		r.Apply(proxy.NewRuleset(&wrong))
		if resp, body := get(t, r.client, "https://example.com/"); resp.StatusCode != 502 {
			t.Errorf("with a wrong one: %s %s", resp.Status, body)
		}
	}
}

// What is wrong with a server's certificate or its TLS, told in the page and in
// the log, with what to do.
func TestBadCertificates(t *testing.T) {
	ca := newIssuer(t, "the CA")
	strong, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	rsaCA := &issuer{key: strong}
	rsaCA.certificate = rsaCA.sign(t, strong, func(c *x509.Certificate) {
		c.IsCA, c.BasicConstraintsValid, c.KeyUsage = true, true, x509.KeyUsageCertSign
	}).Leaf
	leafKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	kilobit, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	one := func(c tls.Certificate) *tls.Config { return &tls.Config{Certificates: []tls.Certificate{c}} }
	self := &issuer{}
	self.key, _ = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	const insecure = "insecure: true"
	for _, c := range []struct {
		name     string
		config   *tls.Config
		ca       *issuer
		want     []string // none if it is good
		insecure bool     // whether insecure: true helps
	}{
		{"good", one(ca.issue(t, nil)), ca, nil, true},
		{"expired", one(ca.issue(t, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Hour) })), ca,
			[]string{"its certificate has expired or is not valid yet", "Renew it on the server and check this machine's clock", insecure}, true},
		{"not valid yet", one(ca.issue(t, func(c *x509.Certificate) { c.NotBefore = time.Now().Add(time.Hour) })), ca,
			[]string{"its certificate has expired or is not valid yet", "check this machine's clock"}, true},
		{"self-signed", one(self.sign(t, self.key, nil)), ca,
			[]string{"signed by an authority that this machine does not trust", "Set ca: to the authority's PEM file", insecure}, true},
		{"unknown authority", one(newIssuer(t, "another CA").issue(t, nil)), ca,
			[]string{"signed by an authority that this machine does not trust", "Set ca:"}, true},
		{"another host", one(ca.issue(t, func(c *x509.Certificate) { c.DNSNames = []string{"www.example.org"} })), ca,
			[]string{"its certificate is for another host", "www.example.org", "server-name:"}, true},
		{"no name", one(ca.issue(t, func(c *x509.Certificate) { c.DNSNames, c.Subject.CommonName = nil, "example.com" })), ca,
			[]string{"its certificate is for another host", insecure}, true},
		{"for clients only", one(ca.issue(t, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} })), ca,
			[]string{"its certificate is not valid", insecure}, true},
		{"SHA-1", one(rsaCA.sign(t, leafKey, func(c *x509.Certificate) { c.SignatureAlgorithm = x509.SHA1WithRSA })), rsaCA,
			[]string{"is signed with SHA-1 or MD5", "SHA-256", insecure}, true},
		{"RSA with 1024 bits", one(rsaCA.sign(t, kilobit, nil)), rsaCA, nil, true},
		{"TLS 1.1", &tls.Config{Certificates: []tls.Certificate{rsaCA.sign(t, leafKey, nil)}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, rsaCA,
			[]string{"it speaks only old versions of TLS (1.1 or before)", "Turn TLS 1.2 or newer on at the server"}, false},
		{"old ciphers", &tls.Config{Certificates: []tls.Certificate{rsaCA.sign(t, leafKey, nil)}, MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_GCM_SHA256}}, rsaCA,
			[]string{"no way of encryption in common", "ECDHE"}, false},
		{"no such site", &tls.Config{GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
			raw := hello.Conn
			_, _ = raw.Write([]byte{21, 3, 3, 0, 2, 2, 112}) // the alert unrecognized_name
			return nil, net.ErrClosed
		}}, ca, []string{"it has no site of the name that TLS asked for", "server-name:"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := serveTLS(t, c.config)
			rl := to(t, b.Listener.Addr().String(), c.ca)
			r := start(t, rl)
			told(t, r, c.want)
			lax := *rl
			lax.Insecure = true
			r.Apply(proxy.NewRuleset(&lax))
			if resp, body := get(t, r.client, "https://example.com/"); (resp.StatusCode == 200) != c.insecure {
				t.Errorf("with insecure: true: %s %s", resp.Status, body)
			}
		})
	}
}

// told asks for https://example.com/ and compares what page and log say of the
// failure; there is none where want is nil.
func told(t *testing.T, r *rig, want []string) {
	t.Helper()
	resp, body := get(t, r.client, "https://example.com/", "Origin", page)
	e := r.entry(t, func(e *record.Entry) bool { return e.State == record.Done })
	if want == nil {
		if resp.StatusCode != 200 {
			t.Errorf("%s %s", resp.Status, body)
		}
		return
	}
	if resp.StatusCode != 502 || resp.Header.Get("Access-Control-Allow-Origin") != page {
		t.Errorf("%s %v", resp.Status, resp.Header)
	}
	for _, w := range append(want, "https://example.com (at https://127.0.0.1:") {
		if !strings.Contains(body, w) || !strings.Contains(e.Error, w) {
			t.Errorf("the page says\n%s\nthe log says\n%s\nwant %q", body, e.Error, w)
		}
	}
}
