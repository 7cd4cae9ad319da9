// Package session is the held session: what a backend set as cookies, kept
// beside the browser for pages that the browser would not send them for. Its
// storage follows RFC 6265bis, "Cookies: HTTP State Management Mechanism".
package session

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// The bounds of a Store. What was used longest ago makes room.
const (
	maxBrowsers = 32
	maxCookies  = 3000 // of a browser
	maxDomain   = 50   // of a browser, with the same Domain
)

// Store holds the cookies of one profile, apart for each browser, in memory.
// Safe for concurrent use. The browser is any string that tells two apart; the
// URL u is absolute, as the browser asked for it.
type Store struct {
	now func() time.Time

	mu       sync.Mutex
	tick     uint64 // numbers events, for order and age
	browsers map[string]*jar
}

// jar holds the cookies of one browser.
type jar struct {
	used    uint64
	count   int
	domains map[string]map[key]*Cookie
}

// key is a cookie's identity within its domain.
type key struct {
	name, path string
	hostOnly   bool
}

func (c *Cookie) key() key { return key{c.Name, c.Path, c.HostOnly} }

// NewStore returns an empty Store.
func NewStore() *Store {
	return &Store{now: wallClock, browsers: make(map[string]*jar)}
}

// wallClock is the time without the monotonic reading, which stands still while
// the machine sleeps: there, too, a cookie comes to its end, as in browsers.
func wallClock() time.Time { return time.Now().Round(0) }

// Learn takes over the Set-Cookie lines of an answer from u, as the backend
// sent them. A line that ends a cookie makes the store forget it. It returns the
// names of those that it keeps now, and of those that it had and keeps no more.
func (s *Store) Learn(browser string, u *url.URL, setCookie []string) (kept, ended []string) {
	if len(setCookie) == 0 {
		return nil, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	for _, line := range setCookie {
		c, ok := newCookie(u, line, now)
		if !ok {
			continue
		}
		j := s.jar(browser)
		if u.Scheme == "http" && !trusted(u) && j.overlaysSecure(&c, now) {
			continue
		}
		j.forgetGuesses(&c)
		if c.expired(now) {
			if j.remove(c.Domain, c.key()) {
				ended = append(ended, c.Name)
			}
			continue
		}
		s.put(j, c)
		kept = append(kept, c.Name)
	}
	return kept, ended
}

// LearnSent takes over the cookies of a request that one of the backend's own
// pages sent to u. They are held for the whole of u's host until the backend
// sets one of that name. A value that differs from the held one replaces it
// only if the browser has sent the held one before: otherwise it is a cookie
// that the browser refused, and what it sends is older.
func (s *Store) LearnSent(browser string, u *url.URL, cookieHeader []string) {
	sent := pairs(cookieHeader)
	if len(sent) == 0 || hostOf(u) == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	j := s.jar(browser)
	for i, p := range sent {
		if slices.ContainsFunc(sent[:i], func(q pair) bool { return q.name == p.name }) {
			continue // the first of a name is the closest match
		}
		held := j.matching(u, now, p.name)
		if len(held) == 0 {
			s.put(j, Cookie{
				Name: p.name, Value: p.value, Domain: hostOf(u), HostOnly: true, Path: "/",
				Secure: u.Scheme != "http", Sent: true, Created: now, confirmed: true,
			})
			continue
		}
		if !confirm(held, p.value) && held[0].confirmed {
			held[0].Value = p.value
		}
	}
}

// Missing returns what a request to u lacks of the held cookies, as name=value
// in the order of RFC 6265bis, section 5.8.3: longer paths first, then older
// ones. A name that the browser sent is never among them.
func (s *Store) Missing(browser string, u *url.URL, cookieHeader []string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	j := s.browsers[browser]
	if j == nil {
		return nil
	}
	s.tick++
	j.used = s.tick
	now := s.now()
	sent := make(map[string]bool)
	for _, p := range pairs(cookieHeader) {
		if !sent[p.name] {
			confirm(j.matching(u, now, p.name), p.value)
		}
		sent[p.name] = true
	}
	var missing []string
	for _, c := range j.matching(u, now, "") {
		if !sent[c.Name] {
			c.used = s.tick
			missing = append(missing, c.Name+"="+c.Value)
		}
	}
	return missing
}

// SameSite returns the names of the held cookies for u that the backend itself
// set with the given SameSite ("Strict", "Lax", "None", or "" for none), sorted.
func (s *Store) SameSite(browser string, u *url.URL, value string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	j := s.browsers[browser]
	if j == nil {
		return nil
	}
	var names []string
	for _, c := range j.matching(u, s.now(), "") {
		if c.SameSite == value {
			names = append(names, c.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Clear forgets everything.
func (s *Store) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.browsers)
}

// All returns copies of the held cookies of each browser, ordered by domain,
// then path, then name.
func (s *Store) All() map[string][]Cookie {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	all := make(map[string][]Cookie)
	for browser, j := range s.browsers {
		for _, domain := range j.domains {
			for _, c := range domain {
				if !c.expired(now) {
					all[browser] = append(all[browser], *c)
				}
			}
		}
		slices.SortFunc(all[browser], func(a, b Cookie) int {
			return cmp.Or(cmp.Compare(a.Domain, b.Domain), cmp.Compare(a.Path, b.Path),
				cmp.Compare(a.Name, b.Name), cmp.Compare(a.order, b.order))
		})
	}
	return all
}

// jar returns the browser's jar, made if need be.
func (s *Store) jar(browser string) *jar {
	s.tick++
	j := s.browsers[browser]
	if j == nil {
		if len(s.browsers) >= maxBrowsers {
			oldest, least := "", s.tick
			for name, other := range s.browsers {
				if other.used < least {
					oldest, least = name, other.used
				}
			}
			delete(s.browsers, oldest)
		}
		j = &jar{domains: make(map[string]map[key]*Cookie)}
		s.browsers[browser] = j
	}
	j.used = s.tick
	return j
}

// put stores c in place of one with the same identity, whose age it keeps.
func (s *Store) put(j *jar, c Cookie) {
	s.tick++
	c.order, c.used = s.tick, s.tick
	domain := j.domains[c.Domain]
	if old := domain[c.key()]; old != nil {
		c.order, c.Created = old.order, old.Created
		c.confirmed = c.confirmed || old.confirmed && old.Value == c.Value
		*old = c
		return
	}
	if len(domain) >= maxDomain {
		j.evict(s.now(), c.Domain)
	}
	if j.count >= maxCookies {
		j.evict(s.now(), "")
	}
	if j.domains[c.Domain] == nil { // after evict, which may have emptied it
		j.domains[c.Domain] = make(map[key]*Cookie)
	}
	j.domains[c.Domain][c.key()] = &c
	j.count++
}

type pair struct{ name, value string }

// pairs reads Cookie headers.
func pairs(cookieHeader []string) []pair {
	var list []pair
	for _, line := range cookieHeader {
		for text := range strings.SplitSeq(line, ";") {
			name, value, ok := strings.Cut(text, "=")
			p := pair{trim(name), trim(value)}
			if ok && plausible(p.name, p.value) && !strings.ContainsFunc(text, control) {
				list = append(list, p)
			}
		}
	}
	return list
}

// confirm notes that the browser has the held cookie with this value itself,
// and reports whether there is one.
func confirm(held []*Cookie, value string) bool {
	for _, c := range held {
		if c.Value == value {
			c.confirmed = true
			return true
		}
	}
	return false
}
