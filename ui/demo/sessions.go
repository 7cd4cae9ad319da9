package demo

import (
	"crypto/rand"
	"net/http"
	"slices"
	"sync"
)

const sessionCookie = "sessionid"

// maxSessions bounds what logins without a logout leave behind: the page logs in
// every few seconds.
const maxSessions = 200

// session is one login. Its notes are its own, so that two browsers don't get
// in each other's way.
type session struct {
	mu    sync.Mutex
	notes map[string]string
}

// sessions are those that are logged in. The zero value is ready.
type sessions struct {
	mu    sync.Mutex
	open  map[string]*session
	order []string // keys of open, oldest first
}

// find returns the request's session, or nil.
func (s *sessions) find(r *http.Request) *session {
	c, err := r.Cookie(sessionCookie)
	if err != nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.open[c.Value]
}

// begin logs the browser in, and gives it a new CSRF token as Django does.
func (s *sessions) begin(w http.ResponseWriter) {
	key := rand.Text()
	s.mu.Lock()
	if s.open == nil {
		s.open = make(map[string]*session)
	}
	s.open[key] = &session{notes: map[string]string{"welcome": "This note lives inside the demo's backend."}}
	s.order = append(s.order, key)
	if len(s.order) > maxSessions {
		delete(s.open, s.order[0])
		s.order = slices.Delete(s.order, 0, 1)
	}
	s.mu.Unlock()
	http.SetCookie(w, &http.Cookie{
		Name: sessionCookie, Value: key, Path: "/", MaxAge: 1209600,
		Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
	setCSRF(w, newToken())
}

// end logs the request's browser out.
func (s *sessions) end(w http.ResponseWriter, r *http.Request) {
	if c, err := r.Cookie(sessionCookie); err == nil {
		s.mu.Lock()
		delete(s.open, c.Value)
		s.order = slices.DeleteFunc(s.order, func(key string) bool { return key == c.Value })
		s.mu.Unlock()
	}
	http.SetCookie(w, &http.Cookie{
		Name: sessionCookie, Path: "/", MaxAge: -1,
		Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}
