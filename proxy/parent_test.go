package proxy_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"corsage/proxy"
	"corsage/proxy/record"

	"github.com/coder/websocket"
)

// corporate is a company's proxy: all names lead to one backend, and it notes
// what it is asked for.
type corporate struct {
	*httptest.Server
	backend string // host:port
	login   string // user:password; "" for none
	refuse  http.HandlerFunc

	mu   sync.Mutex
	seen []string
}

func startCorporate(t *testing.T, backend *httptest.Server, secure bool) *corporate {
	t.Helper()
	c := &corporate{Server: httptest.NewUnstartedServer(nil), backend: backend.Listener.Addr().String()}
	c.Config.Handler = c
	c.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	if secure {
		c.StartTLS()
	} else {
		c.Start()
	}
	t.Cleanup(c.Close)
	return c
}

func (c *corporate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	c.seen = append(c.seen, r.Method+" "+r.RequestURI)
	login, refuse := c.login, c.refuse
	c.mu.Unlock()
	switch {
	case refuse != nil:
		refuse(w, r)
	case login != "" && r.Header.Get("Proxy-Authorization") != "Basic "+base64.StdEncoding.EncodeToString([]byte(login)):
		w.Header().Set("Proxy-Authenticate", `Basic realm="corp"`)
		http.Error(w, "no", http.StatusProxyAuthRequired)
	case r.Method == http.MethodConnect:
		join(w, c.backend, "HTTP/1.1 200 OK\r\n\r\n")
	default:
		(&httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) {
			p.Out.URL.Host, p.Out.Host = c.backend, p.In.Host
		}}).ServeHTTP(w, r)
	}
}

// join makes a tunnel of the client's connection, until either side ends.
func join(w http.ResponseWriter, to, greeting string) {
	up, err := net.Dial("tcp", to)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer up.Close()
	client, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer client.Close()
	_, _ = io.WriteString(client, greeting)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.Copy(up, rw)
		_ = up.(*net.TCPConn).CloseWrite()
	}()
	_, _ = io.Copy(client, up)
	_ = client.Close()
	<-done
}

// asked returns what was asked for since the last call.
func (c *corporate) asked() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	seen := strings.Join(c.seen, ", ")
	c.seen = nil
	return seen
}

// as is the proxy's URL with a user and password, such as "user:password@".
func (c *corporate) as(login string) string { return strings.Replace(c.URL, "://", "://"+login, 1) }

func through(t *testing.T, r *proxy.Rule, proxyURL string) *proxy.Rule {
	t.Helper()
	p, err := proxy.ParseUpstreamProxy(proxyURL)
	if err != nil {
		t.Fatal(err)
	}
	r.Proxy = p
	return r
}

// trusting is a rule without an upstream, for a backend whose certificate is for
// example.com.
func trusting(t *testing.T, name string, servers ...*httptest.Server) *proxy.Rule {
	t.Helper()
	r := rule(t, name, nil, allow)
	for _, s := range servers {
		if c := s.Certificate(); c != nil {
			r.CA = append(r.CA, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
		}
	}
	return r
}

// Intercepted requests go through the profile's, the environment's or the
// system's proxy: those
// for https, and those that have an upstream, through a tunnel, others for plain
// http in absolute form.
func TestParentOfChosenHosts(t *testing.T) {
	secure, plain := backend(t, echo, true), httptest.NewServer(http.HandlerFunc(echo))
	defer plain.Close()
	for _, c := range []struct {
		name, url, upstream string
		want                string // what the proxy is asked for
	}{
		{"https", "https://example.com", "", "CONNECT example.com:443"},
		{"https and a port", "https://example.com:8443", "", "CONNECT example.com:8443"},
		{"https, to another place", "https://example.com", "https://10.1.2.3:4444", "CONNECT 10.1.2.3:4444"},
		{"http", "http://example.com", "", "GET http://example.com/x"},
		{"http and a port", "http://example.com:8000", "", "GET http://example.com:8000/x"},
		{"http, to another place", "http://example.com", "http://10.1.2.3", "CONNECT 10.1.2.3:80"},
		{"https before, http behind", "https://example.com", "http://internal:81", "CONNECT internal:81"},
	} {
		for _, from := range []string{"profile", "environment", "system", "profile, over TLS"} {
			t.Run(c.name+", "+from, func(t *testing.T) {
				b := secure
				if strings.HasPrefix(c.url, "http:") && c.upstream == "" || strings.HasPrefix(c.upstream, "http:") {
					b = plain
				}
				corp := startCorporate(t, b, strings.HasSuffix(from, "TLS"))
				corp.login = "me:p@ss word"
				rl := trusting(t, c.url, secure, corp.Server)
				if c.upstream != "" {
					rl.Upstream, _ = url.Parse(c.upstream)
				}
				login := corp.as("me:p%40ss%20word@")
				switch from {
				case "environment":
					t.Setenv("HTTPS_PROXY", login)
					t.Setenv("HTTP_PROXY", login)
				case "system":
				default:
					through(t, rl, login)
				}
				r := start(t, rl)
				if from == "system" {
					r.SetWayOut(leads(t, login))
				}
				for range 2 { // the second one over the same connection
					resp, body := get(t, r.client, c.url+"/x", "Origin", page)
					if want := " host=" + strings.TrimPrefix(strings.TrimPrefix(c.url, "https://"), "http://") + " "; resp.StatusCode != 200 || !strings.Contains(body, want) {
						t.Fatalf("%s %s, want %s", resp.Status, body, want)
					}
					if resp.Header.Get("Access-Control-Allow-Origin") != page {
						t.Error("it was not modified")
					}
				}
				if got, _, _ := strings.Cut(corp.asked(), ", "); got != c.want {
					t.Errorf("the proxy was asked for %q, want %q", got, c.want)
				}
			})
		}
	}
}

// What is not chosen goes through the environment's proxy too, untouched but for
// the marker against circles.
func TestParentOfOtherHosts(t *testing.T) {
	secure, plain := backend(t, echo, true), httptest.NewServer(http.HandlerFunc(echo))
	defer plain.Close()
	byTLS, byHTTP := startCorporate(t, secure, false), startCorporate(t, plain, false)
	t.Setenv("HTTPS_PROXY", byTLS.URL)
	t.Setenv("HTTP_PROXY", byHTTP.URL)
	r := start(t)
	r.client.Transport.(*http.Transport).TLSClientConfig.RootCAs.AddCert(secure.Certificate())
	resp, body := get(t, r.client, "https://example.com/x")
	if resp.StatusCode != 200 || !strings.Contains(body, "HTTP/2.0 /x host=example.com") {
		t.Errorf("%s %s", resp.Status, body)
	}
	if got := byTLS.asked(); got != "CONNECT example.com:443" {
		t.Errorf("the proxy was asked for %q", got)
	}
	resp, body = get(t, r.client, "http://example.com/y")
	if resp.StatusCode != 200 || !strings.Contains(body, "/y host=example.com") {
		t.Errorf("%s %s", resp.Status, body)
	}
	r.connect(t, "example.com:80") // as browsers do for ws://
	if got := byHTTP.asked(); got != "GET http://example.com/y, CONNECT example.com:80" {
		t.Errorf("the proxy was asked for %q", got)
	}
}

// Bytes of the server that come with the proxy's answer are not lost, and each
// side's end reaches the other.
func TestParentTunnelPassesAll(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		if _, err := http.ReadRequest(bufio.NewReader(c)); err != nil {
			return
		}
		fmt.Fprint(c, "HTTP/1.1 200 OK\r\n\r\n220 hello\n")
		all, _ := io.ReadAll(c)
		fmt.Fprintf(c, "got %s\n", all)
	}()
	t.Setenv("HTTPS_PROXY", "http://"+l.Addr().String())
	r := start(t)
	conn, br := r.connect(t, "mail.test:25")
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	if line, err := br.ReadString('\n'); err != nil || line != "220 hello\n" {
		t.Fatalf("%q %v", line, err)
	}
	fmt.Fprint(conn, "quit")
	_ = conn.(*net.TCPConn).CloseWrite()
	if rest, err := io.ReadAll(br); err != nil || string(rest) != "got quit\n" {
		t.Errorf("%q %v", rest, err)
	}
	<-done
}

// Nobody asks a proxy for what runs on this machine.
func TestLoopbackIsDirect(t *testing.T) {
	b := httptest.NewServer(http.HandlerFunc(echo))
	defer b.Close()
	corp := startCorporate(t, b, false)
	t.Setenv("ALL_PROXY", corp.URL)
	port := b.Listener.Addr().String()[len("127.0.0.1"):]
	r := start(t, through(t, trusting(t, "http://app.localhost"+port), corp.URL))
	for _, host := range []string{"localhost", "127.0.0.1", "app.localhost"} {
		if resp, body := get(t, r.client, "http://"+host+port+"/"); resp.StatusCode != 200 {
			t.Errorf("%s: %s %s", host, resp.Status, body)
		}
	}
	if asked := corp.asked(); asked != "" {
		t.Errorf("the proxy was asked for %q", asked)
	}
}

// WebSockets go through a tunnel, over ws and over wss.
func TestParentOfWebSockets(t *testing.T) {
	ws := func(w http.ResponseWriter, r *http.Request) {
		c, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		kind, message, err := c.Read(r.Context())
		if err == nil {
			err = c.Write(r.Context(), kind, append([]byte("got "), message...))
		}
		_ = c.Close(websocket.StatusNormalClosure, fmt.Sprint(err))
	}
	secure, plain := backend(t, ws, false), httptest.NewServer(http.HandlerFunc(ws))
	defer plain.Close()
	for u, b := range map[string]*httptest.Server{"wss://example.com": secure, "ws://example.com:8000": plain} {
		corp := startCorporate(t, b, false)
		r := start(t, through(t, trusting(t, u, secure), corp.URL))
		c, _, err := websocket.Dial(t.Context(), u+"/x", &websocket.DialOptions{HTTPClient: r.client})
		if err != nil {
			t.Fatalf("%s: %v", u, err)
		}
		if err := c.Write(t.Context(), websocket.MessageText, []byte("hello")); err != nil {
			t.Fatal(err)
		}
		if _, message, err := c.Read(t.Context()); err != nil || string(message) != "got hello" {
			t.Errorf("%s: %q %v", u, message, err)
		}
		_ = c.CloseNow()
		if got := corp.asked(); !strings.HasPrefix(got, "CONNECT example.com:") {
			t.Errorf("%s: the proxy was asked for %q", u, got)
		}
	}
}

// stalled is a proxy that says nothing. asked gets its one connection.
func stalled(t *testing.T) (address string, asked <-chan net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	conns := make(chan net.Conn, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		_, _ = c.Read(make([]byte, 1))
		conns <- c
	}()
	return l.Addr().String(), conns
}

// ends waits for the end of a connection.
func ends(t *testing.T, conn net.Conn) {
	t.Helper()
	_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.Copy(io.Discard, conn); err != nil {
		t.Errorf("the connection stays: %v", err)
	}
	_ = conn.Close()
}

// A proxy that says nothing keeps neither a client that leaves nor our own end
// waiting.
func TestParentStalls(t *testing.T) {
	b := backend(t, echo, false)
	for _, scheme := range []string{"http", "socks5"} {
		address, asked := stalled(t)
		r := start(t, through(t, trusting(t, "https://example.com", b), scheme+"://"+address))
		ctx, cancel := context.WithCancel(t.Context())
		req, _ := http.NewRequestWithContext(ctx, http.MethodGet, "https://example.com/", nil)
		go func() {
			if resp, err := r.client.Do(req); err == nil {
				_ = resp.Body.Close()
			}
		}()
		conn := <-asked
		cancel()
		if e := r.entry(t, func(e *record.Entry) bool { return e.State != record.Open }); e.State != record.Aborted {
			t.Errorf("the log has %+v", e)
		}
		_ = r.Close() // till then net/http goes on to dial, for the next request
		ends(t, conn)

		address, asked = stalled(t)
		t.Setenv("HTTPS_PROXY", scheme+"://"+address)
		r = start(t)
		client, err := net.Dial("tcp", r.addr)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(client, "CONNECT other.test:443 HTTP/1.1\r\nHost: other.test:443\r\n\r\n")
		conn = <-asked
		_ = r.Close()
		ends(t, client)
		ends(t, conn)
	}
}
