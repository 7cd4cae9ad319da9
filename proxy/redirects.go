package proxy

import (
	"net/http"
	"net/url"
	"sync"
	"time"
)

// redirects remembers where allowed requests were redirected to across origins:
// there the browser comes back with Origin: null (Fetch, section 4.4
// "HTTP-redirect fetch"), and that null is the allowed page's.
type redirects struct {
	mu      sync.Mutex
	tickets map[redirect]time.Time // until when it holds
}

type redirect struct{ browser, url string }

const (
	redirectTime  = 30 * time.Second
	redirectCount = 1000
)

// note remembers f's answer if it is a redirect after which the origin is null.
func (r *redirects) note(f *Flow) {
	if f.Relation != Allowed || f.Response == nil {
		return
	}
	switch f.Response.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
	default:
		return
	}
	to, err := f.URL.Parse(f.Response.Header.Get("Location"))
	if err != nil || originOf(to) == originOf(f.URL) && f.Origin != "null" {
		return
	}
	now := time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.tickets == nil {
		r.tickets = make(map[redirect]time.Time)
	}
	if len(r.tickets) >= redirectCount {
		for t, until := range r.tickets {
			if now.After(until) {
				delete(r.tickets, t)
			}
		}
		if len(r.tickets) >= redirectCount {
			return
		}
	}
	r.tickets[redirect{f.Browser(), redirectKey(to)}] = now.Add(redirectTime)
}

// take reports whether f is such a redirected request. A preflight leaves the
// ticket for the request that follows it.
func (r *redirects) take(f *Flow) bool {
	key := redirect{f.Browser(), redirectKey(f.URL)}
	r.mu.Lock()
	defer r.mu.Unlock()
	until, ok := r.tickets[key]
	if !ok || time.Now().After(until) {
		return false
	}
	if !f.Preflight {
		delete(r.tickets, key)
	}
	return true
}

func redirectKey(u *url.URL) string { return originOf(u) + u.RequestURI() }
