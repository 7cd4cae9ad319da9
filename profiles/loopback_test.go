package profiles

import (
	"slices"
	"testing"
)

func TestLoopback(t *testing.T) {
	local := []string{
		"http://localhost", "http://localhost:8000/api", "https://LOCALHOST:*", "http://app.localhost:3000", "http://*.localhost",
		"http://127.0.0.1:8000", "http://127.1.2.3", "https://[::1]:8443", "http://[::ffff:127.0.0.1]",
	}
	other := []string{"https://dev.example.com", "http://10.0.0.1", "http://localhost.example.com", "http://[2001:db8::1]", "http://0.0.0.0:8000", "no URL"}
	p := Profile{}
	for _, u := range append(slices.Clone(other), local...) {
		// Where it is connected to has no part in it.
		p.Backends = append(p.Backends, Backend{URL: u, Upstream: "http://localhost:1"})
	}
	if got := p.Loopback(); !slices.Equal(got, local) {
		t.Errorf("%q\nwant %q", got, local)
	}
}
