package proxy_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"corsage/proxy"
)

// leads is a system's setting that leads to these proxies, "" being none, for
// every host.
func leads(t *testing.T, addresses ...string) proxy.WayOut {
	t.Helper()
	var list []*url.URL
	for _, a := range addresses {
		var u *url.URL
		if a != "" {
			var err error
			if u, err = url.Parse(a); err != nil {
				t.Fatal(err)
			}
		}
		list = append(list, u)
	}
	return func(context.Context, *url.URL) []*url.URL { return list }
}

// nobody is the address of a proxy that isn't there.
func nobody(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return "http://" + l.Addr().String()
}

// What is not chosen goes by the system's setting too, which is asked for what is
// connected to.
func TestWayOutOfOtherHosts(t *testing.T) {
	secure, plain := backend(t, echo, true), httptest.NewServer(http.HandlerFunc(echo))
	defer plain.Close()
	byTLS, byHTTP := startCorporate(t, secure, false), startCorporate(t, plain, false)
	r := start(t)
	r.client.Transport.(*http.Transport).TLSClientConfig.RootCAs.AddCert(secure.Certificate())
	var mu sync.Mutex
	var asked []string
	r.SetWayOut(func(_ context.Context, u *url.URL) []*url.URL {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, u.String())
		to := byHTTP.URL
		if u.Scheme == "https" {
			to = byTLS.URL
		}
		found, _ := url.Parse(to)
		return []*url.URL{found}
	})
	if resp, body := get(t, r.client, "https://example.com/x"); resp.StatusCode != 200 || !strings.Contains(body, "/x host=example.com") {
		t.Errorf("%s %s", resp.Status, body)
	}
	if got := byTLS.asked(); got != "CONNECT example.com:443" {
		t.Errorf("the proxy was asked for %q", got)
	}
	if resp, body := get(t, r.client, "http://example.com/y"); resp.StatusCode != 200 || !strings.Contains(body, "/y host=example.com") {
		t.Errorf("%s %s", resp.Status, body)
	}
	if got := byHTTP.asked(); got != "GET http://example.com/y" {
		t.Errorf("the proxy was asked for %q", got)
	}
	mu.Lock()
	defer mu.Unlock()
	if got := strings.Join(asked, " "); got != "https://example.com:443 http://example.com/y" {
		t.Errorf("the setting was asked for %s", got)
	}
}

// The profile has the first word, then the environment, then the system; nobody
// asks a proxy for this machine.
func TestWayOutComesLast(t *testing.T) {
	b := httptest.NewServer(http.HandlerFunc(echo))
	defer b.Close()
	profile, environment, system := startCorporate(t, b, false), startCorporate(t, b, false), startCorporate(t, b, false)
	local := "http://" + b.Listener.Addr().String()
	for _, c := range []struct {
		name, profile string
		env           bool
		url           string
		want          *corporate
	}{
		{"profile", profile.URL, true, "http://example.com/", profile},
		{"profile says direct", "direct", true, local, nil},
		{"environment", "environment", true, "http://example.com/", environment},
		{"system", "environment", false, "http://example.com/", system},
		{"this machine", "environment", false, local, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.env {
				t.Setenv("HTTP_PROXY", environment.URL)
			}
			r := start(t, through(t, trusting(t, strings.TrimSuffix(c.url, "/")), c.profile))
			r.SetWayOut(leads(t, system.URL))
			if resp, body := get(t, r.client, c.url); resp.StatusCode != 200 {
				t.Errorf("%s %s", resp.Status, body)
			}
			for _, p := range []*corporate{profile, environment, system} {
				if asked := p.asked(); (asked != "") != (p == c.want) {
					t.Errorf("one of the proxies was asked for %q", asked)
				}
			}
		})
	}
}

// The ways are tried in order where nobody is there, with the request's body, and
// one that was not there is tried last for a while. A proxy's refusal is the
// answer.
func TestWayOutTriesInOrder(t *testing.T) {
	take := func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, _ = w.Write(append([]byte("got "), body...))
	}
	secure, plain := backend(t, take, true), httptest.NewServer(http.HandlerFunc(take))
	defer plain.Close()
	for _, scheme := range []string{"https", "http"} {
		t.Run(scheme, func(t *testing.T) {
			b := secure
			if scheme == "http" {
				b = plain
			}
			corp := startCorporate(t, b, false)
			r := start(t, trusting(t, scheme+"://example.com", secure))
			gone := nobody(t)
			r.SetWayOut(leads(t, gone, "socks5"+strings.TrimPrefix(gone, "http"), corp.URL, gone))
			for range 2 {
				resp, body := do(t, r.client, http.MethodPost, scheme+"://example.com/x", strings.NewReader("some text"))
				if resp.StatusCode != 200 || body != "got some text" {
					t.Fatalf("%s %s", resp.Status, body)
				}
			}
			corp.asked()

			refusing := startCorporate(t, b, false)
			refusing.refuse = func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "not for you", http.StatusForbidden) }
			r.SetWayOut(leads(t, refusing.URL, corp.URL))
			resp, body := get(t, r.client, scheme+"://example.com/x")
			if want := map[string]int{"https": 502, "http": 403}[scheme]; resp.StatusCode != want || !strings.Contains(body, "not for you") {
				t.Errorf("%s %s", resp.Status, body)
			}
			if asked := corp.asked(); asked != "" {
				t.Errorf("behind a refusal the next proxy was asked for %s", asked)
			}

			r.SetWayOut(leads(t, gone))
			resp, body = get(t, r.client, scheme+"://example.com/x")
			if resp.StatusCode != 502 || !strings.Contains(body, "system's proxy setting") || !strings.Contains(body, "set proxy: direct in the profile") {
				t.Errorf("%s %s", resp.Status, body)
			}
		})
	}
}

// A proxy that is not there leads to a direct connection where the setting says
// so, for tunnels too.
func TestWayOutEndsDirect(t *testing.T) {
	b := httptest.NewServer(http.HandlerFunc(echo))
	defer b.Close()
	// As a destination this is here, but no loopback address, which is always direct.
	address := strings.Replace(b.Listener.Addr().String(), "127.0.0.1", "0.0.0.0", 1)
	r := start(t)
	r.SetWayOut(leads(t, nobody(t), ""))
	if resp, body := get(t, r.client, "http://"+address+"/"); resp.StatusCode != 200 || !strings.Contains(body, "host=0.0.0.0") {
		t.Errorf("%s %s", resp.Status, body)
	}
	r.connect(t, address)
}

// The setting can change at any time, and one that names Corsage itself is none.
func TestWayOutChanges(t *testing.T) {
	b := backend(t, echo, true)
	one, other := startCorporate(t, b, false), startCorporate(t, b, false)
	r := start(t, trusting(t, "https://example.com", b))
	for _, c := range []struct {
		way  proxy.WayOut
		want string
	}{
		{leads(t, one.URL), "one"}, {leads(t, other.URL), "other"}, {nil, "nobody"},
		{leads(t, one.URL), "one"}, {leads(t, "http://"+r.addr), "nobody"},
		{leads(t, "http://"+r.addr, one.URL), "one"},
	} {
		r.SetWayOut(c.way)
		resp, body := get(t, r.client, "https://example.com/")
		asked := map[string]string{"one": one.asked(), "other": other.asked(), "nobody": ""}
		if c.want == "nobody" {
			if resp.StatusCode != 502 || strings.Contains(body, "proxy") {
				t.Errorf("%s %s", resp.Status, body)
			}
		} else if resp.StatusCode != 200 {
			t.Errorf("%s %s", resp.Status, body)
		}
		for name, got := range asked {
			if (got != "") != (name == c.want && name != "nobody") {
				t.Errorf("by %s: the proxy %s was asked for %q", c.want, name, got)
			}
		}
	}
}

// A proxy that was not there is tried last for a while, so that not each request
// waits for it anew.
func TestWayOutRemembersWhoWasNotThere(t *testing.T) {
	b := httptest.NewServer(http.HandlerFunc(echo))
	defer b.Close()
	corp, gone := startCorporate(t, b, false), nobody(t)
	r := start(t)
	r.SetWayOut(leads(t, gone, corp.URL))
	get(t, r.client, "http://example.com/")
	l, err := net.Listen("tcp", strings.TrimPrefix(gone, "http://"))
	if err != nil {
		t.Skip("the address is taken by now: ", err)
	}
	back := &http.Server{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was asked at once") })}
	go func() { _ = back.Serve(l) }()
	defer back.Close()
	corp.asked()
	if resp, body := get(t, r.client, "http://example.com/"); resp.StatusCode != 200 || corp.asked() == "" {
		t.Errorf("%s %s", resp.Status, body)
	}
}
