package demo

import (
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

const (
	csrfCookie = "csrftoken"
	csrfHeader = "X-CSRFToken"
	csrfField  = "csrfmiddlewaretoken"
)

// maxForm bounds the body of a form, in bytes.
const maxForm = 64 << 10

// checkCSRF is Django's middleware for requests that change something. Django 4
// compares Origin, Django 3 the Referer; this one wants both right where they
// are sent, and one of them at least.
func checkCSRF(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Method {
		case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		default:
			if reason := csrfFault(w, r); reason != "" {
				refuse(w, r, "CSRF verification failed. "+reason)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// csrfFault says why the request is refused, in Django's words; "" if it isn't.
func csrfFault(w http.ResponseWriter, r *http.Request) string {
	origin, referer := r.Header.Get("Origin"), r.Header.Get("Referer")
	if origin != "" && origin != BackendURL {
		return fmt.Sprintf("Origin checking failed - %s does not match any trusted origins.", origin)
	}
	switch u, err := url.Parse(referer); {
	case referer == "" && origin == "":
		return "Referer checking failed - no Referer."
	case referer == "":
	case err != nil, u.Scheme != "https", u.Host != Host:
		return fmt.Sprintf("Referer checking failed - %s does not match any trusted origins.", referer)
	}
	c, err := r.Cookie(csrfCookie)
	if err != nil {
		return "CSRF cookie not set."
	}
	token := r.Header.Get(csrfHeader)
	if token == "" && strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		token = r.PostFormValue(csrfField)
	}
	switch {
	case token == "":
		return "CSRF token missing."
	case subtle.ConstantTimeCompare([]byte(token), []byte(c.Value)) != 1:
		return "CSRF token incorrect."
	}
	return ""
}

// refuse answers 403, as JSON for the API and as text for people.
func refuse(w http.ResponseWriter, r *http.Request, why string) {
	if strings.HasPrefix(r.URL.Path, "/api/") {
		fail(w, http.StatusForbidden, why)
		return
	}
	http.Error(w, "Forbidden (403)\n\n"+why, http.StatusForbidden)
}

// ensureCSRF gives the browser a token cookie, the one it has if it has one,
// and returns the token.
func ensureCSRF(w http.ResponseWriter, r *http.Request) string {
	token := newToken()
	if c, err := r.Cookie(csrfCookie); err == nil && len(c.Value) == len(token) {
		token = c.Value
	}
	setCSRF(w, token)
	return token
}

func newToken() string { return rand.Text() + rand.Text() }

func setCSRF(w http.ResponseWriter, token string) {
	http.SetCookie(w, &http.Cookie{
		Name: csrfCookie, Value: token, Path: "/", MaxAge: 31449600,
		Secure: true, SameSite: http.SameSiteLaxMode,
	})
}
