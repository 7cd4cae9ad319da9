package session

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// keptBrowser is the JSON form of one browser's cookies, in the order in which
// they were learned. Texts that may be no UTF-8 are in base64.
type keptBrowser struct {
	Browser []byte       `json:"browser"`
	Cookies []keptCookie `json:"cookies"`
}

type keptCookie struct {
	Name      []byte    `json:"name"`
	Value     []byte    `json:"value"`
	Domain    string    `json:"domain"`
	HostOnly  bool      `json:"hostOnly,omitempty"`
	Path      []byte    `json:"path"`
	Expires   time.Time `json:"expires,omitzero"`
	Secure    bool      `json:"secure,omitempty"`
	HTTPOnly  bool      `json:"httpOnly,omitempty"`
	SameSite  string    `json:"sameSite,omitempty"`
	Sent      bool      `json:"sent,omitempty"`
	Confirmed bool      `json:"confirmed,omitempty"`
	Created   time.Time `json:"created"`
	Used      time.Time `json:"used"`
}

// staleTime is how long a cookie that has no end may lie unused and still be
// taken back by Decode. Browsers that go on where they were left keep such
// cookies too, as if their session had never ended (RFC 6265bis, section 5.7).
const staleTime = 7 * 24 * time.Hour

// Encode returns the held cookies as a JSON array, to be kept, or nil where there
// are none. If they take more than limit bytes, those that were used longest ago
// are left out. The values are secrets.
func (s *Store) Encode(limit int) ([]byte, error) {
	type one struct {
		browser string
		order   uint64
		used    uint64
		kept    keptCookie
	}
	var all []one
	s.mu.Lock()
	now := s.now()
	for browser, j := range s.browsers {
		for c := range j.all() {
			if !c.expired(now) {
				all = append(all, one{browser, c.order, c.used, keptCookie{
					[]byte(c.Name), []byte(c.Value), c.Domain, c.HostOnly, []byte(c.Path), c.Expires,
					c.Secure, c.HTTPOnly, c.SameSite, c.Sent, c.confirmed, c.Created, c.Used,
				}})
			}
		}
	}
	s.mu.Unlock()
	slices.SortFunc(all, func(a, b one) int { return cmp.Compare(b.used, a.used) })
	size, seen := len("[]"), make(map[string]bool)
	for i, c := range all {
		text, err := json.Marshal(c.kept)
		if err != nil {
			return nil, fmt.Errorf("writing the cookie %q of %s as JSON: %w", c.kept.Name, c.kept.Domain, err)
		}
		size += len(text) + len(",")
		if !seen[c.browser] {
			size += len(`,{"browser":"","cookies":[]}`) + (len(c.browser)+2)/3*4
		}
		if size > limit {
			all = all[:i]
			break
		}
		seen[c.browser] = true
	}
	if len(all) == 0 {
		return nil, nil
	}
	slices.SortFunc(all, func(a, b one) int {
		return cmp.Or(cmp.Compare(a.browser, b.browser), cmp.Compare(a.order, b.order))
	})
	var list []keptBrowser
	for i, c := range all {
		if i == 0 || c.browser != all[i-1].browser {
			list = append(list, keptBrowser{Browser: []byte(c.browser)})
		}
		last := &list[len(list)-1]
		last.Cookies = append(last.Cookies, c.kept)
	}
	return json.Marshal(list)
}

// Decode takes back what Encode returned, but for what has come to its end
// meanwhile and what has none and lay unused for a week. What the store holds
// already stays. Where it returns an error, the store is as it was.
func (s *Store) Decode(data []byte) error {
	var list []keptBrowser
	if err := json.Unmarshal(data, &list); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	for _, b := range list {
		for _, c := range b.Cookies {
			if err := c.check(now); err != nil {
				return err
			}
		}
	}
	var taken []*Cookie
	for _, b := range list {
		for _, k := range b.Cookies {
			c := Cookie{
				Name: string(k.Name), Value: string(k.Value), Domain: k.Domain, HostOnly: k.HostOnly, Path: string(k.Path),
				Expires: k.Expires, Secure: k.Secure, HTTPOnly: k.HTTPOnly, SameSite: k.SameSite,
				Sent: k.Sent, Created: k.Created, Used: k.Used, confirmed: k.Confirmed,
			}
			if c.expired(now) || c.Expires.IsZero() && now.Sub(c.Used) > staleTime {
				continue
			}
			j := s.jar(string(b.Browser))
			if j.domains[c.Domain][c.key()] != nil {
				continue
			}
			s.put(j, c)
			if put := j.domains[c.Domain][c.key()]; put != nil {
				taken = append(taken, put)
			}
		}
	}
	slices.SortStableFunc(taken, func(a, b *Cookie) int { return a.Used.Compare(b.Used) })
	for _, c := range taken {
		s.tick++
		c.used = s.tick
	}
	return nil
}

// check says why a cookie can't be one that a store held.
func (c *keptCookie) check(now time.Time) error {
	path := string(c.Path)
	switch {
	case !plausible(string(c.Name), string(c.Value)),
		strings.ContainsFunc(string(c.Name)+string(c.Value)+path, func(r rune) bool { return control(r) || r == ';' }),
		strings.Contains(string(c.Name), "="):
		return errors.New("a cookie has a name or a value that no cookie can have")
	case c.Domain == "" || strings.ContainsAny(c.Domain, " ;/") || !strings.HasPrefix(path, "/") || len(path) > maxPath:
		return errors.New("a cookie has no domain or path that a cookie can have")
	case c.SameSite != sameSite(c.SameSite):
		return errors.New("a cookie has a SameSite that none has")
	case c.Expires.After(now.Add(maxLife + 24*time.Hour)):
		return errors.New("a cookie ends later than a cookie can")
	}
	return nil
}

// maxPath bounds a kept cookie's path in bytes: a default path is as long as the
// URL it was set at.
const maxPath = 64 << 10
