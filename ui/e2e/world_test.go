package e2e

import (
	"net"
	"net/url"
	"testing"
)

// world is everything that isn't a browser or Corsage: the backends and the
// pages. All scenarios share it.
type world struct {
	ca      *testCA
	https   *django
	plain   *django // its second listener is the localhost backend
	page    string  // the frontend's origin, http://localhost:3000 if that is free
	foreign string  // the origin of a page that no profile allows
}

func newWorld(t testing.TB) *world {
	t.Helper()
	dir := t.TempDir()
	w := &world{ca: newTestCA(t, dir)}
	project := newDjangoProject(t, dir)
	w.https = project.serve(t, w.ca, "https", "127.0.0.1")
	w.plain = project.serve(t, w.ca, "http", "127.0.0.1", "localhost")
	w.page = "http://localhost:" + portOf(t, newPage(t, "localhost").URL)
	w.foreign = newPage(t, "127.0.0.3").URL
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
