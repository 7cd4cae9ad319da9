package demo

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"

	assets "corsage/assets/demo"
)

// frontend serves the page, and to the page alone the switches of the Demo
// profile.
func (d *Demo) frontend() http.Handler {
	mux := http.NewServeMux()
	file := func(pattern, name string) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			http.ServeFileFS(w, r, assets.Files, name)
		})
	}
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		d.visit.Do(func() { close(d.visited) })
		http.ServeFileFS(w, r, assets.Files, "page.html")
	})
	for _, name := range []string{"page.css", "page.js", "steps.js", "toggles.js", "icon.svg"} {
		file("GET /"+name, name)
	}
	mux.HandleFunc("GET /state", d.streamState)
	mux.HandleFunc("POST /state", d.changeState)
	return ownPage(http.NewCrossOriginProtection().Handler(mux))
}

// ownPage keeps other sites out: one whose name was made to resolve here (DNS
// rebinding) by its Host, the rest by headers that let nobody else read or frame
// anything.
func ownPage(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil || host != "localhost" && host != "127.0.0.1" && host != "::1" {
			http.Error(w, "This is Corsage's demo, which answers as localhost only.", http.StatusMisdirectedRequest)
			return
		}
		h := w.Header()
		h.Set("Content-Security-Policy", fmt.Sprintf(
			"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' %s wss://%s; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
			BackendURL, Host))
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// streamState is an event stream: the switches' state now, and after each
// change, wherever it was made.
func (d *Demo) streamState(w http.ResponseWriter, r *http.Request) {
	s := d.switches.Load()
	if s == nil {
		w.WriteHeader(http.StatusNoContent) // tells an EventSource not to come back
		return
	}
	wake, cancel := s.store.Subscribe()
	defer cancel()
	w.Header().Set("Content-Type", "text/event-stream")
	out := http.NewResponseController(w)
	var last string
	for {
		data, err := json.Marshal(s.state())
		if err != nil {
			return
		}
		if text := string(data); text != last {
			last = text
			if _, err := fmt.Fprintf(w, "data: %s\n\n", text); err != nil || out.Flush() != nil {
				return
			}
		}
		select {
		case <-wake:
		case <-r.Context().Done():
			return
		}
	}
}

// changeState flips the switch that the body names, and answers when the change
// is in force.
func (d *Demo) changeState(w http.ResponseWriter, r *http.Request) {
	s := d.switches.Load()
	if s == nil {
		fail(w, http.StatusNotFound, "No profile is attached to this page.")
		return
	}
	var c change
	if !read(w, r, &c) {
		return
	}
	switch err := s.set(c); {
	case errors.Is(err, errUnknown):
		fail(w, http.StatusBadRequest, err.Error())
	case err != nil:
		fail(w, http.StatusInternalServerError, err.Error())
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}
