package proxy_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// connect opens a tunnel to authority by hand.
func (r *rig) connect(t *testing.T, authority string) (net.Conn, *bufio.Reader) {
	t.Helper()
	conn, err := net.Dial("tcp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	fmt.Fprintf(conn, "CONNECT %s HTTP/1.1\r\nHost: %[1]s\r\n\r\n", authority)
	br := bufio.NewReader(conn)
	resp, err := http.ReadResponse(br, &http.Request{Method: http.MethodConnect})
	if err != nil || resp.StatusCode != 200 {
		t.Fatalf("CONNECT: %v %v", resp, err)
	}
	return conn, br
}

// Browsers open a tunnel for ws:// too, and speak cleartext in it.
func TestCleartextInTunnel(t *testing.T) {
	b := httptest.NewServer(http.HandlerFunc(echo))
	defer b.Close()
	r := start(t, rule(t, "http://dev.test", b, allow))
	conn, br := r.connect(t, "dev.test:80")
	for range 2 {
		fmt.Fprintf(conn, "GET /x HTTP/1.1\r\nHost: dev.test\r\nOrigin: %s\r\n\r\n", page)
		resp, err := http.ReadResponse(br, nil)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		if resp.Header.Get("Access-Control-Allow-Origin") != page || !strings.Contains(string(body), "/x host=dev.test") {
			t.Errorf("%v %s", resp.Header, body)
		}
	}
}

// A rule for http does not decrypt the TLS on the same port, and the bytes that
// were looked at are passed on.
func TestOtherSchemeInTunnel(t *testing.T) {
	b := backend(t, echo, false)
	r := start(t, rule(t, strings.Replace(b.URL, "https:", "http:", 1), nil, allow))
	r.client.Transport.(*http.Transport).TLSClientConfig.RootCAs.AddCert(b.Certificate())
	resp, _ := get(t, r.client, b.URL, "Origin", page)
	if resp.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Error("decrypted")
	}
	if list, _ := r.recorder.Since(0); len(list) != 0 {
		t.Errorf("logged %v", list[0])
	}
}

// A tunnel in which the server speaks first works where the host is not chosen,
// and each side's end reaches the other.
func TestTunnelPassesBothWays(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		fmt.Fprint(c, "220 hello\n")
		all, _ := io.ReadAll(c)
		fmt.Fprintf(c, "got %s\n", all)
	}()
	r := start(t)
	conn, br := r.connect(t, l.Addr().String())
	if line, err := br.ReadString('\n'); err != nil || line != "220 hello\n" {
		t.Fatalf("%q %v", line, err)
	}
	fmt.Fprint(conn, "quit")
	_ = conn.(*net.TCPConn).CloseWrite()
	rest, err := io.ReadAll(br)
	if err != nil || string(rest) != "got quit\n" {
		t.Fatalf("%q %v", rest, err)
	}
}

// A client that sends its TLS hello together with CONNECT is understood.
func TestBytesBehindConnect(t *testing.T) {
	b := httptest.NewServer(http.HandlerFunc(echo))
	defer b.Close()
	r := start(t, rule(t, "http://dev.test", b, allow))
	conn, err := net.Dial("tcp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "CONNECT dev.test:80 HTTP/1.1\r\nHost: dev.test:80\r\n\r\nGET /early HTTP/1.1\r\nHost: dev.test\r\nConnection: close\r\n\r\n")
	all, err := io.ReadAll(conn)
	if err != nil || !strings.Contains(string(all), "/early") {
		t.Errorf("%q %v", all, err)
	}
}
