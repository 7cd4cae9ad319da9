package verdict

import (
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"

	"corsage/proxy/session"
)

// setting is what matters for cookies of one request: where it goes, and from
// where.
type setting struct {
	browser   Browser
	habits    habits
	url       *url.URL
	host      string // of url, as cookies know it
	from, top string // origins of the page and of its tab; "" where there are none
	topLevel  bool   // it fills a tab
	safe      bool   // its method is safe
	relation  string // Sec-Fetch-Site, for a page that is not known
	now       time.Time
}

func (c *call) setting() *setting {
	s := &setting{
		browser: c.browser, habits: c.habits(), url: c.URL, host: session.HostOf(c.URL),
		from: c.page, top: c.Top, relation: c.Header.Get("Sec-Fetch-Site"), now: c.now(),
		safe: c.Method == "GET" || c.Method == "HEAD" || c.Method == "",
	}
	dest := c.Header.Get("Sec-Fetch-Dest")
	s.topLevel = c.mode == Navigate && (dest == "" || dest == "document")
	if s.top == "" {
		s.top = s.from
	}
	return s
}

// target is the site of the request's URL.
func (s *setting) target() site { return s.site(originOf(s.url)) }

// site is the origin's site as the engine sees it.
func (s *setting) site(origin string) site {
	found := siteOf(origin)
	if suffix, listed := publicsuffix.PublicSuffix(found.domain); s.habits.listedSuffixes && !listed && !strings.Contains(suffix, ".") {
		if u, err := url.Parse(origin); err == nil {
			found.domain = strings.ToLower(u.Hostname())
		}
	}
	return found
}

// crossSite reports a cross-site request (RFC 6265bis, section 5.2).
func (s *setting) crossSite() bool {
	if s.from == "" {
		return s.relation == "cross-site"
	}
	target := siteOf(originOf(s.url))
	if s.topLevel {
		return !siteOf(s.from).same(target, s.habits.schemefulSite)
	}
	return !siteOf(s.from).same(target, s.habits.schemefulSite) || !siteOf(s.top).same(target, s.habits.schemefulSite)
}

// thirdParty reports a request to another site than the tab's.
func (s *setting) thirdParty() bool {
	switch {
	case s.topLevel:
		return false
	case s.top == "":
		return s.relation == "cross-site"
	}
	return s.apart(s.habits.schemefulParty)
}

// apart reports whether the page or its tab is of another site than the target,
// schemes included or not.
func (s *setting) apart(schemeful bool) bool {
	if s.topLevel || s.top == "" {
		return s.thirdParty()
	}
	target := s.target()
	return !s.site(s.top).same(target, schemeful) || s.from != "" && !s.site(s.from).same(target, schemeful)
}

// secure reports whether the engine takes the connection for a secure one
// (RFC 6265bis, section 5.7, step 11).
func (s *setting) secure() bool {
	return s.url.Scheme == "https" || s.url.Scheme == "wss" || s.habits.secureLocalhost && loopback(strings.ToLower(s.url.Hostname()))
}

// between names both ends of the request, for a sentence.
func (s *setting) between() string {
	from := s.from
	switch {
	case from == "":
		from = "the page"
	case s.top != "" && s.top != from:
		from += " in a tab of " + s.top
	}
	return from + " to " + originOf(s.url)
}
