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
	"corsage/proxy/authority"
	"corsage/proxy/record"

	socks5 "github.com/armon/go-socks5"
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

// Intercepted requests go through the profile's or the environment's proxy: those
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
		for _, from := range []string{"profile", "environment", "profile, over TLS"} {
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
				if from == "environment" {
					t.Setenv("HTTPS_PROXY", corp.as("me:p%40ss%20word@"))
					t.Setenv("HTTP_PROXY", corp.as("me:p%40ss%20word@"))
				} else {
					through(t, rl, corp.as("me:p%40ss%20word@"))
				}
				r := start(t, rl)
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

// A shell that was set up to use Corsage names Corsage itself.
func TestOwnAddressInEnvironment(t *testing.T) {
	for _, host := range []string{"127.0.0.1", "localhost"} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Setenv("HTTP_PROXY", fmt.Sprintf("http://%s:%d", host, l.Addr().(*net.TCPAddr).Port))
		r, log := startOn(t, l)
		for range 2 {
			resp, body := get(t, r.client, "http://nowhere.test/")
			if resp.StatusCode != 502 || !strings.Contains(body, "nowhere.test") || strings.Contains(body, "proxy") {
				t.Errorf("%s: %s %s", host, resp.Status, body)
			}
		}
		if n := strings.Count(log.String(), "the environment's proxy is Corsage itself"); n != 1 {
			t.Errorf("%s: logged %d times:\n%s", host, n, log)
		}
	}
}

// startOn is start on a listener that is there already, with what was logged.
func startOn(t *testing.T, l net.Listener, rules ...*proxy.Rule) (*rig, *logBuffer) {
	t.Helper()
	ca, err := authority.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	log := new(logBuffer)
	r := &rig{recorder: record.New(1000), ca: ca, addr: l.Addr().String()}
	r.Server = proxy.NewServer(proxy.Config{
		Authority: ca, Recorder: r.recorder, Log: slog.New(slog.NewTextHandler(log, nil)), Local: http.NotFoundHandler(),
	})
	r.Apply(proxy.NewRuleset(rules...))
	served := make(chan struct{})
	go func() { defer close(served); _ = r.Serve(l) }()
	t.Cleanup(func() { _ = r.Close(); <-served })
	r.client = r.newClient(t)
	return r, log
}

type logBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// A proxy that is in the way says so: in the page, in the log, and with what to
// do.
func TestParentRefusals(t *testing.T) {
	b := backend(t, echo, false)
	answer := func(status int, body string, header ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i < len(header); i += 2 {
				w.Header().Add(header[i], header[i+1])
			}
			w.WriteHeader(status)
			fmt.Fprint(w, body)
		}
	}
	for _, c := range []struct {
		name   string
		refuse http.HandlerFunc
		login  string
		want   []string
	}{
		{"a login", answer(407, "", "Proxy-Authenticate", `Basic realm="corp"`), "", []string{"wants a login.", "Put yours into HTTPS_PROXY, as in http://user:password@127.0.0.1:"}},
		{"another login", answer(407, "", "Proxy-Authenticate", `Basic realm="corp"`), "me:no@", []string{"refused the user and password"}},
		{"NTLM", answer(407, "", "Proxy-Authenticate", "NTLM", "Proxy-Authenticate", "Negotiate"), "me:no@", []string{"wants a login by NTLM or Negotiate, which Corsage does not speak", "cntlm or px"}},
		{"NTLM or Basic", answer(407, "", "Proxy-Authenticate", "NTLM", "Proxy-Authenticate", "Basic realm=x"), "", []string{"wants a login."}},
		{"forbidden", answer(403, "Denied by policy 7\nmore", "Content-Type", "text/plain"), "", []string{"answered 403 Forbidden: Denied by policy 7.", "set proxy: direct", "NO_PROXY"}},
		{"a page", answer(502, "<html><head><title>Unknown\x1b host</title></head><p>x", "Content-Type", "text/html; charset=utf-8"), "", []string{"answered 502 Bad Gateway: Unknown host."}},
		{"no proxy", func(w http.ResponseWriter, _ *http.Request) {
			c, _, _ := http.NewResponseController(w).Hijack()
			fmt.Fprint(c, "220 mail\r\n\r\n")
			_ = c.Close()
		}, "", []string{"gave no valid HTTP answer", "Is it an HTTP proxy"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			corp := startCorporate(t, b, false)
			corp.refuse = c.refuse
			t.Setenv("HTTPS_PROXY", corp.as(c.login))
			r := start(t, trusting(t, "https://example.com", b))
			resp, body := get(t, r.client, "https://example.com/", "Origin", page)
			e := r.entry(t, func(e *record.Entry) bool { return e.State == record.Done })
			if resp.StatusCode != 502 || resp.Header.Get("Access-Control-Allow-Origin") != page {
				t.Errorf("%s %v", resp.Status, resp.Header)
			}
			for _, want := range append(c.want, "https://example.com could not be reached: the proxy http://127.0.0.1:", "(from HTTPS_PROXY)") {
				if !strings.Contains(body, want) || !strings.Contains(e.Error, want) {
					t.Errorf("the page says\n%s\nthe log says\n%s\nwant %q", body, e.Error, want)
				}
			}
			if strings.Contains(body, "me:no") {
				t.Errorf("the password is told: %s", body)
			}
			// what is not chosen is told the same
			conn, err := net.Dial("tcp", r.addr)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			fmt.Fprint(conn, "CONNECT other.test:443 HTTP/1.1\r\nHost: other.test:443\r\n\r\n")
			all, _ := io.ReadAll(conn)
			for _, want := range append(c.want, "HTTP/1.1 502", "https://other.test:443 could not be reached: the proxy") {
				if !strings.Contains(string(all), want) {
					t.Errorf("CONNECT is answered\n%s\nwant %q", all, want)
				}
			}
		})
	}
}

// A login that the proxy wants for plain http is not asked of the browser, which
// would take it for ours.
func TestParentLoginForPlainHTTP(t *testing.T) {
	b := httptest.NewServer(http.HandlerFunc(echo))
	defer b.Close()
	corp := startCorporate(t, b, false)
	corp.login = "me:secret"
	t.Setenv("HTTP_PROXY", corp.URL)
	r := start(t, trusting(t, "http://chosen.test", b))
	for _, host := range []string{"chosen.test", "other.test"} {
		resp, body := get(t, r.client, "http://"+host+"/")
		if resp.StatusCode != 502 || !strings.Contains(body, "wants a login") || !strings.Contains(body, "HTTP_PROXY") {
			t.Errorf("%s: %s %s", host, resp.Status, body)
		}
	}
}

// A profile made for sharing needn't hold the password: that of the environment
// for the same proxy is used.
func TestLoginFromEnvironment(t *testing.T) {
	b := backend(t, echo, false)
	corp, other := startCorporate(t, b, false), startCorporate(t, b, false)
	corp.login, other.login = "me:secret", "me:secret"
	t.Setenv("HTTPS_PROXY", corp.as("me:secret@"))
	t.Setenv("NO_PROXY", "*")
	r := start(t, through(t, trusting(t, "https://example.com", b), corp.URL), through(t, trusting(t, "https://a.example.com", b), other.URL))
	if resp, body := get(t, r.client, "https://example.com/"); resp.StatusCode != 200 {
		t.Errorf("%s %s", resp.Status, body)
	}
	if resp, body := get(t, r.client, "https://a.example.com/"); resp.StatusCode != 502 || !strings.Contains(body, "wants a login") {
		t.Errorf("the password went to another proxy: %s %s", resp.Status, body)
	}
}

func TestParentUnreachable(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	for _, scheme := range []string{"http", "https", "socks5"} {
		r := start(t, through(t, trusting(t, "https://example.com"), scheme+"://"+l.Addr().String()),
			through(t, trusting(t, "http://example.com"), scheme+"://"+l.Addr().String()))
		for _, u := range []string{"https://example.com/", "http://example.com/"} {
			resp, body := get(t, r.client, u)
			if resp.StatusCode != 502 || !strings.Contains(body, "the proxy "+scheme+"://"+l.Addr().String()+" on the way could not be reached. Check its address") {
				t.Errorf("%s %s", resp.Status, body)
			}
		}
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

// A proxy that says nothing keeps neither a client that leaves nor our own end
// waiting; main_test sees what is left behind.
func TestParentStalls(t *testing.T) {
	b := backend(t, echo, false)
	for _, form := range []string{"http", "socks5"} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		asked := make(chan net.Conn, 1)
		go func() {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = c.Read(make([]byte, 1))
			asked <- c
		}()
		r := start(t, through(t, trusting(t, "https://example.com", b), form+"://"+l.Addr().String()))
		ctx, cancel := context.WithCancel(t.Context())
		req, _ := http.NewRequestWithContext(ctx, http.MethodGet, "https://example.com/", nil)
		ended := make(chan error, 1)
		go func() {
			resp, err := r.client.Do(req)
			if err == nil {
				_ = resp.Body.Close()
			}
			ended <- err
		}()
		conn := <-asked
		cancel()
		if err := <-ended; err == nil {
			t.Error("it was answered")
		}
		e := r.entry(t, func(e *record.Entry) bool { return e.State != record.Open })
		if e.State != record.Aborted {
			t.Errorf("the log has %+v", e)
		}
		_ = r.Close()
		_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
		if _, err := io.Copy(io.Discard, conn); err != nil {
			t.Errorf("%s: the connection to the proxy stays: %v", form, err)
		}
		_ = conn.Close()
	}
}

// A proxy that the profile names and that is ourselves.
func TestOwnAddressInProfile(t *testing.T) {
	r := start(t)
	r.Apply(proxy.NewRuleset(through(t, trusting(t, "https://example.com"), "http://"+r.addr)))
	resp, body := get(t, r.client, "https://example.com/")
	if resp.StatusCode != 502 || !strings.Contains(body, "is Corsage itself") {
		t.Errorf("%s %s", resp.Status, body)
	}
}

// socksServer is a SOCKS5 server to which all names lead to one backend.
type socksServer struct {
	net.Listener
	mu    sync.Mutex
	names []string
	to    string
}

func startSOCKS(t *testing.T, backend *httptest.Server, login bool) *socksServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &socksServer{Listener: l}
	if backend != nil {
		s.to = backend.Listener.Addr().String()
	}
	config := &socks5.Config{
		Resolver: s, Logger: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
		Dial: func(context.Context, string, string) (net.Conn, error) { return net.Dial("tcp", s.to) },
	}
	if login {
		config.Credentials = socks5.StaticCredentials{"me": "p@ss"}
	}
	server, err := socks5.New(config)
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan struct{})
	go func() { defer close(served); _ = server.Serve(l) }()
	t.Cleanup(func() { _ = l.Close(); <-served })
	return s
}

// Resolve serves socks5.NameResolver.
func (s *socksServer) Resolve(ctx context.Context, name string) (context.Context, net.IP, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.names = append(s.names, name)
	return ctx, net.IPv4(10, 1, 2, 3), nil
}

func TestSOCKS(t *testing.T) {
	secure, plain := backend(t, echo, true), httptest.NewServer(http.HandlerFunc(echo))
	defer plain.Close()
	for _, login := range []string{"", "me:p%40ss@"} {
		for _, scheme := range []string{"socks5", "socks5h"} {
			for _, u := range []string{"https://example.com", "http://example.com"} {
				b := secure
				if strings.HasPrefix(u, "http:") {
					b = plain
				}
				s := startSOCKS(t, b, login != "")
				address := scheme + "://" + login + s.Addr().String()
				r := start(t, through(t, trusting(t, u, secure), address))
				resp, body := get(t, r.client, u+"/x", "Origin", page)
				if resp.StatusCode != 200 || !strings.Contains(body, "/x host=example.com") || resp.Header.Get("Access-Control-Allow-Origin") != page {
					t.Errorf("%s through %s: %s %s", u, address, resp.Status, body)
				}
				if got := strings.Join(s.names, " "); got != "example.com" {
					t.Errorf("the proxy looked up %q", got)
				}
			}
		}
	}
	// the environment's, as GNOME writes it, for what is not chosen
	s := startSOCKS(t, secure, false)
	t.Setenv("ALL_PROXY", "socks://"+s.Addr().String()+"/")
	r := start(t)
	r.client.Transport.(*http.Transport).TLSClientConfig.RootCAs.AddCert(secure.Certificate())
	if resp, body := get(t, r.client, "https://example.com/x"); resp.StatusCode != 200 || !strings.Contains(body, "/x host=example.com") {
		t.Errorf("%s %s", resp.Status, body)
	}
}

func TestSOCKSRefusals(t *testing.T) {
	b := backend(t, echo, false)
	gone := httptest.NewServer(nil)
	gone.Close()
	mail, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer mail.Close()
	go func() {
		for c, err := mail.Accept(); err == nil; c, err = mail.Accept() {
			fmt.Fprint(c, "220 hello\r\n")
			_, _ = io.Copy(io.Discard, c)
			_ = c.Close()
		}
	}()
	for _, c := range []struct {
		name, url, want string
	}{
		{"no login", "socks5://" + startSOCKS(t, b, true).Addr().String(), "wants a login. Put yours into HTTPS_PROXY, as in socks5://user:password@127.0.0.1:"},
		{"a wrong login", "socks5://me:no@" + startSOCKS(t, b, true).Addr().String(), "refused the user and password"},
		{"the backend is down", "socks5://" + startSOCKS(t, gone, false).Addr().String(), "could not connect to it: connection refused"},
		{"no SOCKS", "socks5://" + mail.Addr().String(), "gave no valid SOCKS answer. Is it a SOCKS5 proxy"},
	} {
		r := start(t, through(t, trusting(t, "https://example.com", b), c.url))
		resp, body := get(t, r.client, "https://example.com/")
		if resp.StatusCode != 502 || !strings.Contains(body, c.want) || strings.Contains(body, "me:no") {
			t.Errorf("%s: %s %s, want %s", c.name, resp.Status, body, c.want)
		}
	}
}

func TestParseUpstreamProxy(t *testing.T) {
	for s, want := range map[string]string{
		"direct":                       "direct",
		"environment":                  "environment",
		"http://proxy.corp:3128":       "http://proxy.corp:3128",
		"https://me:secret@proxy.corp": "https://proxy.corp",
		"socks5h://[::1]:1080/":        "socks5h://[::1]:1080",
		"":                             "error: has no scheme",
		"proxy.corp:3128":              "error: has no scheme: write http://proxy.corp:3128",
		"http://proxy.corp:65536":      "error: has the port",
		"socks4://x":                   "error: its scheme must be",
		"http://":                      "error: names no host",
		"http://x/path":                "error: behind the port",
		"http://me:sec/ret@x:1":        "error: %2F",
		"http://me:sec%zzret@x:1":      "error: %25",
		"http://me:secret@x:1/y":       "error: …@x:1/y",
	} {
		p, err := proxy.ParseUpstreamProxy(s)
		got := p.String()
		if err != nil {
			got = "error: " + err.Error()
		}
		if rest, ok := strings.CutPrefix(want, "error: "); ok && (err == nil || !strings.Contains(got, rest)) || !ok && got != want {
			t.Errorf("%s: got %s, want %s", s, got, want)
		}
		if strings.Contains(got, "sec") {
			t.Errorf("%s: the password is told: %s", s, got)
		}
	}
}
