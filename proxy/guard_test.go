package proxy_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"corsage/proxy"
	"corsage/proxy/modify"

	"github.com/coder/websocket"
)

// shop is a backend with a login: /login sets the session that the query names,
// other paths tell what they got.
func shop(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Upgrade") != "" {
		w.Header().Set("X-Seen", r.Header.Get("Cookie"))
		if c, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true}); err == nil {
			_ = c.CloseNow()
		}
		return
	}
	if r.URL.Path == "/login" {
		w.Header().Set("Set-Cookie", r.URL.Query().Get("set"))
	}
	fmt.Fprint(w, r.Header.Get("Cookie"))
}

func shopRules(t *testing.T) []*proxy.Rule {
	secure := backend(t, shop, false)
	plain := httptest.NewServer(http.HandlerFunc(shop))
	t.Cleanup(plain.Close)
	mods := []proxy.Modifier{modify.AllowOrigin(), modify.CookieSameSite(), modify.HoldSession()}
	return []*proxy.Rule{rule(t, "https://example.com", secure, mods...), rule(t, "http://dev.test", plain, mods...)}
}

func login(cookie string) string { return "/login?set=" + url.QueryEscape(cookie) }

// A page that is not allowed neither sets nor ends the session that is held for
// allowed ones, and never gets it.
func TestForeignPageAndHeldSession(t *testing.T) {
	foreign := map[string][]string{
		"fetch":                {"Origin", "https://evil.test"},
		"fetch, told":          {"Origin", "https://evil.test", "Sec-Fetch-Site", "cross-site"},
		"sandboxed":            {"Origin", "null"},
		"sandboxed, told":      {"Origin", "null", "Sec-Fetch-Site", "cross-site"},
		"image, told":          {"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors"},
		"frame, told":          {"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "iframe"},
		"image with a Referer": {"Referer", "http://evil.test/"},
	}
	for _, base := range []string{"https://example.com", "http://dev.test"} {
		for name, header := range foreign {
			t.Run(base+" "+name, func(t *testing.T) {
				rig := start(t, shopRules(t)...)
				ask := func() string {
					_, body := get(t, rig.client, base+"/", "Origin", page)
					return body
				}
				for _, method := range []string{"GET", "POST"} {
					do(t, rig.client, method, base+login("sid=evil; Path=/"), nil, header...)
					if got := ask(); got != "" {
						t.Fatalf("%s: learned %q", method, got)
					}
				}
				get(t, rig.client, base+login("sid=mine; Path=/; SameSite=Lax"), "Origin", page)
				if got := ask(); got != "sid=mine" {
					t.Fatalf("the allowed page has %q", got)
				}
				do(t, rig.client, "POST", base+login("sid=; Path=/; Max-Age=0"), nil, header...)
				if got := ask(); got != "sid=mine" {
					t.Errorf("a foreign page left %q", got)
				}
				resp, body := get(t, rig.client, base+"/", header...)
				if body != "" || resp.Header.Get("Access-Control-Allow-Origin") != "" {
					t.Errorf("a foreign page got %q %v", body, resp.Header)
				}
			})
		}
	}
}

// A request that tells nothing of its page gets no held session.
func TestUntoldPageGetsNoHeldSession(t *testing.T) {
	rig := start(t, shopRules(t)...)
	for _, base := range []string{"https://example.com", "http://dev.test"} {
		get(t, rig.client, base+login("sid=mine; Path=/"), "Origin", page)
		for _, header := range [][]string{nil, {"Upgrade-Insecure-Requests", "1"}} {
			if _, body := get(t, rig.client, base+"/", header...); body != "" {
				t.Errorf("%s %v got %q", base, header, body)
			}
		}
	}
}

func TestWebSocketGuard(t *testing.T) {
	rig := start(t, shopRules(t)...)
	for _, base := range []string{"https://example.com", "http://dev.test"} {
		get(t, rig.client, base+login("sid=mine; Path=/"), "Origin", page)
		for origin, want := range map[string]string{
			"https://evil.test": "", base: "sid=mine", page: "sid=mine",
		} {
			dial := func(header http.Header) string {
				header.Set("Origin", origin)
				c, resp, err := websocket.Dial(t.Context(), strings.Replace(base, "http", "ws", 1)+"/ws",
					&websocket.DialOptions{HTTPClient: rig.client, HTTPHeader: header})
				if err != nil {
					t.Fatal(err)
				}
				_ = c.CloseNow()
				return resp.Header.Get("X-Seen")
			}
			if got := dial(http.Header{"Cookie": {"sid=mine"}}); got != want {
				t.Errorf("%s from %s: %q, want %q", base, origin, got, want)
			}
			if got := dial(http.Header{}); origin != page && got != "" {
				t.Errorf("%s from %s: got the held session %q", base, origin, got)
			}
		}
	}
}

// Over plain http a form of the backend's own page looks like a sandboxed one if
// the backend, as helmet does, says Referrer-Policy: no-referrer.
func TestOwnFormWithoutReferrer(t *testing.T) {
	rig := start(t, shopRules(t)...)
	_, body := do(t, rig.client, "POST", "http://dev.test/", nil, "Origin", "null", "Cookie", "sid=mine")
	if body != "sid=mine" {
		t.Errorf("plain http: the backend saw %q", body)
	}
	_, body = do(t, rig.client, "POST", "https://example.com/", nil, "Origin", "null", "Sec-Fetch-Site", "same-origin", "Cookie", "sid=mine")
	if body != "sid=mine" {
		t.Errorf("https: the backend saw %q", body)
	}
	// Where a relaxed cookie might be among them, nothing is left to chance.
	_, body = do(t, rig.client, "POST", "https://example.com/", nil, "Origin", "null", "Cookie", "sid=mine")
	if body != "" {
		t.Errorf("https, untold: the backend saw %q", body)
	}
}

// A link from another site leaves Strict cookies at home, though the browser may
// hold them as something weaker.
func TestLinkLeavesStrictCookiesAtHome(t *testing.T) {
	rig := start(t, shopRules(t)...)
	for base, link := range map[string][]string{
		"https://example.com": {"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"},
		"http://dev.test":     {"Upgrade-Insecure-Requests", "1", "Referer", "http://evil.test/"},
	} {
		get(t, rig.client, base+login("strict=1; Path=/; SameSite=Strict"), "Origin", page)
		get(t, rig.client, base+login("lax=1; Path=/; SameSite=Lax"), "Origin", page)
		if _, body := get(t, rig.client, base+"/", append(link, "Cookie", "strict=1; lax=1")...); body != "lax=1" {
			t.Errorf("%s: a link brought %q", base, body)
		}
	}
}

// The ticket of a redirect is for the request that was redirected.
func TestRedirectTicket(t *testing.T) {
	const at = "https://two.example.com/landing"
	for _, c := range []struct {
		name     string
		first    []string // header of the request that is redirected
		redirect []string // header of the redirect
		then     []string // header of the request that comes with Origin: null
		want     bool
	}{
		{"same Referer", []string{"Origin", page, "Referer", page + "/"}, nil, []string{"Referer", page + "/"}, true},
		{"no Referer before and after", []string{"Origin", page}, nil, nil, true},
		{"Referer fell by the redirect's policy", []string{"Origin", page, "Referer", page + "/"}, []string{"Referrer-Policy", "same-origin"}, nil, true},
		{"a sandboxed frame hides its page", []string{"Origin", page, "Referer", page + "/"}, nil, nil, false},
		{"a sandboxed frame shows its page", []string{"Origin", page}, nil, []string{"Referer", "https://evil.test/"}, false},
		{"an image was redirected", []string{"Referer", page + "/"}, []string{"Referrer-Policy", "same-origin"}, nil, false},
		{"a foreign fetch was redirected", []string{"Origin", "https://evil.test"}, nil, nil, false},
		{"another browser", []string{"Origin", page}, nil, []string{"User-Agent", "another"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			one := backend(t, func(w http.ResponseWriter, r *http.Request) {
				for i := 0; i < len(c.redirect); i += 2 {
					w.Header().Set(c.redirect[i], c.redirect[i+1])
				}
				http.Redirect(w, r, at, http.StatusFound)
			}, false)
			rig := start(t, rule(t, "https://one.example.com", one, allow), rule(t, "https://two.example.com", backend(t, echo, false), allow))
			get(t, rig.client, "https://one.example.com/", append(c.first, "Sec-Fetch-Site", "cross-site")...)
			for _, method := range []string{"OPTIONS", "GET"} {
				header := append([]string{"Origin", "null", "Sec-Fetch-Site", "cross-site"}, c.then...)
				if method == "OPTIONS" {
					header = append(header, "Access-Control-Request-Method", "GET")
				}
				resp, _ := do(t, rig.client, method, at, nil, header...)
				if got := resp.Header.Get("Access-Control-Allow-Origin") == "null"; got != c.want && method == "GET" || !got && c.want {
					t.Errorf("%s allowed: %v, want %v", method, got, c.want)
				}
			}
		})
	}
}

// A single sign-on ends with a form that another site posts to the backend: the
// cookies that the backend itself set SameSite=None for that arrive, others don't.
func TestSingleSignOn(t *testing.T) {
	rig := start(t, shopRules(t)...)
	for _, set := range []string{
		"state=1; SameSite=None; Secure", "sessionid=2; SameSite=Lax; Secure", "old=3",
		"twice=4; SameSite=None; Secure", "twice=5; SameSite=Lax; Secure; Path=/callback",
	} {
		get(t, rig.client, "https://example.com"+login(set), "Sec-Fetch-Site", "none")
	}
	const sent = "twice=5; old=3; sessionid=2; state=1; twice=4"
	for dest, want := range map[string]string{"document": "state=1", "iframe": ""} {
		_, got := do(t, rig.client, http.MethodPost, "https://example.com/callback", nil, "Cookie", sent,
			"Origin", "https://idp.test", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", dest)
		if got != want {
			t.Errorf("into a %s came %q, want %q", dest, got, want)
		}
	}
}
