package e2e

import (
	"net"
	"net/url"
	"slices"
	"testing"
)

// world is everything that isn't a browser or Corsage: the backends and the
// pages. All scenarios share it.
type world struct {
	corsage    string // the program
	ca         *testCA
	https      *django
	plain      *django // of its listeners, see local
	pageURL    string  // the frontend's origin, http://localhost:3000 if that is free
	foreignURL string  // the origin of a page that no profile allows
	outcomes   outcomes
}

// localUses are those for which the localhost backend has a port of its own.
var localUses = []string{"untouched", "relaxed", "overlay", "held"}

// local is the localhost backend's origin for one use.
func (w *world) local(use string) string {
	if i := slices.Index(localUses, use); i >= 0 {
		return w.plain.urls[3+i]
	}
	return w.plain.urls[1]
}

// newWorld starts it, or skips the test where it can't be had.
func newWorld(t testing.TB) *world {
	t.Helper()
	if testing.Short() {
		t.Skip("starts browsers and Django, which -short is there to avoid")
	}
	dir := t.TempDir()
	w := &world{ca: newTestCA(t, dir)}
	w.corsage = buildCorsage(t, dir)
	project := newDjangoProject(t, dir)
	// One address of each is chosen by no profile.
	w.https = project.serve(t, w.ca, "https", "127.0.0.1", "127.0.0.1")
	w.plain = project.serve(t, w.ca, "http", append([]string{"127.0.0.1", "localhost", "127.0.0.1"},
		slices.Repeat([]string{"localhost"}, len(localUses))...)...)
	w.pageURL = "http://localhost:" + portOf(t, newPage(t, "localhost").URL)
	w.foreignURL = newPage(t, "127.0.0.3").URL
	return w
}

func portOf(t testing.TB, address string) string {
	t.Helper()
	parsed, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(parsed.Host)
	if err != nil {
		t.Fatal(err)
	}
	return port
}
