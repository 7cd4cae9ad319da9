package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// TestTrust has real browsers refuse an intercepted host, which the log tells,
// then accept it once its root is installed in their own stores, then refuse it
// again once that is taken out. Both can be running meanwhile, but see the change
// when they start anew, as `corsage ca install` says.
func TestTrust(t *testing.T) {
	ca := newTestCA(t, t.TempDir())
	leaf := ca.leaf(t, "*.corsage.test")
	backend := serveOn(t, "127.0.0.1", &leaf, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "hello") }))
	page := serveOn(t, "localhost", nil, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "<title>page</title>") }))
	path := buildCorsage(t, t.TempDir())
	for _, b := range []struct {
		name, store, alert string
		start              func(testing.TB, browserOptions) browser
	}{
		{"chromium", "nss", "certificate_unknown", startChromium(false)},
		{"firefox", "firefox:default", "unknown_ca", startFirefox(standard)},
		// WebKitGTK reads the system's store, and only closes the connection.
		{"webkit", "", "", startWebKit},
	} {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			c := startCorsage(t, path, ca, map[string]string{
				"Shop": fmt.Sprintf("name: Shop\nbackends:\n  - {url: \"https://*.corsage.test\", upstream: %q, ca: test-ca.pem}\n", backend.URL),
			})
			newFirefoxHome(t, c.home)
			fetch := func(t *testing.T, tab tab, host string) string {
				t.Helper()
				got, err := tab.eval(fmt.Sprintf("fetch('https://%s/').then(r => r.text(), e => 'refused')", host))
				if err != nil {
					t.Fatal(err)
				}
				return got
			}
			open := func(t *testing.T) tab {
				return b.start(t, browserOptions{proxy: c.proxy, home: c.home}).open(t, page.URL)
			}
			t.Run("refused", func(t *testing.T) {
				tab := open(t)
				if got := fetch(t, tab, "dev.corsage.test"); got != "refused" {
					t.Fatalf("not trusted: %s", got)
				}
				if e := c.waitExchange(t, http.MethodConnect, "https://dev.corsage.test:443"); e.Refusal == nil || e.Refusal.Alert != b.alert {
					t.Errorf("the log: %+v", e.Refusal)
				}
				if b.store == "" {
					return
				}
				got := c.run(t, "ca", "install", "--store", b.store) // beside the running browser
				if !strings.Contains(got, "trusts the certificate of") || !strings.Contains(got, "restart") {
					t.Errorf("install: %s", got)
				}
			})
			if b.store == "" {
				return
			}
			t.Run("trusted", func(t *testing.T) {
				tab := open(t)
				if got := fetch(t, tab, "dev.corsage.test"); got != "hello" {
					t.Errorf("trusted: %s", got)
				}
				c.run(t, "ca", "uninstall", "--store", b.store)
			})
			t.Run("taken out", func(t *testing.T) {
				tab := open(t)
				if got := fetch(t, tab, "dev.corsage.test"); got != "refused" {
					t.Errorf("no longer trusted: %s", got)
				}
			})
		})
	}
}
