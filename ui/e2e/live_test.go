package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// live is a backend of event streams and WebSockets behind a cookie session.
// Its own origin is the only one it accepts.
type live struct {
	origin string

	mu      sync.Mutex
	streams map[string]chan struct{} // by ?stream=; one value for each acknowledged event
}

const liveCookie = "livesession"

// What browsers know the two of them as.
const (
	liveHTTPS = "https://live.corsage.test"
	livePlain = "http://live.plain.test"
)

// newLive starts one that the browser knows as origin, and returns its URL.
func newLive(t testing.TB, ca *testCA, origin string) string {
	t.Helper()
	l := &live{origin: origin, streams: map[string]chan struct{}{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /login", l.login)
	mux.HandleFunc("GET /events", l.session(l.events))
	mux.HandleFunc("POST /ack", l.session(l.ack))
	mux.HandleFunc("GET /socket", l.session(l.socket))
	if !l.secure() {
		return serveOn(t, "127.0.0.1", nil, mux).URL
	}
	leaf := ca.leaf(t, "*.corsage.test", "127.0.0.1")
	return serveOn(t, "127.0.0.1", &leaf, mux).URL
}

func (l *live) secure() bool { return strings.HasPrefix(l.origin, "https:") }

func (l *live) login(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, &http.Cookie{
		Name: liveCookie, Value: "ada", Path: "/", HttpOnly: true, Secure: l.secure(), SameSite: http.SameSiteLaxMode,
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
