package advice

import (
	"net/netip"
	"net/url"
	"slices"

	"corsage/profiles"
	"corsage/proxy"
)

// facade has a plain http backend under an https name; false for an https one.
func (q Question) facade() (Step, bool) {
	if q.Backend.Scheme != "http" {
		return Step{}, false
	}
	call := *q.Backend
	call.Scheme = "https"
	front := originOf(&call)
	return Step{
		Way: Facade, Title: "Put an https façade before the backend",
		Why:  "The backend speaks plain http: an https page may not call it, and cookies that demand Secure can't be set. Under " + front + " it is a secure context.",
		Call: call.String(),
		change: func(p *profiles.Profile) {
			b := backend(p, q.Backend)
			b.Upstream, b.URL = originOf(q.Backend), front
		},
	}, true
}

// others are the ways that would do in place of what is needed. A way whose
// cookies the browser would not keep is not among them, nor a façade for a backend
// on this machine, which is a secure context as it is.
func (q Question) others(lines []string) []Step {
	var list []Step
	if s, ok := q.facade(); ok && !proxy.IsLoopback(q.Backend.Hostname()) {
		f := q
		f.Backend, _ = url.Parse(s.Call)
		if lost, _ := f.lost(f.delivered(lines, profileFor(f.Page, f.Backend))); lost == nil {
			list = append(list, s)
		}
	}
	if s, ok := q.sameSite(); ok {
		same := q
		same.Page = s.Open
		if lost, _ := same.lost(lines); lost == nil {
			list = append(list, s)
		}
	}
	if page, err := url.Parse(q.Page); err == nil && page.Host != "" {
		list = append(list, Step{
			Way: Overlay, Title: "Lay the page over the backend",
			Why:  "The page's dev server under a path of the backend's own origin, as in production: no CORS, and its cookies are the backend's own. /app/ stands for the paths that are the page's.",
			Open: originOf(q.Backend) + "/app/",
			change: func(p *profiles.Profile) {
				add(p, 0, profiles.Backend{URL: originOf(q.Backend), Path: "^/app/", Upstream: q.Page})
			},
		})
	}
	return list
}

// sameSite has the page under a name below the backend's; false for a backend
// that has no name to go below.
func (q Question) sameSite() (Step, bool) {
	host := q.Backend.Hostname()
	if _, err := netip.ParseAddr(host); err == nil || proxy.IsLoopback(host) {
		return Step{}, false
	}
	under := q.Backend.Scheme + "://local." + host
	return Step{
		Way: SameSite, Title: "Open the page under the backend's site",
		Why:  "The page's dev server under " + under + ", a name that only browsers which use Corsage know: to the browser, page and backend are of one site, and the cookies are first-party.",
		Open: under,
		change: func(p *profiles.Profile) {
			add(p, len(p.Backends), profiles.Backend{URL: under, Upstream: q.Page})
			open(p, under)
		},
	}, true
}

// add puts an entry among p's backends, if it isn't there.
func add(p *profiles.Profile, at int, b profiles.Backend) {
	if !slices.Contains(p.Backends, b) {
		p.Backends = slices.Insert(p.Backends, at, b)
	}
}

// backend is p's entry for u's origin, added if there is none.
func backend(p *profiles.Profile, u *url.URL) *profiles.Backend {
	for i := range p.Backends {
		if pattern, err := proxy.ParsePattern(p.Backends[i].URL); err == nil {
			if own, err := proxy.ParsePattern(originOf(u)); err == nil && pattern.String() == own.String() {
				return &p.Backends[i]
			}
		}
	}
	p.Backends = append(p.Backends, profiles.Backend{URL: originOf(u)})
	return &p.Backends[len(p.Backends)-1]
}

// profileFor is a new profile for a page and a backend.
func profileFor(page string, u *url.URL) *profiles.Profile {
	p := &profiles.Profile{Name: proxy.Authority(u), Backends: []profiles.Backend{{URL: originOf(u)}}}
	allowPage(p, page)
	return p
}

// Profile is a new profile for q, without what Advise may add to it. Pages on
// this machine are allowed by default; another page is allowed alone.
func (q Question) Profile() *profiles.Profile {
	p := profileFor("", q.Backend)
	allowed, err := proxy.ParseOrigins(p.AllowedOrigins())
	if err == nil && !allowed.Allows(q.Page) {
		p.Origins = []string{q.Page}
	}
	return p
}
