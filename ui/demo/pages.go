package demo

import (
	"html/template"
	"net/http"
	"strings"

	assets "corsage/assets/demo"
)

// routePages adds the site's own pages, on which one can log in as well.
func (b *backendSite) routePages(mux *http.ServeMux) {
	pages := template.Must(template.ParseFS(assets.Files, "backend/*.html"))
	show := func(w http.ResponseWriter, status int, name string, data any) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(status)
		_ = pages.ExecuteTemplate(w, name, data) // an error is the client's leaving
	}
	type form struct{ User, Password, Token, Next, Error string }

	mux.HandleFunc("GET /login", func(w http.ResponseWriter, r *http.Request) {
		show(w, http.StatusOK, "login.html", form{User, Password, ensureCSRF(w, r), r.FormValue("next"), ""})
	})
	mux.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) {
		if r.PostFormValue("username") != User || r.PostFormValue("password") != Password {
			show(w, http.StatusUnauthorized, "login.html",
				form{User, Password, ensureCSRF(w, r), r.PostFormValue("next"), "Wrong user name or password."})
			return
		}
		b.sessions.begin(w)
		http.Redirect(w, r, after(r.PostFormValue("next")), http.StatusSeeOther)
	})
	mux.HandleFunc("POST /logout", func(w http.ResponseWriter, r *http.Request) {
		b.sessions.end(w, r)
		http.Redirect(w, r, "/login", http.StatusSeeOther)
	})
	mux.HandleFunc("GET /account", func(w http.ResponseWriter, r *http.Request) {
		s := sessionOf(r)
		s.mu.Lock()
		notes := len(s.notes)
		s.mu.Unlock()
		show(w, http.StatusOK, "account.html", struct {
			User, Token string
			Notes       int
		}{User, ensureCSRF(w, r), notes})
	})
	mux.Handle("GET /{$}", http.RedirectHandler("/account", http.StatusFound))
	mux.HandleFunc("GET /static/site.css", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFileFS(w, r, assets.Files, "backend/site.css")
	})
}

// after is where a login leads: to next if that is one of the site's own pages
// (an API's answer is nothing to look at), else to the account.
func after(next string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.HasPrefix(next, "/\\") || strings.HasPrefix(next, "/api/") {
		return "/account"
	}
	return next
}
