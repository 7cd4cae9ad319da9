package verdict

import "corsage/proxy/session"

const chips = "CHIPS"

func checkPartitioned(s *setting, _ string, set session.SetCookie) *refusal {
	if _, ok := set.Attr("Partitioned"); !ok || !s.habits.partitioned || isSecure(set) {
		return nil
	}
	r := &refusal{rule: Rule{chips, `"The Partitioned Attribute"`, setCookie, "Partitioned"}, why: "Partitioned is taken with Secure only", instead: serveHTTPS}
	if s.secure() {
		r.mend = secured
	}
	return r
}

// checkThirdParty applies the browser's own policy, which RFC 6265bis leaves to
// it (section 7.1 "Third-Party Cookies").
func checkThirdParty(s *setting, _ string, set session.SetCookie) *refusal {
	if s.browser.ThirdParty != BlockedCookies && s.browser.ThirdParty != NotStored || !s.thirdParty() {
		return nil
	}
	if _, ok := set.Attr("Partitioned"); ok && s.habits.partitioned {
		return nil
	}
	r := &refusal{
		rule:    Rule{string(s.browser.Engine), `RFC 6265bis, 7.1 "Third-Party Cookies"`, setCookie, sameSiteText(set)},
		why:     "this browser blocks third-party cookies, and " + s.between() + " is one site to another",
		instead: "Serve page and backend under one site: no line of a third party is taken here.",
	}
	if s.browser.Engine == UnknownEngine {
		r.rule.Standard = bis
	}
	if s.habits.partitioned && s.secure() {
		r.mend = func(set session.SetCookie) session.SetCookie { return set.With("Partitioned", "") }
	}
	return r
}
