package verdict

import (
	"strings"

	"corsage/proxy/session"
)

// overlays says that a line from plain http would hide a Secure cookie that the
// browser was given (RFC 6265bis, section 5.7, "leave secure cookies alone"); nil
// where none is known.
func (c *call) overlays(s *setting, set session.SetCookie) *refusal {
	if s.secure() || isSecure(set) {
		return nil
	}
	line := Given{URL: s.url}
	domain, path := line.domain(set), set.CookiePath(s.url)
	for _, g := range c.latest() {
		old := session.ParseSetCookie(g.Line)
		before := g.setting(s.browser)
		if old.Name() != set.Name() || !isSecure(old) || before.refused(g.Line) != nil || before.jar(old) != s.jar(set) {
			continue
		}
		at := g.domain(old)
		beside := at == domain || strings.HasSuffix(at, "."+domain) || strings.HasSuffix(domain, "."+at)
		if beside && session.PathWithin(old.CookiePath(g.URL), path) {
			return &refusal{rule: Rule{bis, `5.7 "Storage Model"`, setCookie, "Secure"},
				why: "plain http may not replace the Secure cookie of that name that " + originOf(g.URL) + " set", instead: serveHTTPS}
		}
	}
	return nil
}
