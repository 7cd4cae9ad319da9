package proxy_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// witness is a backend that keeps the heads of the requests that it gets and
// answers each with what answer makes of it.
type witness struct {
	*httptest.Server
	mu    sync.Mutex
	heads []string
}

func newWitness(t *testing.T, secure bool, answer func(head, body string) string) *witness {
	w := new(witness)
	w.Server = listenRaw(t, secure, func(c net.Conn, br *bufio.Reader) {
		for {
			head, body, err := readMessage(br)
			if err != nil {
				return
			}
			w.mu.Lock()
			w.heads = append(w.heads, head)
			w.mu.Unlock()
			if _, err := fmt.Fprint(c, answer(head, body)); err != nil {
				return
			}
		}
	})
	return w
}

// seen returns what came since it was asked last.
func (w *witness) seen() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	heads := w.heads
	w.heads = nil
	return heads
}

func noBody(string, string) string { return "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" }

// The request target is at the backend byte for byte as the client wrote it.
func TestRequestTargetUntouched(t *testing.T) {
	secure, plain := newWitness(t, true, noBody), newWitness(t, false, noBody)
	r := start(t, rawRule(t, "https://example.com", secure.Server), rawRule(t, "http://dev.test", plain.Server))
	for _, c := range []struct {
		target string
		want   string // where it differs: why stands beside it
	}{
		{target: "/"},
		{target: "/?"},
		{target: "/a?b=c&d"},
		{target: "/a??b?"},
		{target: "/a%2Fb%2f%41%7e"},
		{target: "/a;b=c,d;e"},
		{target: "/?a;b|c^d\"e<f>g`h{i}j\\k"},
		{target: "/?%zz%&%u1234"},
		{target: "/?q=a%20b+c"},
		{target: "/?x=\xc3\xa4\xe4"},
		{target: "/[id]/a|b"},
		{target: "/a|b^c`d{e}f\"g<h>i\\j"},
		{target: "/ä/\xe4"},
		{target: "/a'b(c)*d!e$f&g=h:i@j~k"},
		{target: "//double//slash//"},
		{target: "//"},
		{target: "/a/./b/../c/%2e%2e/d"},
		{target: "/a?redirect=https://other.test/x?y#z"},
		{target: "/a#fragment"},
		{target: "/*"},
		{target: "/https://inner.test/x"},
		{target: "/" + strings.Repeat("long/", 64<<10/5) + "?" + strings.Repeat("q", 64<<10)},
		// net/url has no form for a target that begins with two slashes and has a
		// byte that it would escape; browsers send of these only | and ^.
		{target: "//a|b", want: "//a%7Cb"},
	} {
		want := c.want
		if want == "" {
			want = c.target
		}
		name := c.target[:min(len(c.target), 40)]
		for scheme, host := range map[string]string{"https": "example.com", "http": "dev.test", "": strings.TrimPrefix(plain.URL, "http://")} {
			t.Run(scheme+" "+name, func(t *testing.T) {
				w, target := plain, c.target
				switch scheme {
				case "https":
					w = secure
				case "":
					scheme = "http"
					fallthrough
				default:
					target = "http://" + host + target
				}
				conn, br := r.dial(t, scheme, host)
				fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", target, host)
				resp, err := http.ReadResponse(br, nil)
				if err != nil || resp.StatusCode != 200 {
					t.Fatalf("%v %v", resp, err)
				}
				heads := w.seen()
				if len(heads) != 1 || !strings.HasPrefix(heads[0], "GET "+want+" HTTP/1.1\r\n") {
					t.Errorf("the backend saw %.200q", heads)
				}
			})
		}
	}
}

// Over HTTP/2 as well.
func TestRequestTargetUntouchedHTTP2(t *testing.T) {
	h := func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.RequestURI) }
	ways(t, h, func(t *testing.T, w way) {
		for _, target := range []string{"/a%2Fb", "//a//b", "/a/../b", "/?", "/?%zz|", "/[id]", "/a|b"} {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.url, nil)
			if err != nil {
				t.Fatal(err)
			}
			path, query, has := strings.Cut(target, "?")
			req.URL.Path, req.URL.RawPath, req.URL.RawQuery, req.URL.ForceQuery = path, path, query, has
			if strings.Contains(path, "%2F") {
				req.URL.Path = strings.ReplaceAll(path, "%2F", "/")
			}
			if strings.Contains(path, "|") {
				if !w.h2 && !strings.HasPrefix(w.url, "https:") {
					continue // net/http's own client has no such absolute form
				}
				req.URL.Opaque = path
			}
			resp, err := w.client.Do(req)
			if err != nil {
				t.Errorf("%s: %v", target, err)
				continue
			}
			got, _ := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			if string(got) != target {
				t.Errorf("%s came as %s", target, got)
			}
		}
	})
}

// Methods are words of any kind, and mean nothing to a proxy.
func TestMethodsUntouched(t *testing.T) {
	secure, plain := newWitness(t, true, noBody), newWitness(t, false, noBody)
	r := start(t, rawRule(t, "https://example.com", secure.Server), rawRule(t, "http://dev.test", plain.Server))
	for _, method := range []string{"OPTIONS", "TRACE", "PROPFIND", "REPORT", "MKCALENDAR", "PURGE", "QUERY", "patch", "get", "X-Custom_1!", "BASELINE-CONTROL"} {
		for _, w := range []*witness{secure, plain} {
			scheme, host, target := "https", "example.com", "/x"
			if w == plain {
				scheme, host, target = "http", "dev.test", "http://dev.test/x"
			}
			conn, br := r.dial(t, scheme, host)
			fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: %s\r\n\r\n", method, target, host)
			resp, err := http.ReadResponse(br, nil)
			if err != nil || resp.StatusCode != 200 {
				t.Fatalf("%s: %v %v", method, resp, err)
			}
			if heads := w.seen(); len(heads) != 1 || !strings.HasPrefix(heads[0], method+" /x HTTP/1.1\r\n") {
				t.Errorf("%s: the backend saw %q", method, heads)
			}
		}
	}
}

// A question about the server as a whole is one for the backend (RFC 9112,
// section 3.2.4).
func TestOptionsAsterisk(t *testing.T) {
	secure, plain := newWitness(t, true, noBody), newWitness(t, false, noBody)
	prefixed := rawRule(t, "https://two.example.com", secure.Server)
	prefixed.Upstream = prefixed.Upstream.JoinPath("below")
	r := start(t, rawRule(t, "https://example.com", secure.Server), prefixed, rawRule(t, "http://dev.test", plain.Server))
	for _, c := range []struct {
		w                    *witness
		scheme, host, target string
	}{
		{secure, "https", "example.com", "*"},
		{secure, "https", "two.example.com", "*"},
		{plain, "http", "dev.test", "http://dev.test"},
		{plain, "http", "dev.test", "http://dev.test:80"},
		{plain, "http", strings.TrimPrefix(plain.URL, "http://"), plain.URL},
	} {
		conn, br := r.dial(t, c.scheme, c.host)
		fmt.Fprintf(conn, "OPTIONS %s HTTP/1.1\r\nHost: %s\r\n\r\n", c.target, c.host)
		resp, err := http.ReadResponse(br, nil)
		if err != nil || resp.StatusCode != 200 {
			t.Fatalf("%v %v", resp, err)
		}
		if heads := c.w.seen(); len(heads) != 1 || !strings.HasPrefix(heads[0], "OPTIONS * HTTP/1.1\r\n") {
			t.Errorf("%s: the backend saw %q", c.target, heads)
		}
	}
}
