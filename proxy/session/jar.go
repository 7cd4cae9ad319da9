package session

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"time"
)

// matching returns the cookies that go to u, those called name only unless it
// is empty, in the order in which they are sent.
func (j *jar) matching(u *url.URL, now time.Time, name string) []*Cookie {
	host, path, secure := hostOf(u), pathOf(u), trusted(u)
	var list []*Cookie
	for domain := range parents(host) {
		for _, c := range j.domains[domain] {
			if (name == "" || c.Name == name) && (domain == host || !c.HostOnly) &&
				(secure || !c.Secure) && c.pathMatches(path) && !c.expired(now) {
				list = append(list, c)
			}
		}
	}
	slices.SortFunc(list, func(a, b *Cookie) int {
		return cmp.Or(cmp.Compare(len(b.Path), len(a.Path)), cmp.Compare(a.order, b.order))
	})
	return list
}

// parents yields host and, unless it is an address, all names above it.
func parents(host string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for yield(host) && !isIP(host) {
			_, above, ok := strings.Cut(host, ".")
			if !ok {
				return
			}
			host = above
		}
	}
}

// overlaysSecure reports whether c, set over plain http, would hide a Secure
// cookie (RFC 6265bis, section 5.7).
func (j *jar) overlaysSecure(c *Cookie, now time.Time) bool {
	for domain, cookies := range j.domains {
		if domain != c.Domain && !strings.HasSuffix(domain, "."+c.Domain) && !strings.HasSuffix(c.Domain, "."+domain) {
			continue
		}
		for _, old := range cookies {
			if old.Secure && old.Name == c.Name && old.pathMatches(c.Path) && !old.expired(now) {
				return true
			}
		}
	}
	return false
}

// forgetGuesses drops what LearnSent made of the cookie that c now is.
func (j *jar) forgetGuesses(c *Cookie) {
	for domain, cookies := range j.domains {
		if domain != c.Domain && (c.HostOnly || !strings.HasSuffix(domain, "."+c.Domain)) {
			continue
		}
		for k, old := range cookies {
			if old.Sent && old.Name == c.Name {
				j.remove(domain, k)
			}
		}
	}
}

// remove forgets a cookie, and reports whether there was one.
func (j *jar) remove(domain string, k key) bool {
	cookies := j.domains[domain]
	if _, ok := cookies[k]; !ok {
		return false
	}
	delete(cookies, k)
	j.count--
	if len(cookies) == 0 {
		delete(j.domains, domain)
	}
	return true
}

// evict makes room for one cookie of the domain, or of any if it is "": the
// expired ones go, or else the one that was used longest ago.
func (j *jar) evict(now time.Time, domain string) {
	var oldest *Cookie
	before := j.count
	for name, cookies := range j.domains {
		if domain != "" && name != domain {
			continue
		}
		for k, c := range cookies {
			if c.expired(now) {
				j.remove(name, k)
			} else if oldest == nil || c.used < oldest.used {
				oldest = c
			}
		}
	}
	if j.count == before && oldest != nil {
		j.remove(oldest.Domain, oldest.key())
	}
}
