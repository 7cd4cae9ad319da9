package proxy_test

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// A host is the same one however it is spelt, and no other.
func TestSpellingsOfHosts(t *testing.T) {
	b := backend(t, echo, false)
	for _, c := range []struct {
		rule, connect, host string
		decrypted           bool
		status              int
	}{
		{"https://example.com", "EXAMPLE.com:443", "example.com", true, 200},
		{"https://example.com", "example.com.:443", "example.com.", true, 200},
		{"https://example.com", "example.com.:443", "example.com", true, 200},
		{"https://example.com", "example.com:443", "example.com:443", true, 200},
		{"https://example.com", "example.com", "example.com", true, 200},
		{"https://example.com", "example.com:443", "example.com:8443", true, 421},
		{"https://example.com", "example.com:443", "evil.test", true, 421},
		{"https://example.com", "example.com:443", "example.com@evil.test", true, 400},
		{"https://*.example.com", "a.b.example.com:443", "a.b.example.com", true, 200},
		{"https://*.example.com", "a.example.com:443", "b.example.com", true, 421},
		{"https://bücher.test:*", "xn--bcher-kva.test:8443", "xn--bcher-kva.test:8443", true, 200},
		{"https://[::1]:8443", "[::1]:8443", "[::1]:8443", true, 200},
		{"https://[::1]:8443", "[0:0:0:0:0:0:0:1]:8443", "[::1]:8443", true, 200},
	} {
		t.Run(c.connect+" "+c.host, func(t *testing.T) {
			rig := start(t, rule(t, c.rule, b))
			rig.Ruleset().Rules()[0].Insecure = true
			conn, _ := rig.connect(t, c.connect)
			pool := x509.NewCertPool()
			pool.AddCert(rig.ca.Certificate())
			name, _, err := net.SplitHostPort(c.connect)
			if err != nil {
				name = c.connect
			}
			secure := tls.Client(conn, &tls.Config{RootCAs: pool, ServerName: name})
			if err := secure.HandshakeContext(t.Context()); (err == nil) != c.decrypted {
				t.Fatalf("handshake: %v", err)
			}
			fmt.Fprintf(secure, "GET /x HTTP/1.1\r\nHost: %s\r\n\r\n", c.host)
			resp, err := http.ReadResponse(bufio.NewReader(secure), nil)
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(resp.Body)
			if resp.StatusCode != c.status || c.status == 200 && !strings.Contains(string(body), "host="+c.host) {
				t.Errorf("%d %s, want %d", resp.StatusCode, body, c.status)
			}
		})
	}
}

// The same in absolute form, where the address decides and the Host field is
// ignored (RFC 9112, section 3.2.2).
func TestSpellingsOfHostsInAbsoluteForm(t *testing.T) {
	b := httptest.NewServer(http.HandlerFunc(echo))
	defer b.Close()
	for _, c := range []struct {
		rule, url, field string
		chosen           bool
		sees             string
	}{
		{"http://dev.test", "http://dev.test/x", "dev.test", true, "dev.test"},
		{"http://dev.test", "http://DEV.Test/x", "dev.test", true, "DEV.Test"},
		{"http://dev.test", "HTTP://dev.test/x", "dev.test", true, "dev.test"},
		{"http://dev.test", "http://dev.test./x", "dev.test.", true, "dev.test."},
		{"http://dev.test", "http://dev.test:80/x", "dev.test", true, "dev.test:80"},
		{"http://dev.test", "http://dev.test:/x", "dev.test:", true, "dev.test:"}, // an empty port is the default one
		{"http://dev.test", "http://dev.test/x", "other.test", true, "dev.test"},
		{"http://dev.test:8080", "http://dev.test:8080/x", "dev.test:8080", true, "dev.test:8080"},
		{"http://bücher.test", "http://xn--bcher-kva.test/x", "xn--bcher-kva.test", true, "xn--bcher-kva.test"},
		{"http://bücher.test", "http://XN--BCHER-KVA.test/x", "xn--bcher-kva.test", true, "XN--BCHER-KVA.test"},
		{"http://[::1]:8080", "http://[::1]:8080/x", "[::1]:8080", true, "[::1]:8080"},
		{"http://[::1]:8080", "http://[0:0:0:0:0:0:0:1]:8080/x", "[::1]:8080", true, "[0:0:0:0:0:0:0:1]:8080"},
		{"http://*.dev.test", "http://a.b.dev.test/x", "a.b.dev.test", true, "a.b.dev.test"},
		{"http://my_service.test", "http://my_service.test/x", "my_service.test", true, "my_service.test"},
		{"http://dev.test:8080", b.URL + "/x", "dev.test:8080", false, strings.TrimPrefix(b.URL, "http://")},
	} {
		t.Run(c.url, func(t *testing.T) {
			r := start(t, rule(t, c.rule, b, allow))
			conn, br := r.dial(t, "http", "")
			fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nOrigin: %s\r\n\r\n", c.url, c.field, page)
			resp, err := http.ReadResponse(br, nil)
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(resp.Body)
			if got := resp.Header.Get("Access-Control-Allow-Origin") == page; got != c.chosen || !strings.Contains(string(body), " host="+c.sees+" ") {
				t.Errorf("%d, chosen %v: %s", resp.StatusCode, got, body)
			}
		})
	}
}

// Names below localhost need no resolver that knows them, as in browsers.
func TestNamesBelowLocalhost(t *testing.T) {
	b := httptest.NewServer(http.HandlerFunc(echo))
	defer b.Close()
	u, _ := url.Parse(b.URL)
	base := "http://shop.localhost:" + u.Port()
	for _, chosen := range []bool{true, false} {
		rig := start(t)
		if chosen {
			rig = start(t, rule(t, base, nil, allow))
		}
		if resp, body := get(t, rig.client, base+"/", "Origin", page); resp.StatusCode != 200 || !strings.Contains(body, "host=shop.localhost") {
			t.Errorf("chosen %v: %d %s", chosen, resp.StatusCode, body)
		}
	}
}

// The proxy knows itself by its other names.
func TestOwnAddressByOtherNames(t *testing.T) {
	rig := start(t)
	_, port, _ := net.SplitHostPort(rig.addr)
	for _, host := range []string{"localhost", "0.0.0.0", "[::]", "[::ffff:127.0.0.1]"} {
		if _, body := get(t, rig.client, "http://"+host+":"+port+"/proxy.pac"); body != "local /proxy.pac" {
			t.Errorf("http://%s: %q", host, body)
		}
		if _, err := rig.client.Get("https://" + host + ":" + port); err == nil || !strings.Contains(err.Error(), "Bad Gateway") {
			t.Errorf("a tunnel to %s: %v", host, err)
		}
	}
}

// An answer that breaks off breaks off at the client where the host was not
// chosen, too.
func TestTruncationElsewhere(t *testing.T) {
	b := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "part")
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}))
	defer b.Close()
	resp, err := start(t).client.Get(b.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); err == nil {
		t.Errorf("%q and no error", body)
	}
}
