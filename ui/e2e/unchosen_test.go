package e2e

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
)

// unchosen is an https site that no profile names. It remembers the handshakes
// of its visitors.
type unchosen struct {
	url  string
	leaf tls.Certificate

	mu     sync.Mutex
	hellos [][]uint16 // the extensions of each ClientHello
	paths  []string
}

func newUnchosen(t testing.TB, ca *testCA) *unchosen {
	t.Helper()
	u := &unchosen{leaf: ca.leaf(t, "127.0.0.2")}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		u.mu.Lock()
		u.paths = append(u.paths, r.URL.Path)
		u.mu.Unlock()
		if r.URL.Path == "/set" {
			// For the check that the browser's mode is what it is called.
			http.SetCookie(w, &http.Cookie{Name: "third", Value: "party", Secure: true, SameSite: http.SameSiteNoneMode})
		}
		if r.URL.Path == "/set" || r.URL.Path == "/got" {
			w.Header().Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
			w.Header().Set("Access-Control-Allow-Credentials", "true")
		}
		fmt.Fprintf(w, "secret %s", r.Header.Get("Cookie"))
	}))
	listener, err := net.Listen("tcp", "127.0.0.2:0")
	if err != nil {
		missing(t, "no second loopback address: %v", err)
	}
	server.Listener.Close()
	server.Listener = listener
	server.TLS = &tls.Config{
		Certificates: []tls.Certificate{u.leaf},
		GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
			u.mu.Lock()
			defer u.mu.Unlock()
			u.hellos = append(u.hellos, slices.Clone(hello.Extensions))
			return nil, nil
		},
	}
	server.StartTLS()
	t.Cleanup(server.Close)
	u.url = server.URL
	return u
}

// visits are the paths asked for and the handshakes made since the last call.
func (u *unchosen) visits() (paths []string, hellos [][]uint16) {
	u.mu.Lock()
	defer u.mu.Unlock()
	paths, hellos = u.paths, u.hellos
	u.paths, u.hellos = nil, nil
	return paths, hellos
}
