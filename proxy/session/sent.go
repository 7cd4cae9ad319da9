package session

import (
	"net/url"
	"slices"
	"strings"
	"time"
)

// LearnSent takes over the cookies of a request that one of the backend's own
// pages sent to u, so that a session which is older than this store is held too.
// A Cookie header tells names and values only (RFC 6265bis, section 5.8.3), in
// the order of longer paths, then of age; the rest is guessed:
//
//   - A name of which nothing is held for u is held for the whole of u's host,
//     until the backend sets one of that name. Of several values the first is
//     taken, the closest match. A value that a held cookie has had before is not
//     taken: the browser refused its end, or was a moment late with it.
//   - A value beside the held one of that name is a second cookie: one in front is
//     held for u's directory, one behind for the whole host.
//   - A value instead of the held one replaces it only if the backend's own pages
//     have sent the held one before: otherwise the browser refused that, and
//     what it sends is older.
//
// That a name is missing says nothing: SameSite may have kept it back.
func (s *Store) LearnSent(browser string, u *url.URL, cookieHeader []string) {
	sent := pairs(cookieHeader)
	host := hostOf(u)
	if len(sent) == 0 || host == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	j := s.jar(browser)
	s.expire(j, now)
	for i, p := range sent {
		if slices.ContainsFunc(sent[:i], func(q pair) bool { return q.name == p.name }) {
			continue // its first has seen to all of that name
		}
		s.learnName(j, u, p.name, sent[i:], now)
	}
}

// learnName is LearnSent for one name; sent begins with its first pair.
func (s *Store) learnName(j *jar, u *url.URL, name string, sent []pair, now time.Time) {
	held := j.matching(u, now, name)
	guess := Cookie{
		Name: name, Domain: hostOf(u), HostOnly: true, Path: "/",
		Secure: u.Scheme != "http", Sent: true, Created: now, Used: now, confirmed: true,
	}
	known := func(value string) bool {
		return slices.ContainsFunc(held, func(c *Cookie) bool { return c.Value == value })
	}
	met, unknown, value := 0, 0, ""
	for _, p := range sent {
		switch {
		case p.name != name:
		case known(p.value):
			met++
		case unknown == 0:
			unknown, value = met+1, p.value // 1 for one in front of all that are known
		}
	}
	var open *Cookie // held, but not sent
	for _, c := range held {
		c.Used, c.used = now, s.tick
		if slices.Contains(sent, pair{name, c.Value}) {
			s.confirm(c)
		} else if open == nil {
			open = c
		}
	}
	guess.Value = value
	switch {
	case unknown == 0:
	case open != nil:
		if !open.confirmed {
			j.past.add(&guess, time.Time{})
			return
		}
		open.Value = value
		s.changed()
	case j.past.has(guess.Domain, name, value, now):
	case len(held) == 0:
		s.put(j, guess)
	default:
		if unknown == 1 {
			guess.Path = defaultPath(u)
		}
		if j.domains[guess.Domain][guess.key()] == nil {
			s.put(j, guess)
		}
	}
}

// confirm notes that the browser has c itself, with this value.
func (s *Store) confirm(c *Cookie) {
	if !c.confirmed {
		c.confirmed = true
		s.changed() // a kept session says so too
	}
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
