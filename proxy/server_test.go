package proxy_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"corsage/proxy"
	"corsage/proxy/authority"
	"corsage/proxy/record"
	"corsage/proxy/session"

	"github.com/coder/websocket"
)

const page = "http://localhost:3000"

// rig is a running proxy and a client that uses and trusts it.
type rig struct {
	*proxy.Server
	recorder *record.Recorder
	ca       *authority.Authority
	addr     string
	client   *http.Client
	signing  sync.Mutex // held by Apply
}

func start(t *testing.T, rules ...*proxy.Rule) *rig {
	t.Helper()
	r := &rig{recorder: record.New(1000), ca: newCA(t)}
	r.Server = newServer(t, r.recorder)
	r.run(t, rules...)
	return r
}

// run serves by rules until the test has ended.
func (r *rig) run(t *testing.T, rules ...*proxy.Rule) {
	t.Helper()
	r.Apply(proxy.NewRuleset(rules...))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r.addr = l.Addr().String()
	served := make(chan struct{})
	go func() { defer close(served); _ = r.Serve(l) }()
	t.Cleanup(func() { _ = r.Close(); <-served })
	r.client = r.newClient(t)
}

// Apply is the Server's, for rules that are signed for by r.ca where they have no
// root of their own.
func (r *rig) Apply(rs *proxy.Ruleset) {
	r.signing.Lock()
	defer r.signing.Unlock()
	for _, rule := range rs.Rules() {
		if rule.Authority == nil {
			rule.Authority = r.ca
		}
	}
	r.Server.Apply(rs)
}

// newCA returns a root for the hosts of all tests.
func newCA(tb testing.TB) *authority.Authority {
	tb.Helper()
	return newCAFor(tb, "com", "test", "org", "net", "example", "localhost", "127.0.0.1", "::1")
}

func newCAFor(tb testing.TB, hosts ...string) *authority.Authority {
	tb.Helper()
	roots, err := authority.OpenRoots(tb.TempDir())
	if err != nil {
		tb.Fatal(err)
	}
	ca, err := roots.For("/profiles/test.yaml", hosts)
	if err != nil {
		tb.Fatal(err)
	}
	return ca
}

// newServer returns a server that nobody can reach yet.
func newServer(tb testing.TB, rec *record.Recorder) *proxy.Server {
	tb.Helper()
	return proxy.NewServer(proxy.Config{
		Recorder: rec,
		Log:      slog.New(slog.NewTextHandler(testLog{tb}, nil)),
		Local: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, "local "+r.URL.Path)
		}),
	})
}

// newClient returns a client with connections of its own.
func (r *rig) newClient(t *testing.T) *http.Client {
	pool := x509.NewCertPool()
	pool.AddCert(r.ca.Certificate())
	tr := &http.Transport{
		Proxy:              http.ProxyURL(&url.URL{Scheme: "http", Host: r.addr}),
		TLSClientConfig:    &tls.Config{RootCAs: pool},
		ForceAttemptHTTP2:  true,
		DisableCompression: true,
	}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
}

type testLog struct{ t testing.TB }

func (l testLog) Write(p []byte) (int, error) {
	l.t.Log(strings.TrimSpace(string(p)))
	return len(p), nil
}

// rule chooses name and connects to backend instead, trusting its certificate.
func rule(t *testing.T, name string, backend *httptest.Server, mods ...proxy.Modifier) *proxy.Rule {
	t.Helper()
	p, err := proxy.ParsePattern(name)
	if err != nil {
		t.Fatal(err)
	}
	origins, err := proxy.ParseOrigins(proxy.DefaultOrigins())
	if err != nil {
		t.Fatal(err)
	}
	r := &proxy.Rule{Profile: "Test", Backend: p, Origins: origins, Modifiers: mods, Sessions: session.NewStore()}
	if backend != nil {
		if r.Upstream, err = url.Parse(backend.URL); err != nil {
			t.Fatal(err)
		}
		if c := backend.Certificate(); c != nil {
			r.CA = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
		}
	}
	return r
}

// allow is a stand-in for the toggles: it names the origin it saw allowed.
var allow = proxy.Modifier{Name: "allow", Response: func(f *proxy.Flow) {
	if f.Relation == proxy.Allowed {
		f.SetResponse("Access-Control-Allow-Origin", "test", f.Origin)
	}
}}

func get(t *testing.T, c *http.Client, url string, header ...string) (*http.Response, string) {
	t.Helper()
	return do(t, c, http.MethodGet, url, nil, header...)
}

func do(t *testing.T, c *http.Client, method, url string, body io.Reader, header ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Add(header[i], header[i+1])
	}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s %s: body: %v", method, url, err)
	}
	return resp, string(b)
}

// entry waits for the log's entry that ok accepts.
func (r *rig) entry(t *testing.T, ok func(*record.Entry) bool) *record.Entry {
	t.Helper()
	wake, cancel := r.recorder.Subscribe()
	defer cancel()
	deadline := time.After(30 * time.Second)
	var rev uint64
	for {
		var list []*record.Entry
		list, rev = r.recorder.Since(rev)
		for _, e := range list {
			if ok(e) {
				return e
			}
		}
		select {
		case <-wake:
		case <-deadline:
			all, _ := r.recorder.Since(0)
			for _, e := range all {
				t.Logf("%+v", *e)
			}
			t.Fatal("no such entry in the log")
		}
	}
}

func echo(w http.ResponseWriter, r *http.Request) {
	fmt.Fprintf(w, "%s %s host=%s cookie=%q origin=%q", r.Proto, r.URL, r.Host, r.Header.Get("Cookie"), r.Header.Get("Origin"))
}

func backend(t *testing.T, h http.HandlerFunc, h2 bool) *httptest.Server {
	b := httptest.NewUnstartedServer(h)
	b.EnableHTTP2 = h2
	b.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	b.StartTLS()
	t.Cleanup(b.Close)
	return b
}

func TestInterceptsChosenHost(t *testing.T) {
	for _, h2 := range []bool{false, true} {
		b := backend(t, echo, h2)
		r := start(t, rule(t, "https://example.com", b, allow))
		resp, body := get(t, r.client, "https://example.com/a?b=c", "Origin", page)
		if resp.ProtoMajor != 2 {
			t.Errorf("towards the browser: %s, want HTTP/2", resp.Proto)
		}
		want := "HTTP/1.1"
		if h2 {
			want = "HTTP/2.0"
		}
		if !strings.HasPrefix(body, want+" /a?b=c host=example.com") {
			t.Errorf("backend saw %s, want %s", body, want)
		}
		if got := resp.Header.Get("Access-Control-Allow-Origin"); got != page {
			t.Errorf("Allow-Origin %q", got)
		}
		e := r.entry(t, func(e *record.Entry) bool { return e.State == record.Done })
		if e.Status != 200 || e.Relation != "allowed" || e.URL != "https://example.com/a?b=c" || len(e.Changes) != 2 ||
			e.Response.Size != int64(len(body)) || string(e.Response.Body) != body || e.Applied[0] != "allow" {
			t.Errorf("entry %+v", e)
		}
	}
}

func TestTunnelsOtherHostUntouched(t *testing.T) {
	b := backend(t, echo, true)
	r := start(t, rule(t, "https://example.com", nil, allow))
	c := r.client
	c.Transport.(*http.Transport).TLSClientConfig.RootCAs.AddCert(b.Certificate())
	resp, _ := get(t, c, b.URL+"/x", "Origin", page)
	if !bytes.Equal(resp.TLS.PeerCertificates[0].Raw, b.Certificate().Raw) {
		t.Error("the tunnel was decrypted")
	}
	if resp.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Error("the answer was changed")
	}
	if list, _ := r.recorder.Since(0); len(list) != 0 {
		t.Errorf("logged: %v", list[0])
	}
}

func TestPlainHTTP(t *testing.T) {
	b := httptest.NewServer(http.HandlerFunc(echo))
	defer b.Close()
	other := httptest.NewServer(http.HandlerFunc(echo))
	defer other.Close()
	r := start(t, rule(t, "http://dev.test", b, allow))
	resp, body := get(t, r.client, "http://dev.test/p", "Origin", page)
	if resp.Header.Get("Access-Control-Allow-Origin") != page || !strings.Contains(body, "host=dev.test") {
		t.Errorf("chosen: %v %s", resp.Header, body)
	}
	resp, body = get(t, r.client, other.URL+"/p", "Origin", page, "Keep-Alive", "x", "Connection", "X-Hop", "X-Hop", "1")
	if resp.Header.Get("Access-Control-Allow-Origin") != "" || !strings.Contains(body, "/p") {
		t.Errorf("not chosen: %v %s", resp.Header, body)
	}
	if list, _ := r.recorder.Since(0); len(list) != 3 && len(list) != 1 {
		t.Errorf("%d entries, want the chosen one only", len(list))
	}
}

func TestLocalRequests(t *testing.T) {
	r := start(t)
	for _, c := range []*http.Client{r.client, http.DefaultClient} {
		if _, body := get(t, c, "http://"+r.addr+"/proxy.pac"); body != "local /proxy.pac" {
			t.Errorf("body %q", body)
		}
	}
}

// A page that the profile does not allow rides on no session.
func TestGuard(t *testing.T) {
	b := backend(t, echo, false)
	r := rule(t, "https://example.com", b, allow)
	r.Path = nil
	rig := start(t, r)
	for _, c := range []struct {
		name   string
		header []string
		cookie bool
	}{
		{"own page", []string{"Sec-Fetch-Site", "same-origin", "Origin", "https://example.com"}, true},
		{"typed", []string{"Sec-Fetch-Site", "none", "Sec-Fetch-Mode", "navigate"}, true},
		{"no page", nil, true},
		{"allowed page", []string{"Sec-Fetch-Site", "cross-site", "Origin", page}, true},
		{"allowed page's image", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors", "Referer", page + "/"}, true},
		{"foreign fetch", []string{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.test"}, false},
		{"foreign image", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors"}, false},
		{"foreign frame", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "iframe"}, false},
		{"foreign link", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}, true},
		{"opaque origin", []string{"Sec-Fetch-Site", "cross-site", "Origin", "null"}, false},
		{"sibling host", []string{"Sec-Fetch-Site", "same-site", "Origin", "https://www.example.com"}, true},
		{"old browser, foreign", []string{"Origin", "https://evil.test"}, false},
		{"old browser, sibling", []string{"Origin", "https://www.example.com"}, true},
		{"old browser, other scheme", []string{"Origin", "http://www.example.com"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			resp, body := get(t, rig.client, "https://example.com/", append(c.header, "Cookie", "sessionid=1")...)
			if got := strings.Contains(body, "sessionid"); got != c.cookie {
				t.Errorf("cookie arrived: %v, want %v", got, c.cookie)
			}
			allowed := strings.HasPrefix(c.name, "allowed")
			if got := resp.Header.Get("Access-Control-Allow-Origin") != ""; got != allowed {
				t.Errorf("CORS headers: %v, want %v", got, allowed)
			}
		})
	}
	resp, body := do(t, rig.client, http.MethodPost, "https://example.com/", nil, "Cookie", "sessionid=1",
		"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document", "Origin", "https://evil.test")
	if strings.Contains(body, "sessionid") || resp.StatusCode != 200 {
		t.Errorf("a foreign form was sent with the session: %s", body)
	}
}

func TestPathLimitsChanges(t *testing.T) {
	b := backend(t, echo, false)
	r := rule(t, b.URL+"/v1", nil, allow)
	r.Insecure = true
	rig := start(t, r)
	for path, want := range map[string]bool{"/v1": true, "/v1/x": true, "/v12": false, "/": false} {
		resp, body := get(t, rig.client, b.URL+path, "Origin", page, "Cookie", "a=1", "Sec-Fetch-Site", "cross-site")
		if got := resp.Header.Get("Access-Control-Allow-Origin") != ""; got != want {
			t.Errorf("%s changed: %v, want %v", path, got, want)
		}
		if !strings.Contains(body, "a=1") {
			t.Errorf("%s: the allowed page's cookie is gone", path)
		}
		_, body = get(t, rig.client, b.URL+path, "Origin", "https://evil.test", "Cookie", "a=1")
		if strings.Contains(body, "a=1") {
			t.Errorf("%s: not guarded", path)
		}
	}
}

// The null of a redirected allowed request is allowed, any other is not.
func TestRedirectedNull(t *testing.T) {
	two := backend(t, echo, false)
	one := backend(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://two.example.com/landing", http.StatusFound)
	}, false)
	rig := start(t, rule(t, "https://one.example.com", one, allow), rule(t, "https://two.example.com", two, allow))
	ask := func() string {
		resp, _ := get(t, rig.client, "https://two.example.com/landing", "Origin", "null", "Sec-Fetch-Site", "cross-site")
		return resp.Header.Get("Access-Control-Allow-Origin")
	}
	if got := ask(); got != "" {
		t.Errorf("null without a redirect: %q", got)
	}
	get(t, rig.client, "https://one.example.com/", "Origin", page)
	if got := ask(); got != "null" {
		t.Errorf("null after the redirect: %q", got)
	}
	if got := ask(); got != "" {
		t.Errorf("null once more: %q", got)
	}
}

func TestMisdirectedRequest(t *testing.T) {
	rig := start(t, rule(t, "https://example.com", backend(t, echo, false)))
	req, _ := http.NewRequest(http.MethodGet, "https://example.com/", nil)
	req.Host = "intranet.test"
	resp, err := rig.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("status %d, want 421", resp.StatusCode)
	}
}

func TestUpstreamFailures(t *testing.T) {
	closed := httptest.NewTLSServer(nil)
	closed.Close()
	untrusted := rule(t, "https://untrusted.example.com", backend(t, echo, false))
	untrusted.CA = nil
	insecure := rule(t, "https://insecure.example.com", backend(t, echo, false))
	insecure.CA, insecure.Insecure = nil, true
	plain := httptest.NewServer(http.HandlerFunc(echo))
	defer plain.Close()
	notTLS := rule(t, "https://plain.test", plain)
	notTLS.Upstream.Scheme = "https"
	reset := backend(t, func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) }, false)
	unknown := rule(t, "https://name.invalid", nil, allow)
	rig := start(t, rule(t, "https://down.test", closed, allow), untrusted, insecure, notTLS, unknown,
		rule(t, "https://reset.example.com", reset), rule(t, "https://wrong.test", backend(t, echo, false)))
	self := rule(t, "https://self.test", nil)
	self.Upstream = &url.URL{Scheme: "https", Host: rig.addr}
	rig.Apply(proxy.NewRuleset(append(rig.Ruleset().Rules(), self)...))

	for host, want := range map[string]string{
		"down.test":             "refused",
		"untrusted.example.com": "ca: to the authority",
		"plain.test":            "does not speak TLS",
		"reset.example.com":     "closed the connection",
		"wrong.test":            "for another host",
		"self.test":             "proxy's own",
	} {
		resp, body := get(t, rig.client, "https://"+host+"/", "Origin", page)
		if resp.StatusCode != http.StatusBadGateway || !strings.Contains(body, want) {
			t.Errorf("%s: %d %s", host, resp.StatusCode, body)
		}
		e := rig.entry(t, func(e *record.Entry) bool { return e.Host == host && e.State == record.Done })
		if e.Error == "" || e.Status != 502 {
			t.Errorf("%s: entry %+v", host, e)
		}
	}
	resp, _ := get(t, rig.client, "https://down.test/", "Origin", page)
	if resp.Header.Get("Access-Control-Allow-Origin") != page {
		t.Error("the page cannot read the 502")
	}
	if resp, body := get(t, rig.client, "https://insecure.example.com/"); resp.StatusCode != 200 {
		t.Errorf("insecure: %d %s", resp.StatusCode, body)
	}
}

func TestTunnelFailure(t *testing.T) {
	rig := start(t)
	dead := httptest.NewServer(nil)
	dead.Close()
	_, err := rig.client.Get(strings.Replace(dead.URL, "http:", "https:", 1))
	if err == nil || !strings.Contains(err.Error(), "Bad Gateway") {
		t.Errorf("error %v, want the proxy's Bad Gateway", err)
	}
	if _, err := rig.client.Get("https://" + rig.addr); err == nil || !strings.Contains(err.Error(), "Bad Gateway") {
		t.Errorf("a tunnel to the proxy itself: %v", err)
	}
}

// A body that upstream breaks off breaks off at the client as well.
func TestTruncation(t *testing.T) {
	h := func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/length" {
			w.Header().Set("Content-Length", "100")
		}
		fmt.Fprint(w, "part")
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	for _, h2 := range []bool{false, true} {
		rig := start(t, rule(t, "https://example.com", backend(t, h, h2)))
		for _, path := range []string{"/length", "/chunked"} {
			resp, err := rig.client.Get("https://example.com" + path)
			if err != nil {
				t.Fatal(err)
			}
			b, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			if err == nil || string(b) != "part" {
				t.Errorf("h2=%v %s: read %q and error %v", h2, path, b, err)
			}
			e := rig.entry(t, func(e *record.Entry) bool { return e.Path == path && e.State != record.Open })
			if e.State != record.Aborted || e.Error == "" {
				t.Errorf("entry %+v", e)
			}
		}
	}
}

func TestClientLeaves(t *testing.T) {
	began, cancelled := make(chan struct{}), make(chan struct{})
	b := backend(t, func(w http.ResponseWriter, r *http.Request) {
		close(began)
		<-r.Context().Done()
		close(cancelled)
	}, false)
	rig := start(t, rule(t, "https://example.com", b))
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-began; cancel() }()
	req, _ := http.NewRequestWithContext(ctx, http.MethodGet, "https://example.com/", nil)
	if _, err := rig.client.Do(req); err == nil {
		t.Fatal("answered")
	}
	select {
	case <-cancelled:
	case <-time.After(30 * time.Second):
		t.Fatal("the upstream request goes on")
	}
	rig.entry(t, func(e *record.Entry) bool { return e.State == record.Aborted })
}

func TestEventStream(t *testing.T) {
	next := make(chan string)
	h := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for s := range next {
			fmt.Fprintf(w, "data: %s\n\n", s)
			_ = http.NewResponseController(w).Flush()
		}
	}
	plain := httptest.NewServer(http.HandlerFunc(h))
	defer plain.Close()
	rig := start(t, rule(t, "https://example.com", backend(t, h, false)), rule(t, "http://dev.test", plain))
	for _, url := range []string{"https://example.com/", "http://dev.test/"} {
		next = make(chan string)
		go func() { next <- "0" }()
		resp, err := rig.client.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(resp.Body)
		for i := range 5 {
			if !lines.Scan() || lines.Text() != fmt.Sprintf("data: %d", i) {
				t.Fatalf("%s: event %d: %q %v", url, i, lines.Text(), lines.Err())
			}
			lines.Scan()
			if i < 4 {
				next <- fmt.Sprint(i + 1) // only after the one before has arrived
			}
		}
		close(next)
		resp.Body.Close()
	}
}

func TestWebSocket(t *testing.T) {
	h := func(w http.ResponseWriter, r *http.Request) {
		c, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
		if err != nil {
			return
		}
		defer c.CloseNow()
		c.SetReadLimit(-1)
		for {
			kind, data, err := c.Read(r.Context())
			if err != nil {
				return
			}
			if err := c.Write(r.Context(), kind, data); err != nil {
				return
			}
		}
	}
	plain := httptest.NewServer(http.HandlerFunc(h))
	defer plain.Close()
	rig := start(t, rule(t, "wss://example.com", backend(t, h, true)), rule(t, "ws://dev.test", plain))
	for _, url := range []string{"wss://example.com/ws", "ws://dev.test/ws"} {
		c, _, err := websocket.Dial(t.Context(), url, &websocket.DialOptions{HTTPClient: rig.client})
		if err != nil {
			t.Fatal(err)
		}
		c.SetReadLimit(-1)
		for _, n := range []int{1, 1 << 20} {
			msg := bytes.Repeat([]byte("x"), n)
			if err := c.Write(t.Context(), websocket.MessageBinary, msg); err != nil {
				t.Fatal(err)
			}
			_, got, err := c.Read(t.Context())
			if err != nil || !bytes.Equal(got, msg) {
				t.Fatalf("%s: %d bytes came back as %d: %v", url, n, len(got), err)
			}
		}
		if err := c.Close(websocket.StatusNormalClosure, "bye"); err != nil {
			t.Errorf("%s: close: %v", url, err)
		}
		e := rig.entry(t, func(e *record.Entry) bool { return e.Type == "websocket" && e.State == record.Done })
		if e.Status != 101 || e.Request.Size < 1<<20 || e.Response.Size < 1<<20 {
			t.Errorf("entry %+v", e)
		}
		rig.recorder.Clear()
	}
}

// The upstream of a WebSocket dies: the browser must learn it.
func TestWebSocketUpstreamDies(t *testing.T) {
	h := func(w http.ResponseWriter, r *http.Request) {
		c, err := websocket.Accept(w, r, nil)
		if err == nil {
			_ = c.CloseNow()
		}
	}
	rig := start(t, rule(t, "https://example.com", backend(t, h, false)))
	c, _, err := websocket.Dial(t.Context(), "wss://example.com/", &websocket.DialOptions{HTTPClient: rig.client})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if _, _, err := c.Read(ctx); err == nil || ctx.Err() != nil {
		t.Errorf("the connection stays: %v", err)
	}
}

func TestLargeBodies(t *testing.T) {
	b := backend(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(w, r.Body)
	}, true)
	rig := start(t, rule(t, "https://example.com", b))
	data := bytes.Repeat([]byte("0123456789abcdef"), 20<<20/16)
	resp, body := do(t, rig.client, http.MethodPut, "https://example.com/", bytes.NewReader(data))
	if sha256.Sum256([]byte(body)) != sha256.Sum256(data) || resp.StatusCode != 200 {
		t.Errorf("%d bytes came back as %d", len(data), len(body))
	}
	e := rig.entry(t, func(e *record.Entry) bool { return e.State == record.Done })
	if e.Request.Size != int64(len(data)) || e.Response.Size != int64(len(data)) || len(e.Response.Body) != record.BodyLimit {
		t.Errorf("sizes %d, %d, kept %d", e.Request.Size, e.Response.Size, len(e.Response.Body))
	}
}

func TestCompressedBodyUntouched(t *testing.T) {
	b := backend(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", r.Header.Get("Accept-Encoding"))
		fmt.Fprint(w, "\x1f\x8bnot really")
	}, false)
	rig := start(t, rule(t, "https://example.com", b))
	resp, body := get(t, rig.client, "https://example.com/", "Accept-Encoding", "zstd")
	if resp.Header.Get("Content-Encoding") != "zstd" || body != "\x1f\x8bnot really" {
		t.Errorf("%v %q", resp.Header, body)
	}
}

func TestHopByHopStaysAtItsHop(t *testing.T) {
	var seen http.Header
	b := backend(t, func(w http.ResponseWriter, r *http.Request) {
		seen = r.Header.Clone()
		w.Header().Set("Keep-Alive", "timeout=5")
		w.Header().Set("Proxy-Connection", "keep-alive")
		w.Header().Set("Connection", "X-Secret")
		w.Header().Set("X-Secret", "1")
		w.Header().Set("X-Kept", "1")
	}, false)
	rig := start(t, rule(t, "https://example.com", b))
	resp, body := get(t, rig.client, "https://example.com/", "Te", "trailers", "Proxy-Authorization", "x", "User-Agent", "")
	if resp.StatusCode != 200 {
		t.Fatalf("%d %s", resp.StatusCode, body)
	}
	for _, name := range []string{"Keep-Alive", "Proxy-Connection", "X-Secret", "Connection"} {
		if resp.Header.Get(name) != "" {
			t.Errorf("response has %s", name)
		}
	}
	if resp.Header.Get("X-Kept") != "1" {
		t.Error("an end-to-end field is gone")
	}
	if seen.Get("Te") != "trailers" || seen.Get("Proxy-Authorization") != "" || seen.Get("User-Agent") != "" {
		t.Errorf("the backend saw %v", seen)
	}
}

func TestTrailers(t *testing.T) {
	b := backend(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", "X-Sum")
		fmt.Fprint(w, "body")
		w.Header().Set("X-Sum", "42")
	}, true)
	rig := start(t, rule(t, "https://example.com", b))
	resp, _ := get(t, rig.client, "https://example.com/")
	if resp.Trailer.Get("X-Sum") != "42" {
		t.Errorf("trailer %v", resp.Trailer)
	}
}

// A panic in a modifier costs the exchange that modifier's work.
func TestModifierPanics(t *testing.T) {
	bad := proxy.Modifier{Name: "bad",
		Request:  func(*proxy.Flow) { panic("request side") },
		Response: func(*proxy.Flow) { panic("response side") }}
	rig := start(t, rule(t, "https://example.com", backend(t, echo, false), bad, allow))
	resp, _ := get(t, rig.client, "https://example.com/", "Origin", page)
	if resp.StatusCode != 200 || resp.Header.Get("Access-Control-Allow-Origin") != page {
		t.Errorf("%d %v", resp.StatusCode, resp.Header)
	}
}

// A change acts on open connections: rules on the next request, a host that is
// chosen or dropped by coming back through a new connection.
func TestApplyActsOnOpenConnections(t *testing.T) {
	b := backend(t, echo, false)
	on, off := rule(t, b.URL, b, allow), rule(t, b.URL, b)
	rig := start(t, on)
	rig.client.Transport.(*http.Transport).TLSClientConfig.RootCAs.AddCert(b.Certificate())
	read := func() (cors, decrypted bool) {
		req, _ := http.NewRequest(http.MethodGet, b.URL, nil)
		req.Header.Set("Origin", page)
		resp, err := rig.client.Do(req)
		if err != nil { // a kept-alive connection was closed as it was used: browsers, too, try again
			if resp, err = rig.client.Do(req); err != nil {
				t.Fatal(err)
			}
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		return resp.Header.Get("Access-Control-Allow-Origin") != "",
			!bytes.Equal(resp.TLS.PeerCertificates[0].Raw, b.Certificate().Raw)
	}
	for i, step := range []struct {
		rules           []*proxy.Rule
		cors, decrypted bool
	}{
		{[]*proxy.Rule{on}, true, true},
		{[]*proxy.Rule{off}, false, true},
		{[]*proxy.Rule{on}, true, true},
		{nil, false, false},
		{[]*proxy.Rule{on}, true, true},
		{nil, false, false},
	} {
		rig.Apply(proxy.NewRuleset(step.rules...))
		cors, decrypted := read()
		if cors != step.cors {
			t.Errorf("step %d: cors %v", i, cors)
		}
		// The connection that was open is closed behind its last answer: a request
		// that comes before that still goes through it, unchanged.
		for range 100 {
			if decrypted == step.decrypted {
				break
			}
			_, decrypted = read()
		}
		if decrypted != step.decrypted {
			t.Errorf("step %d: decrypted %v", i, decrypted)
		}
	}
}
