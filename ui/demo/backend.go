package demo

import (
	"context"
	"net/http"
	"net/url"
	"strings"
)

// Host is the backend's host name. RFC 6761, section 6.2, keeps names under
// test out of the world's DNS: only the demo's profiles know where it is.
const Host = "demo.corsage.test"

// BackendURL is the backend's origin as browsers see it.
const BackendURL = "https://" + Host

// User and Password are the backend's one account.
const (
	User     = "demo"
	Password = "demo"
)

// backendSite plays a production site that nobody set up for a frontend elsewhere:
// a session login, cookies that stay at home, CSRF checks, a redirect to the
// login for everyone else, and not one CORS header.
type backendSite struct{ sessions sessions }

// handler puts the site behind its middleware, in the order of Django's.
func (b *backendSite) handler() http.Handler {
	mux := http.NewServeMux()
	b.routePages(mux)
	b.routeAPI(mux)
	return allowedHost(secured(checkCSRF(b.loginRequired(mux))))
}

// allowedHost is Django's ALLOWED_HOSTS.
func allowedHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Host != Host {
			http.Error(w, "Invalid host: this is "+Host+".", http.StatusBadRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// secured sets the headers that a hardened site sends with everything.
func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
		h.Set("Content-Security-Policy", "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'")
		h.Set("X-Frame-Options", "DENY")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

type sessionKey struct{}

// sessionOf is the session of a request that loginRequired let pass; nil on a
// public path.
func sessionOf(r *http.Request) *session {
	s, _ := r.Context().Value(sessionKey{}).(*session)
	return s
}

// loginRequired sends everyone without a session to the login page, preflights
// too: they carry no cookies (Fetch, section 4.8).
func (b *backendSite) loginRequired(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s := b.sessions.find(r); s != nil {
			r = r.WithContext(context.WithValue(r.Context(), sessionKey{}, s))
		} else if !public(r.URL.Path) {
			http.Redirect(w, r, "/login?next="+url.QueryEscape(r.URL.RequestURI()), http.StatusFound)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func public(path string) bool {
	switch path {
	case "/login", "/api/csrf", "/api/login", "/api/broken":
		return true
	}
	return strings.HasPrefix(path, "/static/")
}
