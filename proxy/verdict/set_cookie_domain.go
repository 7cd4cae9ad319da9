package verdict

import (
	"net/netip"
	"strings"

	"golang.org/x/net/publicsuffix"

	"corsage/proxy/session"
)

// attrOf is an attribute's value as browsers take it: one that is too long is
// ignored (RFC 6265bis, section 5.6).
func attrOf(set session.SetCookie, name string) (string, bool) {
	v, ok := set.Attr(name)
	if len(v) > maxAttr {
		return "", false
	}
	return v, ok
}

// domainOf is the Domain attribute in lower case without its leading dot.
func domainOf(set session.SetCookie) string {
	v, _ := attrOf(set, "Domain")
	return strings.ToLower(strings.TrimPrefix(v, "."))
}

func checkDomain(s *setting, _ string, set session.SetCookie) *refusal {
	domain := domainOf(set)
	if domain == "" {
		return nil
	}
	fail := func(why string) *refusal {
		text, _ := set.Attr("Domain")
		return &refusal{rule: Rule{bis, `5.7 "Storage Model"`, setCookie, "Domain=" + text}, why: why,
			mend: func(set session.SetCookie) session.SetCookie { return set.Without("Domain") }}
	}
	if strings.ContainsFunc(domain, func(r rune) bool { return r >= 0x80 }) {
		return fail("Domain=" + domain + " has other characters than ASCII")
	}
	if _, err := netip.ParseAddr(s.host); err == nil && domain != s.host {
		return fail("Domain=" + domain + " is not the address " + s.host + " that set it")
	}
	if domain == s.host {
		return nil
	}
	if suffix, _ := publicsuffix.PublicSuffix(domain); suffix == domain {
		return fail("Domain=" + domain + " is a public suffix, under which anyone can have a host")
	}
	if !strings.HasSuffix(s.host, "."+domain) {
		return fail("Domain=" + domain + " is neither " + s.host + ", which set it, nor a parent of it")
	}
	return nil
}
