package proxy

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// redirects remembers where allowed requests were redirected to across origins:
// there the browser comes back with Origin: null (Fetch, section 4.4
// "HTTP-redirect fetch"), and that null is the allowed page's.
type redirects struct {
	mu      sync.Mutex
	tickets map[redirect]ticket
}

type redirect struct{ browser, url string }

// ticket lets one request in. Any page can make a request with Origin: null to
// that address in the meantime, but not the Referer of the one that was
// redirected.
type ticket struct {
	until time.Time
	page  string // origin of the page that was redirected; "" where unknown
	quiet bool   // its request may come without a Referer
}

const (
	redirectTime  = 30 * time.Second
	redirectCount = 1000
)

// note remembers f's answer if it is a redirect after which the origin is null.
func (r *redirects) note(f *Flow) {
	if f.Relation != Allowed || f.Response == nil || f.Received.Get("Origin") == "" {
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
	from, now := referrer(f.Received), time.Now()
	t := ticket{
		until: now.Add(redirectTime),
		page:  f.Origin,
		// A redirect can bring a policy of its own (Fetch, section 4.4), and none
		// is told over plain http where an https page came from.
		quiet: from == "" || f.Response.Header.Get("Referrer-Policy") != "" || strings.HasPrefix(from, "https:") && to.Scheme == "http",
	}
	if t.page == "null" {
		t.page = from
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.tickets == nil {
		r.tickets = make(map[redirect]ticket)
	}
	if len(r.tickets) >= redirectCount {
		for key, old := range r.tickets {
			if now.After(old.until) {
				delete(r.tickets, key)
			}
		}
		if len(r.tickets) >= redirectCount {
			return
		}
	}
	r.tickets[redirect{f.Browser(), redirectKey(to)}] = t
}

// take reports whether f is such a redirected request. A preflight leaves the
// ticket for the request that follows it.
func (r *redirects) take(f *Flow) bool {
	key := redirect{f.Browser(), redirectKey(f.URL)}
	r.mu.Lock()
	defer r.mu.Unlock()
	t, ok := r.tickets[key]
	if !ok || time.Now().After(t.until) {
		return false
	}
	if from := referrer(f.Received); from == "" && !t.quiet && !f.Preflight || from != "" && from != t.page {
		return false
	}
	if !f.Preflight {
		delete(r.tickets, key)
	}
	return true
}

func redirectKey(u *url.URL) string { return originOf(u) + u.RequestURI() }
