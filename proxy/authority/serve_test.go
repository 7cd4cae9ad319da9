package authority

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// handshake connects a client to a server on loopback, sends a byte each way so
// that session tickets arrive, and returns what the client saw.
func handshake(t *testing.T, server, client *tls.Config) (tls.ConnectionState, error) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	served := make(chan error, 1)
	go func() {
		far, err := listener.Accept()
		if err != nil {
			served <- err
			return
		}
		defer far.Close()
		conn := tls.Server(far, server)
		_, err = io.CopyN(conn, conn, 1)
		served <- err
	}()
	near, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if err := near.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	conn := tls.Client(near, client)
	err = conn.HandshakeContext(t.Context())
	if err == nil {
		if _, err = conn.Write([]byte{'x'}); err == nil {
			_, err = io.ReadFull(conn, make([]byte, 1))
		}
	}
	near.Close()
	if serverErr := <-served; err == nil && serverErr != nil {
		t.Errorf("server: %v", serverErr)
	}
	return conn.ConnectionState(), err
}

// trusting is a client that trusts a's root and nothing else.
func trusting(a *Authority, serverName string) *tls.Config {
	pool := x509.NewCertPool()
	pool.AddCert(a.Certificate())
	return &tls.Config{RootCAs: pool, ServerName: serverName, MinVersion: tls.VersionTLS12}
}

func TestTLSConfigChoosesTheCertificate(t *testing.T) {
	a := mustOpen(t, t.TempDir())
	for _, test := range []struct {
		name, connect, server string
		ok                    bool
	}{
		{"the name asked for", "dev.example.com", "dev.example.com", true},
		{"another name than connected to", "10.0.0.5:443", "dev.example.com", true},
		{"no name: IPv4", "127.0.0.1", "127.0.0.1", true},
		{"no name: IPv4 and port", "127.0.0.1:8443", "127.0.0.1", true},
		{"no name: IPv6", "::1", "::1", true},
		{"no name: IPv6 in brackets", "[::1]", "::1", true},
		{"no name: IPv6 and port", "[::1]:8443", "::1", true},
		{"no name: other address", "127.0.0.1", "127.0.0.2", false},
		{"nothing to go by", "", "127.0.0.1", false},
		{"a name that is none", "dev.example.com", "a b", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			state, err := handshake(t, a.TLSConfig(test.connect), trusting(a, test.server))
			if (err == nil) != test.ok {
				t.Fatalf("the handshake's error is %v", err)
			}
			if test.ok && state.Version != tls.VersionTLS13 {
				t.Errorf("version %x", state.Version)
			}
		})
	}
	t.Run("by a client that doesn't trust it", func(t *testing.T) {
		stranger := mustOpen(t, t.TempDir())
		if _, err := handshake(t, a.TLSConfig("dev.example.com"), trusting(stranger, "dev.example.com")); err == nil {
			t.Error("it was accepted")
		}
	})
}

func TestTLSConfigNegotiates(t *testing.T) {
	a := mustOpen(t, t.TempDir())
	for _, test := range []struct {
		offered []string
		want    string
	}{
		{[]string{"h2", "http/1.1"}, "h2"},
		{[]string{"http/1.1", "h2"}, "h2"},
		{[]string{"http/1.1"}, "http/1.1"},
		{nil, ""},
	} {
		client := trusting(a, "dev.example.com")
		client.NextProtos = test.offered
		state, err := handshake(t, a.TLSConfig("dev.example.com"), client)
		if err != nil || state.NegotiatedProtocol != test.want {
			t.Errorf("offered %q: got %q, %v, want %q", test.offered, state.NegotiatedProtocol, err, test.want)
		}
	}
}

func TestSessionsResumeAcrossConfigs(t *testing.T) {
	a := mustOpen(t, t.TempDir())
	for name, version := range map[string]uint16{"TLS 1.2": tls.VersionTLS12, "TLS 1.3": tls.VersionTLS13} {
		t.Run(name, func(t *testing.T) {
			client := trusting(a, "dev.example.com")
			client.MaxVersion = version
			client.NextProtos = []string{"h2", "http/1.1"}
			client.ClientSessionCache = tls.NewLRUClientSessionCache(4)
			for i, want := range []bool{false, true, true} {
				state, err := handshake(t, a.TLSConfig("dev.example.com"), client)
				if err != nil {
					t.Fatal(err)
				}
				if state.DidResume != want {
					t.Errorf("connection %d: resumed %v, want %v", i, state.DidResume, want)
				}
				if state.Version != version || state.NegotiatedProtocol != "h2" {
					t.Errorf("connection %d: version %x, %q", i, state.Version, state.NegotiatedProtocol)
				}
			}
		})
	}
	t.Run("not with another authority's tickets", func(t *testing.T) {
		dir := t.TempDir()
		first, restarted := mustOpen(t, dir), mustOpen(t, dir) // one root, two processes
		client := trusting(first, "dev.example.com")
		client.ClientSessionCache = tls.NewLRUClientSessionCache(4)
		for i, a := range []*Authority{first, restarted} {
			state, err := handshake(t, a.TLSConfig("dev.example.com"), client)
			if err != nil || state.DidResume {
				t.Errorf("connection %d: resumed %v, %v", i, state.DidResume, err)
			}
		}
	})
}

func TestServesHTTP(t *testing.T) {
	a := mustOpen(t, t.TempDir())
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.Proto+" "+r.TLS.ServerName)
	}))
	server.EnableHTTP2 = true
	server.TLS = a.TLSConfig("dev.example.com")
	// httptest puts its own certificate in; ours must win all the same.
	server.StartTLS()
	defer server.Close()

	for _, test := range []struct {
		h2   bool
		want string
	}{{true, "HTTP/2.0 dev.example.com"}, {false, "HTTP/1.1 dev.example.com"}} {
		transport := &http.Transport{TLSClientConfig: trusting(a, "dev.example.com"), ForceAttemptHTTP2: test.h2}
		client := http.Client{Transport: transport, Timeout: 30 * time.Second}
		res, err := client.Get(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		var body strings.Builder
		_, err = io.Copy(&body, res.Body)
		res.Body.Close()
		transport.CloseIdleConnections()
		if err != nil || body.String() != test.want {
			t.Errorf("h2 %v: got %q, %v, want %q", test.h2, &body, err, test.want)
		}
	}
}
