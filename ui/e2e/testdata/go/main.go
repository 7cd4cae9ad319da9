// The story's backend in Go: server CERTIFICATE KEY USER PASSWORD writes its
// port to standard output, once it listens. The recipe replaces cors.go,
// with withCORS and crossSite.
package main

import (
	"crypto/rand"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"sync"
)

// visitor is a session.
type visitor struct {
	user, token string
	notes       map[string]string
}

// backend is a site behind a login.
type backend struct {
	user, password string
	mu             sync.Mutex
	visitors       map[string]*visitor // by the cookie's value
}

func main() {
	if len(os.Args) != 5 {
		log.Fatal("usage: server CERTIFICATE KEY USER PASSWORD")
	}
	certificate, err := tls.LoadX509KeyPair(os.Args[1], os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	b := &backend{user: os.Args[3], password: os.Args[4], visitors: make(map[string]*visitor)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /accounts/login/", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "<form method=post></form>") })
	mux.HandleFunc("GET /headers", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, `{"ok": true}`) })
	mux.HandleFunc("GET /csrf", b.with(func(w http.ResponseWriter, r *http.Request, v *visitor) {
		fmt.Fprintf(w, `{"csrfToken": %q}`, v.token)
	}))
	mux.HandleFunc("POST /login", b.with(b.checked(b.logIn)))
	mux.HandleFunc("POST /logout", b.with(b.checked(func(w http.ResponseWriter, r *http.Request, v *visitor) {
		*v = visitor{}
		fmt.Fprint(w, `{"user": null}`)
	})))
	mux.HandleFunc("GET /me", b.with(b.loggedIn(func(w http.ResponseWriter, r *http.Request, v *visitor) {
		fmt.Fprintf(w, `{"user": %q}`, v.user)
	})))
	mux.HandleFunc("GET /notes", b.with(b.loggedIn(list)))
	mux.HandleFunc("POST /notes", b.with(b.loggedIn(b.checked(write))))
	mux.HandleFunc("PUT /notes/{name}", b.with(b.loggedIn(b.checked(write))))
	mux.HandleFunc("PATCH /notes/{name}", b.with(b.loggedIn(b.checked(write))))
	mux.HandleFunc("DELETE /notes/{name}", b.with(b.loggedIn(b.checked(func(w http.ResponseWriter, r *http.Request, v *visitor) {
		delete(v.notes, r.PathValue("name"))
		w.WriteHeader(http.StatusNoContent)
	}))))
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{certificate}})
	if err != nil {
		log.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	fmt.Println(port)
	log.Fatal(http.Serve(listener, withCORS(mux)))
}

type handler func(w http.ResponseWriter, r *http.Request, v *visitor)

// with finds the request's session, or begins one.
func (b *backend) with(next handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		b.mu.Lock()
		defer b.mu.Unlock()
		var v *visitor
		if cookie, err := r.Cookie("session"); err == nil {
			v = b.visitors[cookie.Value]
		}
		if v == nil {
			name := rand.Text()
			v = &visitor{token: rand.Text()}
			b.visitors[name] = v
			http.SetCookie(w, crossSite(&http.Cookie{Name: "session", Value: name, Path: "/", HttpOnly: true}))
		}
		w.Header().Set("Content-Type", "application/json")
		next(w, r, v)
	}
}

// checked refuses a request without the token.
func (b *backend) checked(next handler) handler {
	return func(w http.ResponseWriter, r *http.Request, v *visitor) {
		if v.token == "" || r.Header.Get("X-CSRFToken") != v.token {
			http.Error(w, "wrong token", http.StatusForbidden)
			return
		}
		next(w, r, v)
	}
}

func (b *backend) loggedIn(next handler) handler {
	return func(w http.ResponseWriter, r *http.Request, v *visitor) {
		if v.user == "" {
			http.Redirect(w, r, "/accounts/login/?next="+url.QueryEscape(r.URL.Path), http.StatusFound)
			return
		}
		next(w, r, v)
	}
}

func (b *backend) logIn(w http.ResponseWriter, r *http.Request, v *visitor) {
	var given struct{ Username, Password string }
	if json.NewDecoder(r.Body).Decode(&given) != nil || given.Username != b.user || given.Password != b.password {
		http.Error(w, "wrong name or password", http.StatusForbidden)
		return
	}
	*v = visitor{user: b.user, token: rand.Text(), notes: make(map[string]string)}
	fmt.Fprintf(w, `{"user": %q}`, v.user)
}

func list(w http.ResponseWriter, r *http.Request, v *visitor) {
	fmt.Fprint(w, `{"notes": {`)
	separator := ""
	for name, text := range v.notes {
		fmt.Fprintf(w, "%s%q: %q", separator, name, text)
		separator = ", "
	}
	fmt.Fprint(w, `}}`)
}

func write(w http.ResponseWriter, r *http.Request, v *visitor) {
	var given struct{ Name, Text string }
	if err := json.NewDecoder(r.Body).Decode(&given); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	switch r.Method {
	case http.MethodPost:
		w.WriteHeader(http.StatusCreated)
	case http.MethodPatch:
		given.Name = r.PathValue("name")
		given.Text = v.notes[given.Name] + given.Text
	default:
		given.Name = r.PathValue("name")
	}
	v.notes[given.Name] = given.Text
	fmt.Fprintf(w, `{"name": %q, "text": %q}`, given.Name, given.Text)
}
