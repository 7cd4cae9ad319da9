package e2e

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
)

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
	// As below /app/, for a backend that has it among its own paths.
	for _, path := range []string{"/", "/app/"} {
		mux.HandleFunc("GET "+path+"{$}", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			io.WriteString(w, "<!doctype html><title>frontend</title><script src=story.js></script><body>")
		})
		mux.HandleFunc("GET "+path+"story.js", func(w http.ResponseWriter, r *http.Request) {
			http.ServeFile(w, r, story)
		})
	}
	if host == "localhost" {
		// The port most frontends are on, if nothing else has it.
		if listener, err := net.Listen("tcp", "127.0.0.1:3000"); err == nil {
			return serveListener(t, listener, nil, mux)
		}
		host = "127.0.0.1"
	}
	return serveOn(t, host, nil, mux)
}
