//go:build bench

package main

import (
	"io"
	"net/http"
	"strconv"
	"sync"

	"github.com/coder/websocket"
)

// event is what every open stream gets at each broadcast.
const event = "data: {\"tick\":1}\n\n"

// stage holds open event streams and WebSockets.
type stage struct {
	mu   sync.Mutex
	next chan struct{} // closed at the next broadcast
}

func newStage() *stage { return &stage{next: make(chan struct{})} }

// events is an event stream that says nothing between broadcasts, but for one
// event at its beginning.
func (s *stage) events(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	for {
		s.mu.Lock()
		next := s.next
		s.mu.Unlock()
		if _, err := io.WriteString(w, event); err != nil {
			return
		}
		if err := http.NewResponseController(w).Flush(); err != nil {
			return
		}
		select {
		case <-next:
		case <-r.Context().Done():
			return
		}
	}
}

// broadcast sends an event on all streams.
func (s *stage) broadcast(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	close(s.next)
	s.next = make(chan struct{})
	s.mu.Unlock()
	small(w, nil)
}

// echo is a WebSocket that sends back what it gets.
func echo(w http.ResponseWriter, r *http.Request) {
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{OriginPatterns: []string{"*"}})
	if err != nil {
		return
	}
	defer conn.CloseNow()
	for {
		kind, message, err := conn.Read(r.Context())
		if err != nil {
			return
		}
		if err := conn.Write(r.Context(), kind, message); err != nil {
			return
		}
	}
}

// download sends as many zeros as its path says.
func download(w http.ResponseWriter, r *http.Request) {
	left, err := strconv.ParseInt(r.PathValue("bytes"), 10, 64)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Length", strconv.FormatInt(left, 10))
	buffer := make([]byte, 64<<10)
	for left > 0 {
		n, err := w.Write(buffer[:min(left, int64(len(buffer)))])
		if left -= int64(n); err != nil {
			return
		}
	}
}
