package proxy_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"corsage/proxy"
	"corsage/proxy/modify"
	"corsage/proxy/record"
)

// plainBackend is a backend without TLS that names itself in its answers.
func plainBackend(t *testing.T, name string) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s %s host=%s cookie=%q", name, r.URL, r.Host, r.Header.Get("Cookie"))
	}))
	t.Cleanup(s.Close)
	return s
}

// over makes r an entry for paths only, whose upstream is told its own name.
func over(r *proxy.Rule, path string) *proxy.Rule {
	r.Path = regexp.MustCompile(path)
	r.Host = proxy.Authority(r.Upstream)
	return r
}

// Some paths of a backend's origin come from a server on this machine and the
// rest from the backend, to which its address leads; or the other way round.
func TestOverlay(t *testing.T) {
	local := plainBackend(t, "local")
	remote := backend(t, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "remote %s host=%s cookie=%q", r.URL, r.Host, r.Header.Get("Cookie"))
	}, true)
	at := strings.TrimPrefix(remote.URL, "https://")
	here := strings.TrimPrefix(local.URL, "http://")

	t.Run("some paths from here", func(t *testing.T) {
		itself := rule(t, remote.URL, nil, allow)
		itself.Path, itself.Insecure = regexp.MustCompile("^/api/"), true
		rig := start(t, over(rule(t, remote.URL, local, allow), "^/app/"), itself)
		for path, want := range map[string]string{
			"/app/x?y=1": "local /app/x?y=1 host=" + here,
			"/api/":      "remote /api/ host=" + at,
			"/app":       "remote /app host=" + at,
			"/":          "remote / host=" + at,
		} {
			_, body := get(t, rig.client, remote.URL+path, "Cookie", "a=1", "Origin", remote.URL, "Sec-Fetch-Site", "same-origin")
			if body != want+` cookie="a=1"` {
				t.Errorf("%s came from %s", path, body)
			}
			resp, body := get(t, rig.client, remote.URL+path, "Cookie", "a=1", "Origin", "https://evil.test", "Sec-Fetch-Site", "cross-site")
			if body != want+` cookie=""` || resp.Header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s is not guarded: %s", path, body)
			}
			resp, _ = get(t, rig.client, remote.URL+path, "Origin", page, "Sec-Fetch-Site", "cross-site")
			if allowed := resp.Header.Get("Access-Control-Allow-Origin") != ""; allowed != (path != "/" && path != "/app") {
				t.Errorf("%s is opened for allowed pages: %v", path, allowed)
			}
		}
	})
	t.Run("the rest from here", func(t *testing.T) {
		api := rule(t, "https://local.example.test", remote, allow)
		rig := start(t, over(api, "^/api/"), over(rule(t, "https://local.example.test", local, allow), ""))
		for path, want := range map[string]string{"/api/": "remote /api/ host=" + at, "/": "local / host=" + here} {
			if _, body := get(t, rig.client, "https://local.example.test"+path); body != want+` cookie=""` {
				t.Errorf("%s came from %s", path, body)
			}
		}
	})
}

// An overlay and the backend under it are one origin, and have one held session:
// what the backend's own page got, outside of the profile's paths too, an allowed
// page has at both, and a foreign one at neither.
func TestOverlayHoldsOneSession(t *testing.T) {
	local := plainBackend(t, "local")
	remote := backend(t, shop, false)
	here := over(rule(t, remote.URL, local, modify.HoldSession()), "^/app/")
	itself := rule(t, remote.URL, nil, modify.HoldSession())
	itself.Path, itself.Insecure, itself.Sessions = regexp.MustCompile("^/api/"), true, here.Sessions
	rig := start(t, here, itself)
	get(t, rig.client, remote.URL+login("sessionid=1; Path=/"), "Sec-Fetch-Site", "same-origin")
	for _, path := range []string{"/app/", "/api/"} {
		if _, body := get(t, rig.client, remote.URL+path, "Origin", page, "Sec-Fetch-Site", "cross-site"); !strings.Contains(body, "sessionid=1") {
			t.Errorf("an allowed page gets %s at %s", body, path)
		}
		if _, body := get(t, rig.client, remote.URL+path, "Origin", "https://evil.test", "Sec-Fetch-Site", "cross-site"); strings.Contains(body, "sessionid") {
			t.Errorf("a foreign page gets %s at %s", body, path)
		}
	}
}

// What the upstream is told as Host stands in the log, and is no change that a
// toggle made.
func TestHostIsLogged(t *testing.T) {
	local := plainBackend(t, "local")
	own := rule(t, "https://own.example.test", local)
	rig := start(t, over(rule(t, "https://local.example.test", local), ""), own)
	for _, name := range []string{"local", "own"} {
		host := name + ".example.test"
		get(t, rig.client, "https://"+host+"/")
		e := rig.entry(t, func(e *record.Entry) bool { return e.Host == host && e.State == record.Done })
		var got []record.Change
		for _, c := range e.Changes {
			if c.Header == "Host" {
				got = append(got, c)
			}
		}
		switch {
		case name == "own" && len(got) > 0:
			t.Errorf("a Host that stayed: %+v", got)
		case name == "local" && (len(got) != 1 || got[0].Before[0] != host || got[0].After[0] != strings.TrimPrefix(local.URL, "http://") || got[0].Why == ""):
			t.Errorf("the log has %+v", got)
		case len(e.Applied) > 0:
			t.Errorf("applied: %q", e.Applied)
		}
	}
}

// TLS asks for the name that Host has, unless the profile names another.
func TestHostNamesTLS(t *testing.T) {
	var asked string
	remote := backend(t, func(w http.ResponseWriter, r *http.Request) { asked = r.TLS.ServerName + " " + r.Host }, false)
	told := rule(t, "https://local.example.test", remote)
	told.Host = "example.com:8443" // which its certificate has
	named := rule(t, "https://named.example.test", remote)
	named.Host, named.ServerName = "other.test", "example.com"
	rig := start(t, told, named)
	for host, want := range map[string]string{"local": "example.com example.com:8443", "named": "example.com other.test"} {
		if resp, body := get(t, rig.client, "https://"+host+".example.test/"); resp.StatusCode != http.StatusOK || asked != want {
			t.Errorf("%s: %d %s; the backend was asked for %q", host, resp.StatusCode, body, asked)
		}
	}
}

// A host whose upstream lies elsewhere need not exist: nobody is asked for its
// address, not even where a client is silent for so long that another host would
// be asked whether it speaks first.
func TestUpstreamElsewhereNeedsNoName(t *testing.T) {
	local := plainBackend(t, "local")
	var lookups atomic.Int32
	resolver := &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		lookups.Add(1)
		return nil, errors.New("there is no name server")
	}}
	rig := start(t, over(rule(t, "https://nowhere.example.test", local), ""), rule(t, "https://somewhere.example.test", nil))
	rig.SetResolver(resolver)
	rig.HearAfter(time.Millisecond)
	rig.GiveUpAfter(200 * time.Millisecond)
	for _, name := range []string{"nowhere", "somewhere"} {
		lookups.Store(0)
		_, br := rig.connect(t, name+".example.test:443")
		if _, err := br.ReadByte(); err == nil { // the proxy gives up, and closes
			t.Fatal("the proxy speaks first")
		}
		if asked := lookups.Load() > 0; asked != (name == "somewhere") {
			t.Errorf("%s is looked up: %v", name, asked)
		}
	}
	lookups.Store(0)
	rig.GiveUpAfter(time.Minute)
	if resp, body := get(t, rig.client, "https://nowhere.example.test/"); resp.StatusCode != http.StatusOK || lookups.Load() > 0 {
		t.Errorf("%d %s, after %d look-ups", resp.StatusCode, body, lookups.Load())
	}
}
