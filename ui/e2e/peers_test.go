package e2e

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// client trusts the test CA and goes straight to the servers.
func (ca *testCA) client() *http.Client {
	return &http.Client{
		Timeout:   patience,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: ca.pool}},
	}
}

// serveOn starts handler on host at a free port, over TLS if leaf is given.
// HTTP/2 is on.
func serveOn(t testing.TB, host string, leaf *tls.Certificate, handler http.Handler) *httptest.Server {
	t.Helper()
	listener, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		t.Fatal(err)
	}
	return serveListener(t, listener, leaf, handler)
}

func serveListener(t testing.TB, listener net.Listener, leaf *tls.Certificate, handler http.Handler) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.Listener.Close()
	server.Listener = listener
	if leaf == nil {
		server.Start()
	} else {
		server.EnableHTTP2 = true
		server.TLS = &tls.Config{Certificates: []tls.Certificate{*leaf}}
		server.StartTLS()
	}
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return server
}

// newPage serves the frontend: a page with nothing in it but the story.
func newPage(t testing.TB, host string) *httptest.Server {
	t.Helper()
	story := filepath.Join("testdata", "page", "story.js")
	if _, err := os.Stat(story); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, "<!doctype html><title>frontend</title><script src=/story.js></script><body>")
	})
	mux.HandleFunc("GET /story.js", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFile(w, r, story)
	})
	if host == "localhost" {
		// The port most frontends are on, if nothing else has it.
		if listener, err := net.Listen("tcp", "127.0.0.1:3000"); err == nil {
			return serveListener(t, listener, nil, mux)
		}
		host = "127.0.0.1"
	}
	return serveOn(t, host, nil, mux)
}

// live is a backend of event streams and WebSockets behind a cookie session.
// Its own origin is the only one it accepts.
type live struct {
	origin string

	mu      sync.Mutex
	streams map[string]chan struct{} // by ?stream=; one value for each acknowledged event
}

const liveCookie = "livesession"

// newLive starts it at url; the browser knows it as origin.
func newLive(t testing.TB, ca *testCA, origin string) (l *live, url string) {
	t.Helper()
	l = &live{origin: origin, streams: map[string]chan struct{}{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /login", l.login)
	mux.HandleFunc("GET /events", l.session(l.events))
	mux.HandleFunc("POST /ack", l.session(l.ack))
	mux.HandleFunc("GET /socket", l.session(l.socket))
	leaf := ca.leaf(t, "*.corsage.test", "127.0.0.1")
	return l, serveOn(t, "127.0.0.1", &leaf, mux).URL
}

func (l *live) login(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, &http.Cookie{
		Name: liveCookie, Value: "ada", Path: "/", HttpOnly: true, Secure: true, SameSite: http.SameSiteLaxMode,
	})
	w.WriteHeader(http.StatusNoContent)
}

// session lets only logged-in requests through.
func (l *live) session(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if cookie, err := r.Cookie(liveCookie); err != nil || cookie.Value != "ada" {
			http.Error(w, "log in first", http.StatusUnauthorized)
			return
		}
		next(w, r)
	}
}

func (l *live) stream(name string) chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.streams[name] == nil {
		l.streams[name] = make(chan struct{}, 100)
	}
	return l.streams[name]
}

// events sends an event, and the next only when the page has acknowledged it:
// a proxy that holds the stream back stalls it for good.
func (l *live) events(w http.ResponseWriter, r *http.Request) {
	acknowledged := l.stream(r.URL.Query().Get("stream"))
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-cache")
	for i := 1; ; i++ {
		fmt.Fprintf(w, "data: event %d\n\n", i)
		if err := http.NewResponseController(w).Flush(); err != nil {
			return
		}
		select {
		case <-acknowledged:
		case <-r.Context().Done():
			return
		case <-time.After(patience):
			return
		}
	}
}

func (l *live) ack(w http.ResponseWriter, r *http.Request) {
	l.stream(r.URL.Query().Get("stream")) <- struct{}{}
	w.WriteHeader(http.StatusNoContent)
}

// socket echoes messages. It checks Origin itself, as strictly as servers do.
func (l *live) socket(w http.ResponseWriter, r *http.Request) {
	if origin := r.Header.Get("Origin"); origin != l.origin {
		http.Error(w, "Origin "+origin+" is not "+l.origin, http.StatusForbidden)
		return
	}
	connection, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
	if err != nil {
		return
	}
	defer connection.CloseNow()
	for {
		kind, message, err := connection.Read(r.Context())
		if err != nil {
			return
		}
		if err := connection.Write(r.Context(), kind, append([]byte("echo "), message...)); err != nil {
			return
		}
	}
}

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
