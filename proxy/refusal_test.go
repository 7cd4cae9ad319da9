package proxy_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"corsage/proxy"
	"corsage/proxy/record"
)

// viaNode asks for https://example.com/ through the proxy at argv[2], with TLS
// up to version argv[3], as an agent does.
const viaNode = `
const [, , proxy, version] = process.argv, [host, port] = proxy.split(':')
const s = require('net').connect(port, host, () => s.write('CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n'))
s.once('data', () => {
  const secure = require('tls').connect({socket: s, servername: 'example.com', maxVersion: version}, () => secure.write('GET / HTTP/1.1\r\n\r\n'))
  secure.on('error', () => process.exit(1))
})`

// viaPython does the same.
const viaPython = `
import sys, ssl, urllib.request as u
c = ssl.create_default_context()
c.maximum_version = ssl.TLSVersion[sys.argv[2].replace('.', '_')]
u.build_opener(u.ProxyHandler({'https': 'http://' + sys.argv[1]}), u.HTTPSHandler(context=c)).open('https://example.com/')`

// Programs that don't trust the certificate are logged as such, each by the way
// in which it refuses, and those that only look are not.
func TestRefusalByPrograms(t *testing.T) {
	script := filepath.Join(t.TempDir(), "get.js")
	if err := os.WriteFile(script, []byte(viaNode), 0o600); err != nil {
		t.Fatal(err)
	}
	curl := func(max string) []string {
		return []string{"curl", "-sS", "--capath", t.TempDir(), "--tls-max", max, "-x", "http://{proxy}", "https://example.com/"}
	}
	openssl := func(args ...string) []string {
		return append([]string{"openssl", "s_client", "-proxy", "{proxy}", "-connect", "example.com:443", "-servername", "example.com"}, args...)
	}
	silent := "silent"
	for _, c := range []struct {
		name string
		args []string
		want string // alert; silent; "" for no row
	}{
		{"curl, TLS 1.3", curl("1.3"), "unknown_ca"},
		{"curl, TLS 1.2", curl("1.2"), "unknown_ca"},
		{"openssl, TLS 1.3", openssl("-verify_return_error"), "unknown_ca"},
		{"openssl, TLS 1.2", openssl("-verify_return_error", "-tls1_2"), "unknown_ca"},
		{"openssl that only looks", openssl(), ""},
		{"openssl that only looks, TLS 1.2", openssl("-tls1_2"), ""},
		{"node, TLS 1.3", []string{"node", script, "{proxy}", "TLSv1.3"}, silent},
		{"node, TLS 1.2", []string{"node", script, "{proxy}", "TLSv1.2"}, silent},
		{"python, TLS 1.3", []string{"python3", "-c", viaPython, "{proxy}", "TLSv1.3"}, "unknown_ca"},
		{"python, TLS 1.2", []string{"python3", "-c", viaPython, "{proxy}", "TLSv1.2"}, "unknown_ca"},
		{"wget", []string{"wget", "-q", "-O-", "-e", "https_proxy=http://{proxy}", "https://example.com/"}, silent},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := exec.LookPath(c.args[0]); err != nil {
				if os.Getenv("CI") != "" {
					t.Fatalf("%v (.ci/setup --tests)", err)
				}
				t.Skip(err)
			}
			rig := start(t, rule(t, "https://example.com", backend(t, echo, false)))
			for i, a := range c.args {
				c.args[i] = strings.ReplaceAll(a, "{proxy}", rig.addr)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, c.args[0], c.args[1:]...) // its stdin is empty
			out, err := cmd.CombinedOutput()
			if (err == nil) != (c.want == "") {
				t.Fatalf("%v: %v\n%s", cmd, err, out)
			}
			if c.want == "" {
				rig.refuse(t, "last", x509.NewCertPool())
			}
			e := rig.entry(t, func(e *record.Entry) bool { return e.Refusal != nil })
			want := strings.TrimPrefix(c.want, silent)
			if c.want == "" {
				if got := e.Request.Head.Header().Get("User-Agent"); got != "last" {
					t.Errorf("a look is taken for a refusal: %+v %+v\n%s", e, e.Refusal, out)
				}
				return
			}
			if e.Refusal.Alert != want || e.Refusal.Count != 1 || e.Refusal.Last.IsZero() || !e.Refusal.Untrusted() {
				t.Errorf("refusal %+v", e.Refusal)
			}
			if e.Profile != "Test" || e.Host != "example.com:443" || e.State != record.Aborted || e.Error == "" {
				t.Errorf("entry %+v", e)
			}
			if agent := e.Request.Head.Header().Get("User-Agent"); strings.HasPrefix(c.name, "curl") != strings.HasPrefix(agent, "curl/") {
				t.Errorf("User-Agent %q", agent)
			}
		})
	}
}

// refuse asks for example.com with a User-Agent and trust in pool alone, and
// expects not to get there.
func (r *rig) refuse(t *testing.T, agent string, pool *x509.CertPool) {
	t.Helper()
	r.refuseHost(t, "example.com", agent, &tls.Config{RootCAs: pool})
}

func (r *rig) refuseHost(t *testing.T, host, agent string, config *tls.Config) {
	t.Helper()
	tr := &http.Transport{
		Proxy: http.ProxyURL(&url.URL{Scheme: "http", Host: r.addr}), TLSClientConfig: config,
		ProxyConnectHeader: http.Header{"User-Agent": {agent}},
	}
	defer tr.CloseIdleConnections()
	if resp, err := (&http.Client{Transport: tr}).Get("https://" + host + "/"); err == nil {
		resp.Body.Close()
		t.Fatal("the certificate was accepted")
	}
}

// A client that tries again is one row that counts; another client, and the same
// one for another host, are others. What the window has cleared comes anew.
func TestRefusalsAreCounted(t *testing.T) {
	rig := start(t, rule(t, "https://example.com", nil), rule(t, "https://example.org", nil))
	none := &tls.Config{RootCAs: x509.NewCertPool()}
	for range 3 {
		rig.refuseHost(t, "example.com", "one", none)
	}
	rig.refuseHost(t, "example.com", "two", none)
	rig.refuseHost(t, "example.org", "one", none)
	for _, c := range []struct {
		agent, host string
		count       int
	}{{"one", "example.com:443", 3}, {"two", "example.com:443", 1}, {"one", "example.org:443", 1}} {
		rig.entry(t, func(e *record.Entry) bool {
			return e.Host == c.host && e.Request.Head.Header().Get("User-Agent") == c.agent && e.Refusal.Count == c.count
		})
	}
	list, _ := rig.recorder.Since(0)
	if len(list) != 3 {
		t.Errorf("%d entries", len(list))
	}
	for _, e := range list {
		if e.Refusal.Alert != "bad_certificate" || e.Refusal.Last.Before(e.Start) {
			t.Errorf("%+v", e.Refusal)
		}
	}
	rig.recorder.Clear()
	rig.refuseHost(t, "example.com", "one", none)
	e := rig.entry(t, func(e *record.Entry) bool { return e.Refusal != nil })
	if e.Refusal.Count != 1 {
		t.Errorf("after a clear: %+v", e.Refusal)
	}
}

// The row names the profile whose root signed what was refused, which is what has
// to be trusted: not one that has the rest of the host's paths, and one where its
// only backend is for some paths.
func TestRefusalNamesTheRootsProfile(t *testing.T) {
	api, rest := rule(t, "https://example.com", nil), rule(t, "https://example.com", nil)
	api.Profile, rest.Profile = "Api", "Rest"
	api.Path = regexp.MustCompile("^/api/")
	for name, rules := range map[string][]*proxy.Rule{"two": {api, rest}, "one": {api}} {
		t.Run(name, func(t *testing.T) {
			rig := start(t, rules...)
			rig.refuse(t, "tool/1", x509.NewCertPool())
			if e := rig.entry(t, func(e *record.Entry) bool { return e.Refusal != nil }); e.Profile != "Api" {
				t.Errorf("profile %q", e.Profile)
			}
		})
	}
}

// A browser's connections that come to nothing are no refusals: it opens some
// ahead of need, and drops them. A program's are none once it has spoken.
func TestNoRefusal(t *testing.T) {
	rig := start(t, rule(t, "https://example.com", backend(t, echo, false)))
	pool := x509.NewCertPool()
	pool.AddCert(rig.ca.Certificate())
	for _, c := range []struct {
		name, agent string
		use         func(*testing.T, net.Conn)
	}{
		{"a browser leaves at once", "Mozilla/5.0", func(t *testing.T, c net.Conn) {}},
		{"a browser leaves in the handshake", "Mozilla/5.0", func(t *testing.T, c net.Conn) { leaveInHandshake(t, c) }},
		{"a browser leaves after the handshake", "Mozilla/5.0", func(t *testing.T, c net.Conn) {
			if err := tls.Client(c, &tls.Config{ServerName: "example.com", RootCAs: pool}).Handshake(); err != nil {
				t.Fatal(err)
			}
		}},
		{"a program leaves before the handshake", "tool/1", func(t *testing.T, c net.Conn) {}},
		{"a program says goodbye", "tool/1", func(t *testing.T, c net.Conn) {
			secure := tls.Client(c, &tls.Config{ServerName: "example.com", RootCAs: pool})
			if err := secure.Handshake(); err != nil {
				t.Fatal(err)
			}
			if err := secure.Close(); err != nil {
				t.Fatal(err)
			}
		}},
		{"a program asks and leaves", "tool/1", func(t *testing.T, c net.Conn) {
			secure := tls.Client(c, &tls.Config{ServerName: "example.com", RootCAs: pool})
			if _, err := secure.Write([]byte("GET / HTTP/1.1\r\nHost: example.com\r\n\r\n")); err != nil {
				t.Fatal(err)
			}
			if _, err := http.ReadResponse(bufio.NewReader(secure), nil); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			rig.recorder.Clear()
			conn := rig.tunnelTo(t, c.agent)
			c.use(t, conn)
			_ = conn.Close()
			rig.refuse(t, c.name, x509.NewCertPool())
			e := rig.entry(t, func(e *record.Entry) bool { return e.Refusal != nil })
			if got := e.Request.Head.Header().Get("User-Agent"); got != c.name {
				t.Errorf("taken for a refusal: %+v %+v", e, e.Refusal)
			}
		})
	}
	t.Run("a program leaves in the handshake", func(t *testing.T) { // so that the rows above can fail
		rig.recorder.Clear()
		conn := rig.tunnelTo(t, "tool/1")
		leaveInHandshake(t, conn)
		_ = conn.Close()
		if e := rig.entry(t, func(e *record.Entry) bool { return e.Refusal != nil }); e.Refusal.Alert != "" {
			t.Errorf("refusal %+v", e.Refusal)
		}
	})
}

// tunnelTo opens a tunnel to example.com.
func (r *rig) tunnelTo(t *testing.T, agent string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	fmt.Fprintf(c, "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\nUser-Agent: %s\r\n\r\n", agent)
	line := make([]byte, len("HTTP/1.1 200 Connection established\r\n\r\n"))
	if _, err := c.Read(line); err != nil {
		t.Fatal(err)
	}
	return c
}

// leaveInHandshake closes c when it has the certificate.
func leaveInHandshake(t *testing.T, c net.Conn) {
	t.Helper()
	seen := false
	err := tls.Client(c, &tls.Config{ServerName: "example.com", InsecureSkipVerify: true, VerifyPeerCertificate: func([][]byte, [][]*x509.Certificate) error {
		seen = true
		_ = c.Close() // before the alert that this error is
		return x509.UnknownAuthorityError{}
	}}).Handshake()
	if err == nil || !seen {
		t.Fatalf("handshake: %v", err)
	}
}
