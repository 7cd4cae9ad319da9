package verdict

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"corsage/proxy/session"
)

// Given is a Set-Cookie line that the browser was given earlier.
type Given struct {
	// Line is the value of Set-Cookie as the browser got it, Answered as the backend
	// sent it; "" for the same.
	Line, Answered string
	// URL is what the answer came from, Page and Top the origins of then, "" for
	// an answer to no page, such as a navigation.
	URL       *url.URL
	Page, Top string
	// TopLevel says that the answer filled a tab.
	TopLevel bool
	// At is when it came; the zero time for unknown.
	At time.Time
}

// sentCookies judges the cookies of the request: what the Cookie header has, and
// which of the given ones it lacks. Where the request was not made yet, it says
// which would be sent.
func (c *call) sentCookies() []Cookie {
	s := c.setting()
	var out []Cookie
	for _, name := range cookieNames(c.Header) {
		out = append(out, Cookie{
			Name: name, Outcome: Sent, Rule: Rule{Standard: bis, Section: `5.8 "Retrieval Model"`, Header: "Cookie"},
			Why:         "`" + name + "` was sent.",
			Partitioned: s.thirdParty() && s.browser.ThirdParty == Partitioned,
		})
	}
	for _, g := range c.latest() {
		name := session.ParseSetCookie(g.Line).Name()
		if !slices.ContainsFunc(out, func(v Cookie) bool { return v.Name == name }) {
			out = append(out, c.lacking(s, g))
		}
	}
	return out
}

// cookieNames lists the names in a request's Cookie header, each once.
func cookieNames(h http.Header) (names []string) {
	for _, value := range h["Cookie"] {
		for pair := range strings.SplitSeq(value, ";") {
			name, _, ok := strings.Cut(strings.Trim(pair, " \t"), "=")
			if ok && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// latest is the last word on each given cookie whose host could concern this
// one: the line that was stored last, or if none was the last that was refused.
// Cookies that have ended are left out.
func (c *call) latest() []Given {
	type id struct{ name, domain, path string }
	type state struct {
		given  Given
		stored bool
	}
	last := make(map[id]state)
	var order []id
	for _, g := range c.Given {
		set := session.ParseSetCookie(g.Line)
		k := id{set.Name(), g.domain(set), set.CookiePath(g.URL)}
		stored := g.setting(c.browser).refused(g.Line) == nil
		old, known := last[k]
		if !known {
			order = append(order, k)
		}
		if stored || !old.stored {
			last[k] = state{g, stored}
		}
	}
	now := c.now()
	var out []Given
	for _, k := range order {
		g := last[k].given
		end := session.ParseSetCookie(g.Line).Expires(g.at(now))
		if end.IsZero() || end.After(now) {
			out = append(out, g)
		}
	}
	return out
}

// lacking says why the request has not got a cookie that was given, or, before
// it is made, whether it will have.
func (c *call) lacking(s *setting, g Given) Cookie {
	set := session.ParseSetCookie(g.Line)
	v := Cookie{Name: set.Name(), Outcome: NotSent}
	called := "`" + v.Name + "`"
	if r := c.uncredentialed(); r != nil {
		v.Rule, v.Why, v.Remedy = r.rule, called+" was not sent: "+r.why+".", r.instead
		return v
	}
	before := g.setting(c.browser)
	if r := before.refused(g.Line); r != nil {
		v.Rule, v.Why = r.rule, called+" was not sent: it was refused when "+originOf(g.URL)+" set it, since "+r.why+"."
		v.Remedy = before.remedy(g.Line, r)
		return v
	}
	if r := s.withheld(before, set, g); r != nil {
		v.Rule, v.Why, v.Remedy = r.rule, called+" was not sent: "+r.why+".", r.instead
		if r.mend != nil {
			v.Remedy = s.remedy(g.Line, r)
		}
		return v
	}
	v.Rule = Rule{bis, `5.8 "Retrieval Model"`, setCookie, sameSiteText(set)}
	v.Partitioned = s.partition(set)
	v.Uncredentialed = c.unsure()
	switch {
	case !c.Arrived:
		v.Outcome, v.Why = Sent, called+" goes with the request."
	case v.Uncredentialed:
		v.Why = called + " was not sent, though it would have been with credentials: the call was made without, or the browser no longer has the cookie."
		v.Remedy = "Make the call with credentials: 'include'."
	default:
		v.Why = called + " was not sent: the browser no longer has it, or its settings keep it back."
	}
	return v
}

// withheld says why a stored cookie does not go with the request (RFC 6265bis,
// section 5.8), nil if it does. before is where it was set.
func (s *setting) withheld(before *setting, set session.SetCookie, g Given) *refusal {
	rule := Rule{bis, `5.8 "Retrieval Model"`, setCookie, sameSiteText(set)}
	domain, path := g.domain(set), set.CookiePath(g.URL)
	switch {
	case s.host != domain && (domainOf(set) == "" || !strings.HasSuffix(s.host, "."+domain)):
		rule.Value = "Domain=" + domainOf(set)
		return &refusal{rule: rule, why: "it belongs to " + domain + " and not to " + s.host}
	case !session.PathMatches(path, s.url):
		rule.Value = "Path=" + path
		return &refusal{rule: rule, why: "its path is " + path + ", and the request goes to " + s.url.Path,
			mend: func(set session.SetCookie) session.SetCookie { return set.With("Path", "/") }}
	case isSecure(set) && !s.secure():
		rule.Value = "Secure"
		return &refusal{rule: rule, why: "it is Secure, and " + originOf(s.url) + " is plain http"}
	}
	if value := s.sameSite(set); value != "None" && (value != "" || s.habits.laxByDefault) && s.crossSite() {
		if !(s.topLevel && value != "Strict" && (s.safe || value == "" && s.allowsUnsafe(g))) {
			r := &refusal{rule: rule, why: "SameSite=" + value + ", and " + s.between() + " is cross-site"}
			if value == "" {
				r.why = "it has no SameSite, which counts as Lax, and " + s.between() + " is cross-site"
			}
			if r.mend = func(set session.SetCookie) session.SetCookie { return set.With("SameSite", "None") }; !s.secure() && s.habits.noneNeedsSecure {
				r.mend, r.instead = nil, serveHTTPS
			}
			return r
		}
	}
	_, asks := set.Attr("Partitioned")
	if s.thirdParty() && s.browser.ThirdParty == BlockedCookies && !(asks && s.habits.partitioned) {
		return checkThirdParty(s, "", set)
	}
	if here, there := s.jar(set), before.jar(set); here != there {
		return &refusal{
			rule:    Rule{string(s.browser.Engine), "partitioned cookies", setCookie, sameSiteText(set)},
			why:     "it lies in the jar " + there + ", and the request uses the jar " + here,
			instead: "Serve page and backend under one site, or log in from the page itself.",
		}
	}
	return nil
}

// unsafeTime is how long laxAllowsUnsafe holds after a cookie was given.
const unsafeTime = 2 * time.Minute

// allowsUnsafe says whether a cookie without SameSite goes with a form that fills
// the tab (RFC 6265bis, section 5.6.7.2 "Lax-Allowing-Unsafe" enforcement).
func (s *setting) allowsUnsafe(g Given) bool {
	return s.habits.laxAllowsUnsafe && !g.At.IsZero() && s.now.Sub(g.At) < unsafeTime
}

// jar names the partition that a cookie is kept in.
func (s *setting) jar(set session.SetCookie) string {
	if !s.partition(set) {
		return "of the backend's own pages"
	}
	top := siteOf(s.top)
	return "for tabs of " + top.scheme + "://" + top.domain
}

// domain is the host, or the parent of hosts, that the cookie goes to.
func (g Given) domain(set session.SetCookie) string {
	if d := domainOf(set); d != "" {
		return d
	}
	return session.HostOf(g.URL)
}

func (g Given) at(now time.Time) time.Time {
	if g.At.IsZero() {
		return now
	}
	return g.At
}

// setting is what it was when the cookie was given.
func (g Given) setting(b Browser) *setting {
	s := &setting{browser: b, habits: b.habits(), url: g.URL, host: session.HostOf(g.URL), from: g.Page, top: g.Top, topLevel: g.TopLevel, safe: true}
	if s.top == "" {
		s.top = s.from
	}
	return s
}
