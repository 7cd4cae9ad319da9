package verdict

import (
	"strings"

	"corsage/proxy/session"
)

func isSecure(set session.SetCookie) bool {
	_, ok := set.Attr("Secure")
	return ok
}

// secured adds Secure.
func secured(set session.SetCookie) session.SetCookie { return set.With("Secure", "") }

const serveHTTPS = "Serve the backend over https: no line of a plain http backend is taken here."

func checkSecure(s *setting, _ string, set session.SetCookie) *refusal {
	if !isSecure(set) || s.secure() {
		return nil
	}
	r := &refusal{rule: Rule{bis, `5.7 "Storage Model"`, setCookie, "Secure"}, why: "it is Secure, and " + originOf(s.url) + " is plain http"}
	if _, prefixed := prefixOf(s, set.Name()); prefixed || s.needsNone(set) {
		r.instead = serveHTTPS
		return r
	}
	r.mend = func(set session.SetCookie) session.SetCookie { return set.Without("Secure") }
	return r
}

// needsNone reports that nothing but SameSite=None helps the cookie, which in
// turn needs Secure.
func (s *setting) needsNone(set session.SetCookie) bool {
	return s.crossSite() && !s.topLevel && (s.habits.laxByDefault || s.sameSite(set) != "") && s.habits.noneNeedsSecure
}

// sameSite is the value that the engine takes SameSite for: "Strict", "Lax",
// "None", or "" where there is none of these.
func (s *setting) sameSite(set session.SetCookie) string {
	v, _ := attrOf(set, "SameSite")
	for _, known := range []string{"Strict", "Lax", "None"} {
		if strings.EqualFold(v, known) {
			return known
		}
	}
	return ""
}

func checkSameSite(s *setting, _ string, set session.SetCookie) *refusal {
	value := s.sameSite(set)
	if value == "None" || value == "" && !s.habits.laxByDefault || !s.crossSite() || s.topLevel {
		return nil
	}
	text := "SameSite=" + value
	if value == "" {
		text = "it has no SameSite, which counts as Lax"
	}
	r := &refusal{rule: Rule{bis, `5.7 "Storage Model"`, setCookie, sameSiteText(set)}, why: text + ", and " + s.between() + " is cross-site"}
	if !s.secure() && s.habits.noneNeedsSecure {
		r.instead = serveHTTPS
		return r
	}
	r.mend = func(set session.SetCookie) session.SetCookie { return set.With("SameSite", "None") }
	return r
}

func checkNone(s *setting, _ string, set session.SetCookie) *refusal {
	if s.sameSite(set) != "None" || isSecure(set) || !s.habits.noneNeedsSecure {
		return nil
	}
	r := &refusal{rule: Rule{bis, `5.7 "Storage Model"`, setCookie, "SameSite=None"}, why: "SameSite=None is taken with Secure only"}
	if r.mend = secured; !s.secure() {
		r.mend = func(set session.SetCookie) session.SetCookie { return set.With("SameSite", "Lax") }
	}
	return r
}

// prefixOf returns the prefix of a name that binds the cookie's attributes (RFC
// 6265bis, section 4.1.3), which counts in any case of letters.
func prefixOf(s *setting, name string) (prefix string, ok bool) {
	var prefixes []string
	switch {
	case s.habits.httpPrefixes:
		prefixes = []string{"__Secure-", "__Host-Http-", "__Host-", "__Http-"}
	case s.habits.prefixes:
		prefixes = []string{"__Secure-", "__Host-"}
	}
	for _, p := range prefixes {
		if len(name) >= len(p) && strings.EqualFold(name[:len(p)], p) {
			return p, true
		}
	}
	return "", false
}

func checkPrefix(s *setting, _ string, set session.SetCookie) *refusal {
	fail := func(value, why string, mend func(session.SetCookie) session.SetCookie) *refusal {
		r := &refusal{rule: Rule{bis, `5.7 "Storage Model"`, setCookie, value}, why: why, mend: mend}
		if mend == nil {
			r.instead = serveHTTPS
		}
		return r
	}
	if set.Name() == "" {
		if p, ok := prefixOf(s, set.Value()); ok {
			r := fail(p, "it has no name, and its value begins with "+p, nil)
			r.instead = "Give the cookie a name."
			return r
		}
	}
	p, ok := prefixOf(s, set.Name())
	if !ok {
		return nil
	}
	if !isSecure(set) {
		if !s.secure() {
			return fail(p, "a name that begins with "+p+" demands Secure, and "+originOf(s.url)+" is plain http", nil)
		}
		return fail(p, "a name that begins with "+p+" demands Secure", secured)
	}
	if strings.Contains(p, "Host") {
		if domain := domainOf(set); domain != "" {
			return fail("Domain="+domain, "a name that begins with "+p+" forbids Domain", func(set session.SetCookie) session.SetCookie { return set.Without("Domain") })
		}
		if path, _ := attrOf(set, "Path"); path != "/" {
			return fail("Path="+path, "a name that begins with "+p+" demands Path=/", func(set session.SetCookie) session.SetCookie { return set.With("Path", "/") })
		}
	}
	if strings.Contains(p, "Http") {
		if _, ok := set.Attr("HttpOnly"); !ok {
			return fail(p, "a name that begins with "+p+" demands HttpOnly", func(set session.SetCookie) session.SetCookie { return set.With("HttpOnly", "") })
		}
	}
	return nil
}
