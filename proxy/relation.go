package proxy

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// Relation says how the source of a request stands to the backend and to the
// profile that chose it.
type Relation int

const (
	// Own is a request of the backend's own pages (same origin or same site), a
	// top-level GET navigation, a request of a client that is no page, or one
	// outside the profile's paths. It is left as it was.
	Own Relation = iota
	// Allowed is a cross-origin request of a page whose origin the profile allows.
	Allowed
	// Foreign is a cross-site request of any other page. It reaches the backend
	// without cookies, and its answer is left as it was, but for what the
	// Transport toggles take out of all answers.
	Foreign
)

func (r Relation) String() string { return [...]string{"own", "allowed", "foreign"}[r] }

// source returns the serialised origin of the page that made a request: its
// Origin, or else the origin of its Referer; "" where it names neither.
func source(h http.Header) string {
	if o := h.Get("Origin"); o != "" {
		return o
	}
	return referrer(h)
}

// referrer returns the origin of the Referer, "" without one.
func referrer(h http.Header) string {
	ref, err := url.Parse(h.Get("Referer"))
	if err != nil || ref.Host == "" {
		return ""
	}
	return originOf(ref)
}

// relate finds f's Relation. nullAllowed tells whether an opaque origin is that
// of an allowed request which the proxy saw being redirected; it is asked at
// most once.
func relate(f *Flow, modify bool, nullAllowed func() bool) Relation {
	h := f.Received
	site := h.Get("Sec-Fetch-Site")
	switch {
	case f.Origin == f.OwnOrigin(), site == "same-origin", site == "none", navigation(f.Request.Method, h):
		return Own
	case f.Rule.Origins.Allows(f.Origin), f.Origin == "null" && nullAllowed():
		if modify {
			return Allowed
		}
		return Own
	case site == "same-site":
		return Own
	case site == "cross-site":
		return Foreign
	// Browsers send Sec-Fetch-* to https and localhost only (W3C Fetch
	// Metadata, section 2): what is left is a plain http host.
	case f.Origin == "", sameSite(f.Origin, f.URL):
		return Own
	}
	return Foreign
}

// navigation reports a top-level navigation with a safe method: SameSite=Lax
// cookies travel with it, so it needs neither help nor guard. Browsers send no
// Origin with it.
func navigation(method string, h http.Header) bool {
	if method != http.MethodGet && method != http.MethodHead || h.Get("Origin") != "" {
		return false
	}
	if h.Get("Sec-Fetch-Mode") != "" {
		return topLevel(h)
	}
	return h.Get("Upgrade-Insecure-Requests") == "1"
}

// topLevel reports a request that the browser says will fill a whole tab (W3C
// Fetch Metadata, sections 2.1 and 2.2).
func topLevel(h http.Header) bool {
	return h.Get("Sec-Fetch-Mode") == "navigate" && h.Get("Sec-Fetch-Dest") == "document"
}

// sameSite compares an origin with a URL as browsers do for cookies (RFC
// 6265bis, section 5.2): same scheme and same registrable domain.
func sameSite(origin string, u *url.URL) bool {
	o, err := url.Parse(origin)
	if err != nil || o.Scheme != u.Scheme {
		return false
	}
	a, _ := hostPort(o.Host, o.Scheme)
	b, _ := hostPort(u.Host, u.Scheme)
	if a == b {
		return true
	}
	da, errA := publicsuffix.EffectiveTLDPlusOne(a)
	db, errB := publicsuffix.EffectiveTLDPlusOne(b)
	return errA == nil && errB == nil && da == db
}

// isPreflight reports a CORS preflight (Fetch, section 4.8 "CORS-preflight fetch").
func isPreflight(r *http.Request) bool {
	return r.Method == http.MethodOptions && r.Header.Get("Origin") != "" &&
		r.Header.Get("Access-Control-Request-Method") != ""
}

// guard keeps what SameSite protected: the relaxed cookies of a backend must
// not travel with requests of pages that the profile does not allow.
func guard(f *Flow) {
	f.toggle = toggleGuard
	defer func() { f.toggle = "" }()
	if len(f.Received["Cookie"]) == 0 {
		return
	}
	if f.Relation == Foreign {
		if f.Origin == "null" && f.URL.Scheme == "http" && f.Received.Get("Sec-Fetch-Site") == "" {
			// It may be a form of the backend's own page with Referrer-Policy:
			// no-referrer. Over plain http no toggle lets a cookie cross sites, so
			// the browser sends only what it would have sent anyway.
			return
		}
		var kept []string
		if topLevel(f.Received) {
			// A single sign-on comes back to the backend by such a form, and finds
			// its cookies again because the backend itself set them SameSite=None.
			kept = onlyCookies(f.Received["Cookie"], unprotected(f))
		}
		f.SetRequest("Cookie", "Cross-site, from an origin that the profile does not allow: it must not ride on your session.", kept...)
		return
	}
	// A link from another site: Lax cookies travel, Strict ones would not have.
	if crossSite(f) && navigation(f.Request.Method, f.Received) {
		strict := f.Rule.Sessions.SameSite(f.Browser(), f.URL, "Strict")
		if len(strict) == 0 {
			return
		}
		kept := withoutCookies(f.Received["Cookie"], strict)
		f.SetRequest("Cookie", "A link from another site: the backend set these cookies SameSite=Strict, so they stay at home.", kept...)
	}
}

// unprotected returns the names under which the backend set cookies SameSite=None
// and no others: a Cookie header does not tell which of two it carries.
func unprotected(f *Flow) []string {
	named := func(value string) []string { return f.Rule.Sessions.SameSite(f.Browser(), f.URL, value) }
	others := slices.Concat(named("Lax"), named("Strict"), named(""))
	return slices.DeleteFunc(named("None"), func(name string) bool { return slices.Contains(others, name) })
}

// crossSite reports whether a page of another site caused the request, as far
// as the request tells.
func crossSite(f *Flow) bool {
	if site := f.Received.Get("Sec-Fetch-Site"); site != "" {
		return site == "cross-site"
	}
	return f.Origin != "" && !sameSite(f.Origin, f.URL)
}

// withoutCookies returns the Cookie header's values without the named pairs.
func withoutCookies(values, names []string) []string {
	return cookies(values, func(name string) bool { return !slices.Contains(names, name) })
}

// onlyCookies returns the Cookie header's values with the named pairs alone.
func onlyCookies(values, names []string) []string {
	return cookies(values, func(name string) bool { return slices.Contains(names, name) })
}

func cookies(values []string, keep func(name string) bool) []string {
	var kept []string
	for _, v := range values {
		for pair := range strings.SplitSeq(v, ";") {
			pair = strings.TrimSpace(pair)
			name, _, _ := strings.Cut(pair, "=")
			if pair != "" && keep(strings.TrimSpace(name)) {
				kept = append(kept, pair)
			}
		}
	}
	if kept == nil {
		return nil
	}
	return []string{strings.Join(kept, "; ")}
}
