package proxy_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"testing"

	"corsage/proxy"
)

// old is a backend that speaks HTTP/1.0 and ends its body by closing.
func old(t *testing.T, secure bool) *httptest.Server {
	return listenRaw(t, secure, func(c net.Conn, br *bufio.Reader) {
		head, body, err := readMessage(br)
		if err != nil {
			return
		}
		line, _, _ := strings.Cut(head, "\r\n")
		fmt.Fprintf(c, "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nsaw %s %s", line, body)
	})
}

// All versions of HTTP meet all versions of HTTP.
func TestVersions(t *testing.T) {
	saw := func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "text/plain")
		fmt.Fprintf(w, "saw %s %s %s %s", r.Method, r.RequestURI, r.Proto, body)
	}
	plain := httptest.NewServer(http.HandlerFunc(saw))
	defer plain.Close()
	oldPlain := old(t, false)
	r := start(t,
		rawRule(t, "https://v0.example.com", old(t, true)),
		rule(t, "https://v1.example.com", backend(t, saw, false)),
		rule(t, "https://v2.example.com", backend(t, saw, true)),
		rawRule(t, "http://v0.test", oldPlain),
		rule(t, "http://v1.test", plain))

	for _, to := range []struct{ url, sees string }{
		{"https://v0.example.com", "HTTP/1.1"},
		{"https://v1.example.com", "HTTP/1.1"},
		{"https://v2.example.com", "HTTP/2.0"},
		{"http://v0.test", "HTTP/1.1"},
		{"http://v1.test", "HTTP/1.1"},
		{oldPlain.URL, "HTTP/1.1"},
		{plain.URL, "HTTP/1.1"},
	} {
		scheme, host, _ := strings.Cut(to.url, "://")
		want := "saw POST /x?y " + to.sees + " data"
		for _, version := range []string{"1.0", "1.1"} {
			t.Run("HTTP "+version+" to "+to.url, func(t *testing.T) {
				conn, br := r.dial(t, scheme, host)
				target := "/x?y"
				if scheme == "http" {
					target = to.url + target
				}
				fmt.Fprintf(conn, "POST %s HTTP/%s\r\nHost: %s\r\nContent-Length: 4\r\n\r\ndata", target, version, host)
				resp, err := http.ReadResponse(br, nil)
				if err != nil {
					t.Fatal(err)
				}
				body, err := io.ReadAll(resp.Body)
				// net/http answers HTTP/1.0 as HTTP/1.0, which RFC 9110, section 6.2, lets it.
				if err != nil || string(body) != want || resp.StatusCode != 200 || resp.Proto != "HTTP/"+version {
					t.Errorf("%s %d %q %v, want %q", resp.Proto, resp.StatusCode, body, err, want)
				}
				if version == "1.0" && (len(resp.TransferEncoding) > 0 || !closed(br)) {
					t.Errorf("not fit for HTTP/1.0: chunked %v", resp.TransferEncoding)
				}
			})
		}
		if scheme == "https" {
			t.Run("HTTP 2 to "+to.url, func(t *testing.T) {
				resp, body := do(t, r.client, "POST", to.url+"/x?y", strings.NewReader("data"))
				if resp.ProtoMajor != 2 || body != want {
					t.Errorf("%s %q, want %q", resp.Proto, body, want)
				}
			})
		}
	}
}

// An HTTP/1.0 request need not name its host: the tunnel does.
func TestOldRequestWithoutHost(t *testing.T) {
	r := start(t, rule(t, "https://example.com", backend(t, echo, false)), rule(t, "http://dev.test", nil))
	conn, br := r.dial(t, "https", "example.com")
	fmt.Fprint(conn, "GET /x HTTP/1.0\r\n\r\n")
	resp, err := http.ReadResponse(br, nil)
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(resp.Body)
	if resp.StatusCode != 200 || !strings.Contains(string(body), "/x host=example.com") {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
}

// Many requests need one connection, on both sides.
func TestKeepAlive(t *testing.T) {
	h := func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		switch r.URL.Path {
		case "/204":
			w.WriteHeader(204)
		case "/304":
			w.WriteHeader(304)
		case "/chunked":
			fmt.Fprint(w, "a")
			_ = http.NewResponseController(w).Flush()
			fmt.Fprint(w, "b")
		case "/trailer":
			fmt.Fprint(w, "a")
			w.Header().Set(http.TrailerPrefix+"X-Sum", "1")
		default:
			fmt.Fprint(w, "x")
		}
	}
	for _, c := range []struct {
		name, host   string
		tls, to, two bool
		version      int
	}{
		{"h1 to h1", "https://example.com", true, false, false, 1},
		{"h1 to h2", "https://example.com", true, true, false, 1},
		{"h2 to h1", "https://example.com", true, false, true, 2},
		{"h2 to h2", "https://example.com", true, true, true, 2},
		{"plain", "http://dev.test", false, false, false, 1},
		{"plain, not chosen", "", false, false, false, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			var conns atomic.Int64
			b := httptest.NewUnstartedServer(http.HandlerFunc(h))
			b.EnableHTTP2 = c.to
			b.Config.ConnState = func(_ net.Conn, s http.ConnState) {
				if s == http.StateNew {
					conns.Add(1)
				}
			}
			if c.tls {
				b.StartTLS()
			} else {
				b.Start()
			}
			defer b.Close()
			url := c.host
			r := start(t)
			if url == "" {
				url = b.URL
			} else {
				r.Apply(proxy.NewRuleset(rule(t, url, b)))
			}
			r.client.Transport.(*http.Transport).Protocols = protocols(1, c.version)
			for i, method := range []string{"GET", "POST", "HEAD", "PUT", "GET", "OPTIONS", "DELETE"} {
				for _, path := range []string{"/", "/204", "/304", "/chunked", "/trailer"} {
					var reused bool
					ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
						GotConn: func(info httptrace.GotConnInfo) { reused = info.Reused },
					})
					req, err := http.NewRequestWithContext(ctx, method, url+path, nil)
					if err != nil {
						t.Fatal(err)
					}
					resp, err := r.client.Do(req)
					if err != nil {
						t.Fatal(err)
					}
					_, _ = io.Copy(io.Discard, resp.Body)
					_ = resp.Body.Close()
					if want := i > 0 || path != "/"; reused != want {
						t.Errorf("%s %s: on an open connection %v, want %v", method, path, reused, want)
					}
				}
			}
			if n := conns.Load(); n != 1 {
				t.Errorf("%d connections to the backend", n)
			}
		})
	}
}

// A client that closes its connection does not cost the backend's.
func TestClosingClient(t *testing.T) {
	var conns atomic.Int64
	b := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.Header.Get("Connection"))
	}))
	b.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			conns.Add(1)
		}
	}
	b.Start()
	defer b.Close()
	r := start(t, rule(t, "https://example.com", b))
	for _, version := range []string{"1.0", "1.1", "1.0", "1.1"} {
		conn, br := r.dial(t, "https", "example.com")
		fmt.Fprintf(conn, "GET / HTTP/%s\r\nHost: example.com\r\nConnection: close\r\n\r\n", version)
		resp, err := http.ReadResponse(br, nil)
		if err != nil {
			t.Fatal(err)
		}
		if body, err := io.ReadAll(resp.Body); err != nil || len(body) > 0 || !resp.Close || !closed(br) {
			t.Errorf("%q %v, closes: %v", body, err, resp.Close)
		}
	}
	if n := conns.Load(); n != 1 {
		t.Errorf("%d connections to the backend", n)
	}
}

// An HTTP/1.0 client that asks for it keeps its connection, where the answer's
// end can be told without closing.
func TestOldKeepAlive(t *testing.T) {
	long := strings.Repeat("y", 100<<10)
	b := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "x")
		if r.URL.Path == "/unknown" {
			_ = http.NewResponseController(w).Flush()
			fmt.Fprint(w, long) // more than could be held back to be counted
		}
	}))
	defer b.Close()
	r := start(t, rule(t, "https://example.com", b), rule(t, "http://dev.test", b))
	for _, base := range []string{"https://example.com", "http://dev.test", b.URL} {
		t.Run(base, func(t *testing.T) {
			scheme, host, _ := strings.Cut(base, "://")
			conn, br := r.dial(t, scheme, host)
			for i, c := range []struct {
				path, ask, body string
				kept            bool
			}{
				{"/", "keep-alive", "x", true},
				{"/", "Keep-Alive", "x", true},
				{"/unknown", "keep-alive", "x" + long, false},
			} {
				if scheme == "http" {
					c.path = base + c.path
				}
				fmt.Fprintf(conn, "GET %s HTTP/1.0\r\nHost: %s\r\nConnection: %s\r\n\r\n", c.path, host, c.ask)
				resp, err := http.ReadResponse(br, nil)
				if err != nil {
					t.Fatalf("%d: %v", i, err)
				}
				body, err := io.ReadAll(resp.Body)
				if err != nil || string(body) != c.body || resp.Close == c.kept {
					t.Errorf("%d: %d bytes %v, closes: %v", i, len(body), err, resp.Close)
				}
			}
			if !closed(br) {
				t.Error("the end of the body was never told")
			}
		})
	}
}
