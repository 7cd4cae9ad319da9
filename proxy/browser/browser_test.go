package browser_test

import (
	"encoding/pem"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"corsage/proxy"
	"corsage/proxy/authority"
	"corsage/proxy/browser"
	"corsage/proxy/record"
	"corsage/proxy/session"
)

// Each browser that is installed opens a page on localhost through the proxy,
// and the page loads something from an intercepted https host, which proves
// that it trusts the authority. Then it ends and leaves nothing behind.
func TestLaunch(t *testing.T) {
	if testing.Short() {
		t.Skip("starts real browsers")
	}
	found := browser.Find(t.Context())
	kinds := map[browser.Kind]bool{}
	for _, b := range found {
		kinds[b.Kind] = true
	}
	if len(kinds) < 2 {
		if os.Getenv("CI") != "" {
			t.Fatalf("found only %v: Chromium and Firefox are needed (.ci/setup --tests)", found)
		}
		if len(kinds) == 0 {
			t.Skip("no browser is installed (.ci/setup --tests)")
		}
	}
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	t.Setenv("HOME", t.TempDir())

	for _, b := range found {
		t.Run(b.Name, func(t *testing.T) {
			asked := make(chan string, 10)
			backend := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked <- r.Host + r.URL.Path
			}))
			defer backend.Close()
			page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/html")
				fmt.Fprint(w, `<img src="https://dev.example.com/image">`)
			}))
			defer page.Close()

			roots, err := authority.OpenRoots(filepath.Join(t.TempDir(), "ca"))
			if err != nil {
				t.Fatal(err)
			}
			ca, err := roots.For("/profiles/test.yaml", []string{"dev.example.com"})
			if err != nil {
				t.Fatal(err)
			}
			recorder := record.New(100)
			server := proxy.NewServer(proxy.Config{Recorder: recorder, Log: slog.New(slog.DiscardHandler), Local: http.NotFoundHandler()})
			secure := rule(t, "https://dev.example.com", backend)
			secure.Authority = ca
			server.Apply(proxy.NewRuleset(secure, rule(t, page.URL, nil)))
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			go func() { _ = server.Serve(l) }()
			defer server.Close()

			p, err := b.Launch(t.Context(), browser.Options{
				Proxy: l.Addr().String(), CAs: [][]byte{ca.PEM()}, URL: page.URL + "/start",
				Args: []string{"--headless"},
			})
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			for {
				select {
				case got := <-asked:
					if got != "dev.example.com/image" {
						continue
					}
				case <-p.Done():
					t.Fatal("the browser ended by itself")
				case <-time.After(time.Minute):
					list, _ := recorder.Since(0)
					for _, e := range list {
						t.Log(e.URL, e.Status, e.Error)
					}
					t.Fatal("the backend was not asked")
				}
				break
			}
			list, _ := recorder.Since(0)
			local := false
			for _, e := range list {
				local = local || e.Path == "/start"
			}
			if !local {
				t.Error("the page on localhost did not come through the proxy")
			}
			p.Close()
			if left, _ := filepath.Glob(filepath.Join(temp, "corsage-browser-*")); len(left) != 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func rule(t *testing.T, name string, backend *httptest.Server) *proxy.Rule {
	p, err := proxy.ParsePattern(name)
	if err != nil {
		t.Fatal(err)
	}
	r := &proxy.Rule{Profile: "Test", Backend: p, Sessions: session.NewStore()}
	if backend != nil {
		r.Upstream, _ = url.Parse(backend.URL)
		r.CA = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: backend.Certificate().Raw})
	}
	return r
}
