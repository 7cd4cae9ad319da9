package e2e

import (
	"slices"

	"corsage/proxy/verdict"
)

// disagreement is a case in which a browser does otherwise than the verdict says,
// and rightly is not followed.
type disagreement struct {
	engine verdict.Engine
	name   string // of the case
	reason string
}

// disagreements are all of them. What engines do otherwise in ways that people
// meet is in the verdict itself, see its habits.
var disagreements = slices.Concat([]disagreement{
	{verdict.Chromium, "sandboxed: image no-cors to local, " + corp + ": same-site",
		"Chromium takes a sandboxed frame for a part of the site that its document came from; by Fetch, 'cross-origin resource policy internal check', an opaque origin is same-site with none."},
}, everywhere(verdict.Firefox, "frame, Content-Security-Policy: frame-ancestors {page}/somewhere",
	"Firefox leaves paths out of account in frame-ancestors; by Content Security Policy Level 3, section 6.4.2, they are compared with the origin's, which is /.",
	pageLocalhost, pageHTTPS, pageSameSite, pageSameOrigin), webKitsOwn())

// everywhere lists a case for several pages.
func everywhere(e verdict.Engine, name, reason string, pages ...string) []disagreement {
	var all []disagreement
	for _, page := range pages {
		all = append(all, disagreement{e, page + ": " + name, reason})
	}
	return all
}

// listed returns the reason why the engine disagrees in a case, "" where it is
// said to agree.
func listed(e verdict.Engine, name string) string {
	for _, d := range disagreements {
		if d.engine == e && d.name == name {
			return d.reason
		}
	}
	return ""
}
