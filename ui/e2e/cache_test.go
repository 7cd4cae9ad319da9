package e2e

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"
)

// TestSharedCache has the backend's own page and then the frontend, both on
// localhost, ask for the same address: a browser keeps answers of pages of one
// site together, and the own page's has no CORS headers.
func TestSharedCache(t *testing.T) {
	if testing.Short() {
		t.Skip("starts browsers, which -short is there to avoid")
	}
	dir := t.TempDir()
	ca, program := newTestCA(t, dir), buildCorsage(t, dir)
	for _, m := range modes {
		if m.name != "chromium" && m.name != "firefox" {
			continue
		}
		t.Run(m.name, func(t *testing.T) {
			var asked atomic.Int32
			site := newPage(t, "127.0.0.1")
			front := httptest.NewUnstartedServer(site.Config.Handler)
			front.Start()
			t.Cleanup(front.Close)
			mux := http.NewServeMux()
			mux.Handle("/", site.Config.Handler)
			mux.HandleFunc("GET /data", func(w http.ResponseWriter, r *http.Request) {
				asked.Add(1)
				w.Header().Set("Cache-Control", "max-age=600")
				io.WriteString(w, "data")
			})
			backend := serveOn(t, "127.0.0.1", nil, mux)
			base := onLocal(t, backend.URL)
			c := startCorsage(t, program, ca, map[string]string{"Local": "name: Local\nbackends: [{url: \"" + base + "\"}]\n"})
			b := m.start(t, browserOptions{proxy: c.proxy, cas: []string{c.ca}})

			own := b.open(t, base+"/")
			for range 2 {
				if got := call(t, own, base+"/data"); got.Status != 200 {
					t.Fatalf("the own page: %s", got)
				}
			}
			if n := asked.Load(); n != 1 {
				t.Fatalf("the own page's second call made %d requests: nothing was cached, and nothing is shown", n)
			}
			page := b.open(t, onLocal(t, front.URL))
			if got := call(t, page, base+"/data"); got.Status != 200 || got.Body != "data" {
				t.Errorf("the frontend, after the own page: %s", got)
			}
		})
	}
}

// onLocal is the address with localhost for its host.
func onLocal(t testing.TB, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return "http://localhost:" + u.Port()
}
