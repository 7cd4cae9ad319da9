package proxy_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"corsage/profiles"
	"corsage/proxy"
	"corsage/proxy/record"
	"corsage/proxy/session"

	"github.com/coder/websocket"
)

// site is a backend that does what it does under its own name alone: it builds
// addresses from Host, and takes no other page's requests for its own.
func site(w http.ResponseWriter, r *http.Request) {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	own := scheme + "://" + r.Host
	if !strings.HasPrefix(r.Host, "127.0.0.1:") {
		http.Error(w, "this is not "+r.Host, http.StatusBadRequest)
		return
	}
	if origin := r.Header.Get("Origin"); origin != "" && origin != own {
		http.Error(w, "not from "+origin, http.StatusForbidden)
		return
	}
	path, under := strings.CutPrefix(r.URL.Path, "/v1")
	if !under {
		http.NotFound(w, r)
		return
	}
	switch path {
	case "/redirect":
		w.Header().Set("Set-Cookie", "a=1; Path=/v1; Domain=127.0.0.1")
		http.Redirect(w, r, own+"/v1/landing?from="+own, http.StatusFound)
	case "/trailer":
		w.Header().Set("Trailer", "X-Sum")
		_, _ = io.WriteString(w, "body")
		w.Header().Set("X-Sum", "4")
	case "/socket":
		c, err := websocket.Accept(w, r, nil) // which compares Origin with Host as well
		if err != nil {
			return
		}
		kind, data, err := c.Read(r.Context())
		if err == nil {
			_ = c.Write(r.Context(), kind, data)
		}
		_ = c.CloseNow()
	default:
		_, _ = fmt.Fprintf(w, "%s %s referer=%s", r.Proto, r.URL, r.Header.Get("Referer"))
	}
}

// What works at a backend works at one that lies elsewhere, under another scheme
// and name and below a prefix, in each version of HTTP.
func TestBackendElsewhere(t *testing.T) {
	plain := httptest.NewServer(http.HandlerFunc(site))
	t.Cleanup(plain.Close)
	const base = "https://nowhere.example.test"
	for _, c := range []struct {
		name  string
		s     *httptest.Server
		proto string
	}{{"plain http", plain, "HTTP/1.1"}, {"https", backend(t, site, false), "HTTP/1.1"}, {"HTTP/2", backend(t, site, true), "HTTP/2.0"}} {
		t.Run(c.name, func(t *testing.T) {
			p := profiles.Profile{Name: "Site", Backends: []profiles.Backend{{URL: base, Upstream: c.s.URL + "/v1", Host: profiles.HostUpstream, Insecure: true}}}
			rules, err := p.Rules("", session.NewStore())
			if err != nil {
				t.Fatal(err)
			}
			rig := start(t, rules...)
			if _, body := get(t, rig.client, base+"/x?y", "Origin", base, "Referer", base+"/page"); body != c.proto+" /v1/x?y referer="+c.s.URL+"/v1/page" {
				t.Errorf("an own page's request came as %s", body)
			}
			if resp, body := get(t, rig.client, base+"/x", "Origin", page); resp.StatusCode != 200 || resp.Header.Get("Access-Control-Allow-Origin") != page {
				t.Errorf("an allowed page gets %d %s", resp.StatusCode, body)
			}
			if resp, body := get(t, rig.client, base+"/x", "Origin", "https://evil.test"); resp.StatusCode != http.StatusForbidden {
				t.Errorf("a foreign page gets %d %s", resp.StatusCode, body)
			}

			stay := *rig.client
			stay.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
			resp, _ := get(t, &stay, base+"/redirect", "Origin", base)
			if got, want := resp.Header.Get("Location"), base+"/landing?from="+c.s.URL; got != want {
				t.Errorf("a redirect goes to %s, want %s", got, want)
			}
			if got := resp.Header.Get("Set-Cookie"); got != "a=1; Path=/" {
				t.Errorf("a cookie is set by %q", got)
			}
			e := rig.entry(t, func(e *record.Entry) bool { return e.Path == "/redirect" && e.State == record.Done })
			if want := []string{"rewrite-origin", "rewrite-location", "hold-session"}; !slices.Equal(e.Applied, want) {
				t.Errorf("applied: %q, want %q", e.Applied, want)
			}

			resp, body := get(t, rig.client, base+"/trailer")
			if body != "body" || resp.Trailer.Get("X-Sum") != "4" {
				t.Errorf("%q with the trailer %v", body, resp.Trailer)
			}

			for origin, works := range map[string]bool{base: true, page: true, "https://evil.test": false} {
				conn, _, err := websocket.Dial(t.Context(), "wss://nowhere.example.test/socket", &websocket.DialOptions{
					HTTPClient: rig.client, HTTPHeader: http.Header{"Origin": {origin}},
				})
				if err != nil {
					if works {
						t.Errorf("a WebSocket of %s: %v", origin, err)
					}
					continue
				}
				if err := conn.Write(t.Context(), websocket.MessageText, []byte("hello")); err != nil {
					t.Error(err)
				}
				if _, got, err := conn.Read(t.Context()); string(got) != "hello" || !works {
					t.Errorf("a WebSocket of %s says %q, %v", origin, got, err)
				}
				_ = conn.CloseNow()
			}
		})
	}
}

// An upstream that asks the proxy for what it is asked ends the circle, under
// whatever name it goes.
func TestCircleElsewhere(t *testing.T) {
	var again http.RoundTripper
	dev := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		req := r.Clone(r.Context())
		req.RequestURI, req.URL.Scheme, req.URL.Host, req.Host = "", "https", "app.example.test", "app.example.test"
		resp, err := again.RoundTrip(req)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer resp.Body.Close()
		w.WriteHeader(resp.StatusCode)
		_, _ = io.Copy(w, resp.Body)
	}))
	t.Cleanup(dev.Close)
	rig := start(t, over(rule(t, "https://app.example.test", dev), ""))
	again = rig.client.Transport
	rig.client.Timeout = 10 * time.Second
	if resp, body := get(t, rig.client, "https://app.example.test/"); resp.StatusCode != http.StatusLoopDetected || !strings.Contains(body, "has been through Corsage before") {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
}

// What is asked for outside of an overlay is asked of the host itself with what
// the profile says of it, and not with the upstream's certificate authority.
func TestOverlayIsNoBackdoor(t *testing.T) {
	remote, local := backend(t, echo, false), plainBackend(t, "local")
	lax := over(rule(t, remote.URL, local), "^/app/")
	lax.Insecure = true
	rig := start(t, lax)
	if resp, body := get(t, rig.client, remote.URL+"/"); resp.StatusCode != http.StatusBadGateway || !strings.Contains(body, "signed by an authority that this machine does not trust") {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
	itself := rule(t, remote.URL, nil)
	itself.Insecure = true
	rig.Apply(proxy.NewRuleset(lax, itself))
	if resp, body := get(t, rig.client, remote.URL+"/"); resp.StatusCode != 200 {
		t.Errorf("with an entry of its own: %d %s", resp.StatusCode, body)
	}
}
