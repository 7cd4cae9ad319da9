package session

import (
	"cmp"
	"iter"
	"maps"
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
func parents(host string) iter.Seq[string] {
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

// guesses are what LearnSent made of the cookie that c now is.
func (j *jar) guesses(c *Cookie) []*Cookie {
	var list []*Cookie
	for domain, cookies := range j.domains {
		if domain != c.Domain && (c.HostOnly || !strings.HasSuffix(domain, "."+c.Domain)) {
			continue
		}
		for _, old := range cookies {
			if old.Sent && old.Name == c.Name {
				list = append(list, old)
			}
		}
	}
	return list
}

// all yields the cookies, expired ones too, in no order. They may be removed
// meanwhile.
func (j *jar) all() iter.Seq[*Cookie] {
	return func(yield func(*Cookie) bool) {
		for _, cookies := range j.domains {
			for _, c := range cookies {
				if !yield(c) {
					return
				}
			}
		}
	}
}

func (j *jar) remove(domain string, k key) {
	cookies := j.domains[domain]
	if _, ok := cookies[k]; !ok {
		return
	}
	delete(cookies, k)
	j.count--
	if len(cookies) == 0 {
		delete(j.domains, domain)
	}
}

// evict removes excess cookies after one was added to the domain, in the order
// of RFC 6265bis, section 5.7: expired ones are gone already; of a domain with too
// many those that are not Secure go, then any of it, then any of all. Among equals
// it is the one that was used longest ago, which can be the new one.
func (j *jar) evict(domain string) {
	if cookies := j.domains[domain]; len(cookies) > maxDomain {
		insecure, any := oldest(maps.Values(cookies))
		if insecure == nil {
			insecure = any
		}
		j.remove(domain, insecure.key())
	}
	if j.count > maxCookies {
		_, any := oldest(j.all())
		j.remove(any.Domain, any.key())
	}
}

// oldest returns the cookie that was used longest ago, among those that are not
// Secure and among all; nil where there is none.
func oldest(cookies iter.Seq[*Cookie]) (insecure, any *Cookie) {
	for c := range cookies {
		if any == nil || c.used < any.used {
			any = c
		}
		if !c.Secure && (insecure == nil || c.used < insecure.used) {
			insecure = c
		}
	}
	return insecure, any
}
