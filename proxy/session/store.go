// Package session is the held session: what a backend set as cookies, kept
// beside the browser for pages that the browser would not send them for. Its
// storage follows RFC 6265bis, "Cookies: HTTP State Management Mechanism".
package session

import (
	"cmp"
	"net/url"
	"slices"
	"sync"
	"time"
)

// The bounds of a Store: those that RFC 6265bis, section 5.7 gives as examples,
// and of browsers, of which the one that was used longest ago makes room.
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
	subs     map[chan struct{}]struct{}
}

// jar holds the cookies of one browser.
type jar struct {
	used    uint64
	count   int
	domains map[string]map[key]*Cookie
	nextEnd time.Time // no cookie ends before; zero if none ends
	past    past
}

// key is a cookie's identity within its domain.
type key struct {
	name, path string
	hostOnly   bool
}

func (c *Cookie) key() key { return key{c.Name, c.Path, c.HostOnly} }

// NewStore returns an empty Store.
func NewStore() *Store {
	return &Store{now: wallClock, browsers: make(map[string]*jar), subs: make(map[chan struct{}]struct{})}
}

// wallClock is the time without the monotonic reading, which stands still while
// the machine sleeps: there, too, a cookie comes to its end, as in browsers.
func wallClock() time.Time { return time.Now().Round(0) }

// Learn takes over the Set-Cookie lines of an answer from u, as the backend
// sent them; sent are the Cookie headers of the request that it answers. A line
// that ends a cookie makes the store forget it, unless the request carried other
// values of that name only: then the backend ended those, as it does with an old
// session that a browser goes on sending. Learn returns the names of those that it
// keeps now, and of those that it had and keeps no more.
func (s *Store) Learn(browser string, u *url.URL, sent, setCookie []string) (kept, ended []string) {
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
		s.expire(j, now)
		if u.Scheme == "http" && !trusted(u) && j.overlaysSecure(&c, now) {
			continue
		}
		if c.expired(now) {
			if s.end(j, &c, pairs(sent)) {
				ended = append(ended, c.Name)
			}
			continue
		}
		for _, guess := range j.guesses(&c) {
			s.drop(j, guess, time.Time{})
		}
		s.put(j, c)
		kept = append(kept, c.Name)
	}
	return kept, ended
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
	sent := pairs(cookieHeader)
	var missing []string
	for _, c := range j.matching(u, now, "") {
		c.Used, c.used = now, s.tick
		if !slices.ContainsFunc(sent, func(p pair) bool { return p.name == c.Name }) {
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

// Forget drops the cookies that match, with what is known of their former values,
// and returns how many they were; nil matches all, and forgets all. What the
// backend sets, or its own pages send, later is learned again.
func (s *Store) Forget(match func(browser string, c *Cookie) bool) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	count := 0
	for browser, j := range s.browsers {
		for c := range j.all() {
			if match == nil || match(browser, c) {
				j.remove(c.Domain, c.key())
				j.past.forget(c)
				count++
			}
		}
		if match == nil || j.count == 0 && len(j.past.values) == 0 {
			delete(s.browsers, browser)
		}
	}
	if count > 0 {
		s.changed()
	}
	return count
}

// All returns copies of the held cookies of each browser, ordered by domain,
// then path, then name.
func (s *Store) All() map[string][]Cookie {
	all := s.copies()
	for browser := range all { // traffic doesn't wait for the order
		slices.SortFunc(all[browser], func(a, b Cookie) int {
			return cmp.Or(cmp.Compare(a.Domain, b.Domain), cmp.Compare(a.Path, b.Path),
				cmp.Compare(a.Name, b.Name), cmp.Compare(a.order, b.order))
		})
	}
	return all
}

// copies is All in no order.
func (s *Store) copies() map[string][]Cookie {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	all := make(map[string][]Cookie)
	for browser, j := range s.browsers {
		for c := range j.all() {
			if !c.expired(now) {
				all[browser] = append(all[browser], *c)
			}
		}
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

// put stores c in place of one with the same identity, whose age it keeps (RFC
// 6265bis, section 5.7).
func (s *Store) put(j *jar, c Cookie) {
	s.tick++
	c.order, c.used = s.tick, s.tick
	if !c.Expires.IsZero() && (j.nextEnd.IsZero() || c.Expires.Before(j.nextEnd)) {
		j.nextEnd = c.Expires
	}
	if old := j.domains[c.Domain][c.key()]; old != nil {
		if old.Value != c.Value {
			j.past.add(old, time.Time{})
		}
		c.order, c.Created = old.order, old.Created
		c.confirmed = c.confirmed || old.confirmed && old.Value == c.Value
		before := *old
		*old = c
		before.used, before.Used = c.used, c.Used // use is no change
		if before != c {
			s.changed()
		}
		return
	}
	if j.domains[c.Domain] == nil {
		j.domains[c.Domain] = make(map[key]*Cookie)
	}
	j.domains[c.Domain][c.key()] = &c
	j.count++
	j.evict(c.Domain)
	s.changed()
}

// drop removes a cookie and remembers that its value is no longer good, until
// the given time or for good.
func (s *Store) drop(j *jar, c *Cookie, until time.Time) {
	j.past.add(c, until)
	j.remove(c.Domain, c.key())
	s.changed()
}

// end forgets what c, which has come to its end, takes the place of, and reports
// whether there was something. See Learn for what sent is.
func (s *Store) end(j *jar, c *Cookie, sent []pair) bool {
	sent = slices.DeleteFunc(sent, func(p pair) bool { return p.name != c.Name })
	old := j.guesses(c)
	if same := j.domains[c.Domain][c.key()]; same != nil && !same.Sent {
		old = append(old, same)
	}
	ended := false
	for _, o := range old {
		if len(sent) == 0 || slices.Contains(sent, pair{o.Name, o.Value}) {
			s.drop(j, o, time.Time{})
			ended = true
		}
	}
	for _, p := range sent { // whatever the browser does about it
		c.Value = p.value
		j.past.add(c, time.Time{})
	}
	return ended
}

// expire removes the cookies of j that have come to their end.
func (s *Store) expire(j *jar, now time.Time) {
	if j.nextEnd.IsZero() || now.Before(j.nextEnd) {
		return
	}
	j.nextEnd = time.Time{}
	for c := range j.all() {
		switch {
		case c.expired(now):
			s.drop(j, c, c.Expires.Add(graceTime))
		case !c.Expires.IsZero() && (j.nextEnd.IsZero() || c.Expires.Before(j.nextEnd)):
			j.nextEnd = c.Expires
		}
	}
}

// Subscribe returns a channel that holds a value whenever what is held may have
// changed since the last receive, and a function that ends the subscription. The
// channel has one slot: many changes make one wake-up. It is never closed. That a
// cookie was used, or came to its end, is no change.
func (s *Store) Subscribe() (wake <-chan struct{}, cancel func()) {
	c := make(chan struct{}, 1)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.subs[c] = struct{}{}
	return c, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.subs, c)
	}
}

// changed wakes the subscribers.
func (s *Store) changed() {
	for wake := range s.subs {
		select {
		case wake <- struct{}{}:
		default:
		}
	}
}
