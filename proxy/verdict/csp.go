package verdict

import (
	"net/url"
	"slices"
	"strings"
)

const cspName = "CSP Level 3"

// csp is one policy: its directives, with names in lower case, of which the first
// of each name counts (CSP, section 2.2.1 "Parse a serialized CSP").
type csp struct {
	text       string
	directives []directive
}

type directive struct {
	name    string
	sources []string
}

// parseCSP reads the values of Content-Security-Policy; each is a list of
// policies, of which all must allow a request.
func parseCSP(values []string) (policies []csp) {
	for _, value := range values {
		for text := range strings.SplitSeq(value, ",") {
			p := csp{text: strings.TrimSpace(text)}
			for part := range strings.SplitSeq(text, ";") {
				fields := strings.Fields(part)
				if len(fields) == 0 {
					continue
				}
				p.directives = append(p.directives, directive{strings.ToLower(fields[0]), fields[1:]})
			}
			if len(p.directives) > 0 {
				policies = append(policies, p)
			}
		}
	}
	return policies
}

// directive returns the first of the named directives that the policy has.
func (p csp) directive(names ...string) (directive, bool) {
	for _, name := range names {
		if i := slices.IndexFunc(p.directives, func(d directive) bool { return d.name == name }); i >= 0 {
			return p.directives[i], true
		}
	}
	return directive{}, false
}

// fallback lists the directives that govern a destination, the first that is
// there counts (CSP, section 6.8, "Get fetch directive fallback list").
func fallback(destination string) []string {
	switch destination {
	case "image":
		return []string{"img-src", "default-src"}
	case "font":
		return []string{"font-src", "default-src"}
	case "style", "xslt":
		return []string{"style-src-elem", "style-src", "default-src"}
	case "script":
		return []string{"script-src-elem", "script-src", "default-src"}
	case "audio", "video", "track":
		return []string{"media-src", "default-src"}
	case "object", "embed":
		return []string{"object-src", "default-src"}
	case "iframe", "frame":
		return []string{"frame-src", "child-src", "default-src"}
	case "worker", "sharedworker", "serviceworker":
		return []string{"worker-src", "child-src", "script-src", "default-src"}
	case "manifest":
		return []string{"manifest-src", "default-src"}
	case "document", "report":
		return nil
	}
	return []string{"connect-src", "default-src"}
}

// cspFault is what of the page's policies forbids a request to u, nil for none.
// Which scripts and styles a nonce, a hash or 'strict-dynamic' lets in can't be
// seen.
func cspFault(policies []csp, destination string, a asked) *fault {
	names := fallback(destination)
	for _, p := range policies {
		d, ok := p.directive(names...)
		if !ok || d.matches(a) || trusts(d.sources) {
			continue
		}
		value := strings.Join(d.sources, " ")
		if value == "" {
			value = "'none'"
		}
		where := originOf(a.url)
		if a.webSocket {
			where = strings.Replace(where, "http", "ws", 1)
		}
		sources := slices.DeleteFunc(slices.Clone(d.sources), func(s string) bool { return strings.EqualFold(s, "'none'") })
		mended := strings.Join(append(sources, where), " ")
		f := &fault{
			rule:   Rule{cspName, `6.7.2 "URL Matching"`, d.name, value},
			why:    "The page's Content-Security-Policy says " + d.name + " " + value + ", which has no " + where + ".",
			short:  "the page's " + d.name,
			remedy: "Content-Security-Policy: " + names[0] + " " + mended + " (in the page's policy, beside its other directives)",
		}
		if a.redirected {
			f.why = "The answer redirects to " + where + ", and the page's Content-Security-Policy says " + d.name + " " + value + "."
		}
		return f
	}
	return nil
}

// trusts reports source expressions that let in what no URL tells.
func trusts(sources []string) bool {
	return slices.ContainsFunc(sources, func(s string) bool {
		s = strings.ToLower(s)
		return s == "'strict-dynamic'" || strings.HasPrefix(s, "'nonce-") || strings.HasPrefix(s, "'sha")
	})
}

// asked is a request as source expressions see it.
type asked struct {
	self             string // origin of the document
	url              *url.URL
	webSocket        bool
	redirected       bool // url comes from a redirect: paths don't count
	socketsCoverHTTP bool // habits.socketsCoverHTTP
}

// matches reports whether one of the source expressions matches (CSP, section
// 6.7.2).
func (d directive) matches(a asked) bool { return slices.ContainsFunc(d.sources, a.matches) }

// Covers reports whether one of a directive's source expressions lets u in, a
// URL with the scheme http, https, ws or wss (CSP, section 6.7.2.6), in every
// engine. self is the origin of the document.
func Covers(sources []string, self string, u *url.URL) bool {
	return directive{sources: sources}.matches(asked{self: self, url: u})
}
