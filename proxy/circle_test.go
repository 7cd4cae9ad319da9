package proxy_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"corsage/proxy"
	"corsage/proxy/record"

	"github.com/elazarl/goproxy"
)

// mostTurns ends a circle that nothing else ends.
const mostTurns = 600

// turns counts what a proxy in the circle is asked for.
type turns struct {
	atomic.Int64
	http.Handler
}

func (n *turns) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if n.Add(1) > mostTurns {
		http.Error(w, "the test's circle goes on and on", http.StatusServiceUnavailable)
		return
	}
	n.Handler.ServeHTTP(w, r)
}

// secondProxy is a goproxy that sends all to the proxy at next. Where headers is
// false it makes new requests with none of the old one's.
func secondProxy(t *testing.T, next string, headers bool) (*httptest.Server, *turns) {
	t.Helper()
	p := goproxy.NewProxyHttpServer()
	p.Logger = log.New(io.Discard, "", 0)
	nextURL := &url.URL{Scheme: "http", Host: next}
	p.Tr = &http.Transport{Proxy: http.ProxyURL(nextURL)}
	t.Cleanup(p.Tr.CloseIdleConnections)
	forwarded := func(from *http.Request) func(to *http.Request) {
		return func(to *http.Request) {
			if headers && from != nil {
				to.Header["Cdn-Loop"] = from.Header["Cdn-Loop"]
			}
		}
	}
	p.ConnectDialWithReq = func(r *http.Request, _, addr string) (net.Conn, error) {
		return p.NewConnectDialToProxyWithHandler(nextURL.String(), forwarded(r))("tcp", addr)
	}
	p.OnRequest().DoFunc(func(r *http.Request, _ *goproxy.ProxyCtx) (*http.Request, *http.Response) {
		if !headers {
			r.Header = http.Header{}
		}
		return r, nil
	})
	n := &turns{Handler: p}
	s := httptest.NewServer(n)
	t.Cleanup(s.Close)
	return s, n
}

// roundAbout starts a Corsage whose environment names a second proxy that sends
// everything back.
func roundAbout(t *testing.T, headers bool, rules ...*proxy.Rule) (*rig, *logBuffer, *turns) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	second, n := secondProxy(t, l.Addr().String(), headers)
	t.Setenv("ALL_PROXY", second.URL)
	r, log := startOn(t, l, rules...)
	r.client.Timeout = 20 * time.Second
	return r, log, n
}

func TestCircleOfPlainHTTP(t *testing.T) {
	for _, headers := range []bool{true, false} {
		r, log, n := roundAbout(t, headers, trusting(t, "http://chosen.test"))
		for _, host := range []string{"chosen.test", "other.test"} {
			n.Store(0)
			resp, body := get(t, r.client, "http://"+host+"/x", "Origin", page)
			if resp.StatusCode != http.StatusLoopDetected || !strings.Contains(body, "http://"+host+" could not be reached: ") ||
				!strings.Contains(body, "Take Corsage out of that proxy's own settings; ") {
				t.Errorf("headers %v: %s %s", headers, resp.Status, body)
			}
			want := int64(1)
			if !headers {
				want = 256
			}
			if n.Load() != want {
				t.Errorf("headers %v, %s: it went round %d times, want %d", headers, host, n.Load(), want)
			}
			if host == "chosen.test" && resp.Header.Get("Access-Control-Allow-Origin") != page {
				t.Error("the page can't read it")
			}
		}
		r.entry(t, func(e *record.Entry) bool {
			return e.Status == 508 && strings.Contains(e.Error, "the proxy http://127.0.0.1:") && strings.Contains(e.Error, "(from ALL_PROXY)")
		})
		if !strings.Contains(log.String(), "GET") || !strings.Contains(log.String(), "a request was refused") {
			t.Errorf("the log says %s", log)
		}
	}
}

// answerTo sends a CONNECT and returns all that comes back.
func (r *rig) answerTo(t *testing.T, authority string, header ...string) string {
	t.Helper()
	conn, err := net.Dial("tcp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	fmt.Fprintf(conn, "CONNECT %s HTTP/1.1\r\nHost: %[1]s\r\n%s\r\n", authority, strings.Join(header, "\r\n"))
	resp, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: http.MethodGet})
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.Status + "\n" + string(body)
}

func TestCircleOfTunnels(t *testing.T) {
	for headers, want := range map[bool]int64{true: 1, false: 256} {
		r, log, n := roundAbout(t, headers)
		answer := r.answerTo(t, "other.test:443")
		if !strings.HasPrefix(answer, "502 ") || !strings.Contains(answer, "the proxy http://127.0.0.1:") {
			t.Errorf("headers %v: %s", headers, answer)
		}
		if n.Load() != want {
			t.Errorf("headers %v: it went round %d times, want %d", headers, n.Load(), want)
		}
		if text := log.String(); !strings.Contains(text, "a request was refused") || !strings.Contains(text, "other.test:443") {
			t.Errorf("the log says %s", text)
		}
	}
}

// On its second pass a chosen host's request is decrypted again, and its marker
// seen, whatever the proxy between did with headers of CONNECT.
func TestCircleOfChosenHost(t *testing.T) {
	r, _, n := roundAbout(t, false)
	rl := trusting(t, "https://chosen.test")
	rl.Insecure = true // what comes back is our own certificate
	r.Apply(proxy.NewRuleset(rl))
	resp, body := get(t, r.client, "https://chosen.test/x", "Origin", page)
	if resp.StatusCode != http.StatusLoopDetected || resp.Header.Get("Access-Control-Allow-Origin") != page ||
		!strings.Contains(body, "the request has been through Corsage before: the proxy http://127.0.0.1:") {
		t.Errorf("%s %s", resp.Status, body)
	}
	if n.Load() != 1 {
		t.Errorf("it went round %d times", n.Load())
	}
}

// A dev server that uses Corsage as its own proxy, for the name under which
// Corsage reaches it.
func TestCircleThroughUpstream(t *testing.T) {
	r := start(t)
	pool := x509.NewCertPool()
	pool.AddCert(r.ca.Certificate())
	back := &http.Transport{Proxy: http.ProxyURL(&url.URL{Scheme: "http", Host: r.addr}), TLSClientConfig: &tls.Config{RootCAs: pool}}
	defer back.CloseIdleConnections()
	n := &turns{Handler: &httputil.ReverseProxy{
		Transport: back,
		Rewrite:   func(p *httputil.ProxyRequest) { p.SetURL(&url.URL{Scheme: "https", Host: "chosen.test"}) },
	}}
	dev := httptest.NewServer(n)
	defer dev.Close()
	r.Apply(proxy.NewRuleset(rule(t, "https://chosen.test", dev, allow)))
	resp, body := get(t, r.client, "https://chosen.test/x")
	if resp.StatusCode != http.StatusLoopDetected || n.Load() != 1 ||
		!strings.Contains(body, "the upstream at "+dev.Listener.Addr().String()+" sent it back here. Take Corsage out of that one's proxy settings") {
		t.Errorf("%d turns: %s %s", n.Load(), resp.Status, body)
	}
}

// Two of us that name each other.
func TestCircleOfTwo(t *testing.T) {
	var l [2]net.Listener
	for i := range l {
		var err error
		if l[i], err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("ALL_PROXY", "http://"+l[1].Addr().String())
	one, _ := startOn(t, l[0])
	t.Setenv("ALL_PROXY", "http://"+l[0].Addr().String())
	_, _ = startOn(t, l[1])
	resp, body := get(t, one.client, "http://other.test/")
	if resp.StatusCode != http.StatusLoopDetected {
		t.Errorf("%s %s", resp.Status, body)
	}
	if answer := one.answerTo(t, "other.test:443"); !strings.HasPrefix(answer, "502 ") || !strings.Contains(answer, "508 Loop Detected") {
		t.Error(answer)
	}
}

// The marker is added to what others put there, and what is not chosen and goes
// straight to its host has none.
func TestMarker(t *testing.T) {
	b := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, strings.Join(r.Header.Values("CDN-Loop"), "|"))
	}))
	defer b.Close()
	r := start(t, rule(t, "http://chosen.test", b))
	_, own := get(t, r.client, "http://chosen.test/")
	if !strings.HasPrefix(own, "corsage-") || len(own) < 20 {
		t.Errorf("the marker is %q", own)
	}
	e := r.entry(t, func(e *record.Entry) bool { return e.State == record.Done })
	if got := e.Sent(record.Request).Get("CDN-Loop"); got != own {
		t.Errorf("the log shows %q", got)
	}
	if _, got := get(t, r.client, "http://chosen.test/", "CDN-Loop", "cdn.example; v=1, other"); got != "cdn.example; v=1, other|"+own {
		t.Errorf("beside others: %q", got)
	}
	for _, value := range []string{own, strings.ToUpper(own), "a, " + own + ";x=y"} {
		if resp, _ := get(t, r.client, "http://chosen.test/", "CDN-Loop", value); resp.StatusCode != http.StatusLoopDetected {
			t.Errorf("%s is not seen: %s", value, resp.Status)
		}
	}
	if answer := r.answerTo(t, "other.test:443", "CDN-Loop: "+own, ""); !strings.HasPrefix(answer, "508 ") || !strings.Contains(answer, "has been through Corsage before: a proxy on the way") {
		t.Error(answer)
	}
	if _, got := get(t, r.client, b.URL); got != "" {
		t.Errorf("what is not chosen is marked %q", got)
	}
	if _, other := get(t, start(t, rule(t, "http://chosen.test", b)).client, "http://chosen.test/"); other == own {
		t.Error("two servers have the same marker")
	}
}

// Many requests at once are no circle if they wait for something else.
func TestBrakeLetsGo(t *testing.T) {
	release := make(chan struct{})
	b := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			<-release
		}
	}))
	defer b.Close()
	corp := startCorporate(t, b, false)
	t.Setenv("HTTP_PROXY", corp.URL)
	r := start(t)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	const many = 300
	status := make(chan int, many)
	for range many {
		go func() {
			req, _ := http.NewRequestWithContext(ctx, http.MethodGet, "http://other.test/slow", nil)
			resp, err := r.client.Do(req)
			if err != nil {
				status <- 0
				return
			}
			_ = resp.Body.Close()
			status <- resp.StatusCode
		}()
	}
	refused := 0
	for range many - 256 {
		if <-status == http.StatusLoopDetected {
			refused++
		}
	}
	if resp, _ := get(t, r.client, "http://other.test/fast"); resp.StatusCode != 200 {
		t.Errorf("another request was refused: %s", resp.Status)
	}
	close(release)
	ok := 0
	for range 256 {
		if <-status == 200 {
			ok++
		}
	}
	if refused != many-256 || ok != 256 {
		t.Errorf("%d refused, %d answered", refused, ok)
	}
	if resp, _ := get(t, r.client, "http://other.test/slow"); resp.StatusCode != 200 {
		t.Errorf("it refuses still: %s", resp.Status)
	}
}
