package demo

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/coder/websocket"
)

// tick is the time between two events of the stream.
const tick = 150 * time.Millisecond

// maxNotes and maxBody bound what a session keeps, and maxBody a request's JSON
// in bytes.
const (
	maxNotes = 100
	maxBody  = 64 << 10
)

type note struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

func (b *backendSite) routeAPI(mux *http.ServeMux) {
	mux.HandleFunc("GET /api/csrf", func(w http.ResponseWriter, r *http.Request) {
		ensureCSRF(w, r)
		reply(w, http.StatusOK, map[string]string{"detail": "CSRF cookie set"})
	})
	mux.HandleFunc("POST /api/login", b.apiLogin)
	mux.HandleFunc("POST /api/logout", func(w http.ResponseWriter, r *http.Request) {
		b.sessions.end(w, r)
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("GET /api/me", func(w http.ResponseWriter, r *http.Request) {
		reply(w, http.StatusOK, map[string]string{"user": User})
	})
	mux.HandleFunc("GET /api/notes", listNotes)
	mux.HandleFunc("PUT /api/notes/{id}", putNote)
	mux.HandleFunc("DELETE /api/notes/{id}", deleteNote)
	mux.HandleFunc("GET /api/export", export)
	mux.HandleFunc("GET /api/events", events)
	mux.HandleFunc("GET /api/live", live)
	mux.HandleFunc("GET /api/broken", func(w http.ResponseWriter, r *http.Request) {
		fail(w, http.StatusInternalServerError, "This endpoint is broken on purpose.")
	})
	mux.HandleFunc("GET /api/", func(w http.ResponseWriter, r *http.Request) {
		fail(w, http.StatusNotFound, "There is nothing at "+r.URL.Path+".")
	})
}

func (b *backendSite) apiLogin(w http.ResponseWriter, r *http.Request) {
	var given struct{ Username, Password string }
	if !read(w, r, &given) {
		return
	}
	if given.Username != User || given.Password != Password {
		fail(w, http.StatusUnauthorized, "Wrong user name or password.")
		return
	}
	b.sessions.begin(w)
	reply(w, http.StatusOK, map[string]string{"user": User})
}

func listNotes(w http.ResponseWriter, r *http.Request) {
	s := sessionOf(r)
	s.mu.Lock()
	list := make([]note, 0, len(s.notes))
	for _, id := range slices.Sorted(maps.Keys(s.notes)) {
		list = append(list, note{id, s.notes[id]})
	}
	s.mu.Unlock()
	w.Header().Set("X-Total-Count", strconv.Itoa(len(list)))
	reply(w, http.StatusOK, list)
}

func putNote(w http.ResponseWriter, r *http.Request) {
	n := note{ID: r.PathValue("id")}
	if !read(w, r, &n) {
		return
	}
	n.ID = r.PathValue("id")
	s := sessionOf(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, have := s.notes[n.ID]; !have && len(s.notes) >= maxNotes {
		fail(w, http.StatusConflict, fmt.Sprintf("There are %d notes already: delete one first.", maxNotes))
		return
	}
	s.notes[n.ID] = n.Text
	reply(w, http.StatusOK, n)
}

func deleteNote(w http.ResponseWriter, r *http.Request) {
	s, id := sessionOf(r), r.PathValue("id")
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, have := s.notes[id]; !have {
		fail(w, http.StatusNotFound, "There is no note "+strconv.Quote(id)+".")
		return
	}
	delete(s.notes, id)
	w.WriteHeader(http.StatusNoContent)
}

// export has a resource isolation policy: it serves no page of another site
// (W3C Fetch Metadata).
func export(w http.ResponseWriter, r *http.Request) {
	switch site := r.Header.Get("Sec-Fetch-Site"); site {
	case "", "none", "same-origin":
	default:
		fail(w, http.StatusForbidden, "Sec-Fetch-Site is "+site+", but this is for the site's own pages.")
		return
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	fmt.Fprint(w, "id,text\r\nwelcome,This note lives inside the demo's backend.\r\n")
}

// events sends an event each tick until the client leaves. It never ends by
// itself, so whoever holds it back sees nothing.
func events(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	out := http.NewResponseController(w)
	beat := time.NewTicker(tick)
	defer beat.Stop()
	for n := 1; ; n++ {
		if _, err := fmt.Fprintf(w, "id: %d\ndata: event %d\n\n", n, n); err != nil {
			return
		}
		if out.Flush() != nil {
			return
		}
		select {
		case <-beat.C:
		case <-r.Context().Done():
			return
		}
	}
}

// live echoes over a WebSocket, for the site's own origin only.
func live(w http.ResponseWriter, r *http.Request) {
	conn, err := websocket.Accept(w, r, nil) // refuses another host's Origin itself
	if err != nil {
		return
	}
	defer conn.CloseNow()
	for {
		kind, message, err := conn.Read(r.Context())
		if err != nil {
			return
		}
		if conn.Write(r.Context(), kind, message) != nil {
			return
		}
	}
}

// read fills v from the request's JSON, or answers 400 and returns false.
func read(w http.ResponseWriter, r *http.Request, v any) bool {
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(v); err != nil {
		fail(w, http.StatusBadRequest, "The body is no valid JSON: "+err.Error()+".")
		return false
	}
	return true
}

func fail(w http.ResponseWriter, status int, detail string) {
	reply(w, status, map[string]string{"detail": detail})
}

func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // an error is the client's leaving
}
