package proxy_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"corsage/proxy"
)

// raw is a server below HTTP.
type raw struct {
	net.Listener
	began chan struct{} // one for each connection
	ended chan string   // what each connection's client had said in the end
}

// rawServer serves each connection with talk and then reads it to its end.
func rawServer(t *testing.T, talk func(net.Conn, *bufio.Reader)) *raw {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &raw{l, make(chan struct{}, 100), make(chan string, 100)}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				var said bytes.Buffer
				in := bufio.NewReader(io.TeeReader(c, &said))
				s.began <- struct{}{}
				talk(c, in)
				_, _ = io.Copy(io.Discard, in)
				s.ended <- said.String()
			}()
		}
	}()
	return s
}

func await[T any](t *testing.T, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(30 * time.Second):
		t.Fatal("nothing came in 30 s")
		panic("unreachable")
	}
}

func silent(net.Conn, *bufio.Reader) {}

// decrypted does a TLS handshake within a tunnel and reports whether the proxy
// answered it.
func (r *rig) decrypted(t *testing.T, conn net.Conn, protocols ...string) (*tls.Conn, bool) {
	t.Helper()
	secure := tls.Client(conn, &tls.Config{InsecureSkipVerify: true, ServerName: "example.com", NextProtos: protocols})
	if err := secure.HandshakeContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	return secure, secure.ConnectionState().PeerCertificates[0].CheckSignatureFrom(r.ca.Certificate()) == nil
}

// Where a server of a chosen host speaks first, the tunnel is left alone.
func TestServerSpeaksFirst(t *testing.T) {
	for name, greeting := range map[string]string{
		"SSH":   "SSH-2.0-OpenSSH_9.6\r\n",
		"SMTP":  "220 mail.example.com ESMTP\r\n",
		"MySQL": "\x4a\x00\x00\x00\x0a8.0.36\x00",
	} {
		t.Run(name, func(t *testing.T) {
			s := rawServer(t, func(c net.Conn, in *bufio.Reader) {
				fmt.Fprint(c, greeting)
				line, _ := in.ReadString('\n')
				fmt.Fprint(c, "you said "+line)
			})
			rig := start(t, rule(t, "https://127.0.0.1:*", nil), rule(t, "http://127.0.0.1:*", nil))
			rig.HearAfter(time.Millisecond)
			conn, in := rig.connect(t, s.Addr().String())
			got := make([]byte, len(greeting))
			if _, err := io.ReadFull(in, got); err != nil || string(got) != greeting {
				t.Fatalf("%q %v", got, err)
			}
			// From here on even a web request passes, as it would without the proxy.
			fmt.Fprint(conn, "GET / HTTP/1.1\n")
			if line, err := in.ReadString('\n'); err != nil || line != "you said GET / HTTP/1.1\n" {
				t.Errorf("%q %v", line, err)
			}
			if list, _ := rig.recorder.Since(0); len(list) != 0 {
				t.Errorf("logged %+v", list[0])
			}
			// It is no longer the rules' business, so a change of them cuts nothing.
			rig.Apply(nil)
			rig.Apply(proxy.NewRuleset(rule(t, "https://127.0.0.1:*", nil)))
			_ = conn.(*net.TCPConn).CloseWrite()
			if said := await(t, s.ended); said != "GET / HTTP/1.1\n" {
				t.Errorf("the server heard %q", said)
			}
		})
	}
}

// A browser that opens a connection ahead of need, and speaks long after the
// server was asked, is served as ever: decrypted and guarded.
func TestSlowBrowserIsServed(t *testing.T) {
	for name, talk := range map[string]func(net.Conn, *bufio.Reader){
		"the server is silent": silent,
		"the server leaves":    func(c net.Conn, _ *bufio.Reader) { _ = c.Close() },
		"the server says it is tired": func(c net.Conn, _ *bufio.Reader) {
			fmt.Fprint(c, "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n")
		},
		"the server says goodbye in TLS": func(c net.Conn, _ *bufio.Reader) { fmt.Fprint(c, "\x15\x03\x03\x00\x02\x01\x00") },
	} {
		for _, scheme := range []string{"https", "http"} {
			t.Run(name+", "+scheme, func(t *testing.T) {
				s := rawServer(t, talk)
				r := rule(t, scheme+"://127.0.0.1:*", backend(t, echo, false))
				r.Insecure = true
				r.Path = regexp.MustCompile("^/x") // the host itself is asked for what else there is
				rig := start(t, r)
				rig.HearAfter(time.Millisecond)
				conn, _ := rig.connect(t, s.Addr().String())
				await(t, s.began)
				if name != "the server is silent" {
					await(t, s.ended)
				}
				if scheme == "https" {
					var yes bool
					if conn, yes = rig.decrypted(t, conn); !yes {
						t.Fatal("not decrypted")
					}
				}
				fmt.Fprintf(conn, "GET /x HTTP/1.1\r\nHost: %s\r\nOrigin: https://evil.test\r\nCookie: sessionid=1\r\n\r\n", s.Addr())
				resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
				if err != nil {
					t.Fatal(err)
				}
				body, _ := io.ReadAll(io.LimitReader(resp.Body, resp.ContentLength))
				if resp.StatusCode != 200 || strings.Contains(string(body), "sessionid") {
					t.Errorf("%d %s", resp.StatusCode, body)
				}
				if name == "the server is silent" {
					if said := await(t, s.ended); said != "" {
						t.Errorf("the server that was asked heard %q", said)
					}
				}
			})
		}
	}
}

// What is neither TLS nor HTTP is not the proxy's business, though the host is
// chosen.
func TestOtherProtocolsPass(t *testing.T) {
	for name, say := range map[string]string{
		"SSH":          "SSH-2.0-OpenSSH_9.6\r\n",
		"MQTT":         "\x10\x0c\x00\x04MQTT\x04\x02\x00\x3c\x00\x00",
		"PostgreSQL":   "\x00\x00\x00\x08\x04\xd2\x16\x2f",
		"Redis":        "*1\r\n$4\r\nPING\r\n",
		"memcached":    "get key\r\n",
		"IRC":          "NICK bob\r\nUSER bob 0 * :Bob\r\n",
		"RTSP":         "OPTIONS rtsp://example.com/ RTSP/1.0\r\n\r\n",
		"binary":       strings.Repeat("\x00\xff\x16\x03", 5000),
		"odd record":   "\x16\x00\x00",
		"a long word":  strings.Repeat("x", 5000),
		"several tens": strings.Repeat("0123456789 ", 10) + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			s := rawServer(t, func(c net.Conn, in *bufio.Reader) {
				got := make([]byte, len(say))
				_, _ = io.ReadFull(in, got)
				_, _ = c.Write(got)
			})
			rig := start(t, rule(t, "https://127.0.0.1:*", nil), rule(t, "http://127.0.0.1:*", nil))
			rig.HearAfter(time.Minute) // it is not by silence that it is told
			conn, in := rig.connect(t, s.Addr().String())
			fmt.Fprint(conn, say)
			got := make([]byte, len(say))
			if _, err := io.ReadFull(in, got); err != nil || string(got) != say {
				t.Fatalf("%q came back as %q: %v", say, got, err)
			}
			_ = conn.(*net.TCPConn).CloseWrite()
			if said := await(t, s.ended); said != say {
				t.Errorf("the server heard %q", said)
			}
		})
	}
}

// A word that ends with what its client has to say is no request.
func TestWordThatEnds(t *testing.T) {
	s := rawServer(t, func(c net.Conn, in *bufio.Reader) {
		all, _ := io.ReadAll(in)
		fmt.Fprintf(c, "heard %s", all)
	})
	rig := start(t, rule(t, "http://127.0.0.1:*", nil))
	rig.HearAfter(time.Minute)
	conn, in := rig.connect(t, s.Addr().String())
	fmt.Fprint(conn, "hello")
	_ = conn.(*net.TCPConn).CloseWrite()
	if all, err := io.ReadAll(in); err != nil || string(all) != "heard hello" {
		t.Errorf("%q %v", all, err)
	}
}

// A request that comes in pieces is served, and one that is never finished does
// not slip by.
func TestRequestInPieces(t *testing.T) {
	s := rawServer(t, silent)
	b := backend(t, echo, false)
	for _, patience := range []time.Duration{time.Nanosecond, time.Minute} {
		for _, cut := range []int{1, 3, 4, 10, 14, 15} {
			r := rule(t, "http://127.0.0.1:*", b)
			r.Insecure = true
			r.Path = regexp.MustCompile("^/x") // the host itself is asked for what else there is
			rig := start(t, r)
			rig.HearAfter(patience)
			conn, in := rig.connect(t, s.Addr().String())
			request := fmt.Sprintf("GET /xyz HTTP/1.1\r\nHost: %s\r\n\r\n", s.Addr())
			if patience == time.Nanosecond {
				await(t, s.began) // the client was found silent
			}
			fmt.Fprint(conn, request[:cut])
			fmt.Fprint(conn, request[cut:])
			resp, err := http.ReadResponse(in, nil)
			if err != nil || resp.StatusCode != 200 {
				t.Fatalf("cut at %d, patience %v: %v %v", cut, patience, resp, err)
			}
			if list, _ := rig.recorder.Since(0); len(list) != 1 {
				t.Errorf("cut at %d, patience %v: %d entries", cut, patience, len(list))
			}
		}
	}
	r := rule(t, "http://127.0.0.1:*", b)
	r.Insecure = true
	conn, in := start(t, r).connect(t, s.Addr().String())
	fmt.Fprintf(conn, "GET /%s HTTP/1.1\r\nHost: %s\r\n\r\n", strings.Repeat("x", 100<<10), s.Addr())
	if resp, err := http.ReadResponse(in, nil); err != nil || resp.StatusCode != 200 {
		t.Fatalf("a long target: %v %v", resp, err)
	}
}

// TLS is decrypted unless its client says that it will not speak HTTP inside.
func TestTLSWithoutHTTP(t *testing.T) {
	cert := backend(t, echo, false).TLS.Certificates
	s := rawServer(t, func(c net.Conn, in *bufio.Reader) {
		secure := tls.Server(&readFirst{c, in}, &tls.Config{Certificates: cert, NextProtos: []string{"imap", "acme"}})
		fmt.Fprint(secure, "* OK IMAP4rev1\r\n")
		_ = secure.Close()
	})
	for _, c := range []struct {
		protocols []string
		decrypted bool
	}{
		{nil, true},
		{[]string{"http/1.1"}, true},
		{[]string{"imap", "h2"}, true},
		{[]string{"imap"}, false},
		{[]string{"acme", "imap"}, false},
	} {
		t.Run(fmt.Sprint(c.protocols), func(t *testing.T) {
			rig := start(t, rule(t, "https://127.0.0.1:*", nil))
			conn, _ := rig.connect(t, s.Addr().String())
			secure, decrypted := rig.decrypted(t, conn, c.protocols...)
			if decrypted != c.decrypted {
				t.Fatalf("decrypted: %v", decrypted)
			}
			if decrypted {
				return
			}
			if all, err := io.ReadAll(secure); err != nil || string(all) != "* OK IMAP4rev1\r\n" {
				t.Errorf("%q %v", all, err)
			}
			if !bytes.Equal(secure.ConnectionState().PeerCertificates[0].Raw, cert[0].Certificate[0]) {
				t.Error("not the server's certificate")
			}
		})
	}
}

// readFirst is a connection that is read through a reader.
type readFirst struct {
	net.Conn
	r io.Reader
}

func (c *readFirst) Read(p []byte) (int, error) { return c.r.Read(p) }

// A client that refuses the certificate gets no second way round the proxy: the
// profile chose the host, and its user is told what to do.
func TestRefusedCertificateIsNoReasonToTunnel(t *testing.T) {
	s := rawServer(t, silent)
	rig := start(t, rule(t, "https://127.0.0.1:*", nil))
	for range 2 {
		conn, _ := rig.connect(t, s.Addr().String())
		secure := tls.Client(conn, &tls.Config{RootCAs: x509.NewCertPool(), ServerName: "127.0.0.1"})
		err := secure.HandshakeContext(t.Context())
		if err == nil || !strings.Contains(err.Error(), "certificate") {
			t.Fatalf("%v", err)
		}
	}
	if len(s.began) > 0 {
		t.Error("the server was asked")
	}
}
