package proxy_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"corsage/proxy"
	"corsage/proxy/record"
)

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
