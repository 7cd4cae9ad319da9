//go:build bench

package main

import (
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"

	"corsage/proxy/authority"
)

// answer is the body of a small JSON answer.
const answer = `{"id":4711,"name":"Ada Lovelace","email":"ada@example.com","roles":["admin","editor"],` +
	`"locale":"en-GB","created":"2024-02-29T12:34:56Z","unread":17,"team":{"id":12,"name":"Analytical engines"}}`

// openRoot returns the root in dir, which may sign for the backend's host and all
// below it.
func openRoot(dir string) (*authority.Authority, error) {
	roots, err := authority.OpenRoots(dir)
	if err != nil {
		return nil, err
	}
	return roots.For("/bench.yaml", []string{backendHost})
}

// serveBackend is what all proxies stand before: an https server with an ECDSA
// certificate for whatever name it is called by.
func serveBackend(s settings, l net.Listener) error {
	ca, err := openRoot(s.Authority)
	if err != nil {
		return err
	}
	config := &tls.Config{
		NextProtos: []string{"http/1.1"},
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			return ca.Leaf(hello.ServerName)
		},
	}
	if s.H2 {
		config.NextProtos = []string{"h2", "http/1.1"}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+smallPath, small)
	mux.HandleFunc("GET /download/{bytes}", download)
	open := newStage()
	mux.HandleFunc("GET /events", open.events)
	mux.HandleFunc("GET /broadcast", open.broadcast)
	mux.HandleFunc("GET /echo", echo)
	server := &http.Server{
		Handler:  mux,
		ErrorLog: log.New(io.Discard, "", 0), // the load generator says what failed
	}
	return server.Serve(tls.NewListener(l, config))
}

// small answers as a Django behind gunicorn would.
func small(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	h["Content-Type"] = []string{"application/json"}
	h["Content-Length"] = []string{strconv.Itoa(len(answer))}
	h["Server"] = []string{"gunicorn"}
	h["Vary"] = []string{"Cookie, Accept-Language"}
	h["X-Frame-Options"] = []string{"DENY"}
	h["X-Content-Type-Options"] = []string{"nosniff"}
	h["Referrer-Policy"] = []string{"same-origin"}
	h["Cache-Control"] = []string{"max-age=0, no-cache, no-store, must-revalidate, private"}
	h["Strict-Transport-Security"] = []string{"max-age=31536000"}
	_, _ = io.WriteString(w, answer)
}
