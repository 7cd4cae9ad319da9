package verdict

import (
	"slices"
	"strings"

	"corsage/proxy/record"
)

// held is the toggle that keeps the backend's cookies beside the browser.
const held = "hold-session"

// addHeld adds what Corsage itself did to the request's cookies: the held session
// adds some, and the guard takes others out.
func (x *exchange) addHeld(p *Pair) {
	received, sent := cookieNames(x.request.Header), cookieNames(x.entry.Sent(record.Request))
	for _, name := range sent {
		if slices.Contains(received, name) {
			continue
		}
		v := x.missing(name, p.Answered.Cookies)
		p.Answered.Cookies = replace(p.Answered.Cookies, v)
		v.Outcome = Added
		v.Why = strings.TrimSuffix(v.Why, ".") + "; Corsage's held session added it."
		p.Delivered.Cookies = replace(p.Delivered.Cookies, v)
	}
	for _, change := range x.entry.Changes {
		if change.Side != record.Request || change.Header != "Cookie" {
			continue
		}
		for _, name := range received {
			if !slices.Contains(sent, name) {
				p.Delivered.Cookies = replace(p.Delivered.Cookies, Cookie{Name: name, Outcome: NotSent,
					Rule: Rule{Standard: "Corsage", Section: change.Toggle, Header: "Cookie"},
					Why:  "The browser sent `" + name + "`, and Corsage kept it back: " + change.Why})
			}
		}
	}
	for i, v := range p.Delivered.Cookies {
		if v.Outcome == Refused && x.keeps(v.Name) {
			p.Delivered.Cookies[i].Why = v.Why + " Corsage's held session keeps it, and adds it to the page's requests."
		}
	}
}

// missing is the verdict on a cookie that the browser did not send: the one that
// is there, or else what the request itself tells.
func (x *exchange) missing(name string, known []Cookie) Cookie {
	if i := slices.IndexFunc(known, func(v Cookie) bool { return v.Name == name && v.Outcome == NotSent }); i >= 0 {
		return known[i]
	}
	c := newCall(x.browser, x.request)
	v := Cookie{Name: name, Outcome: NotSent, Rule: Rule{Standard: bis, Section: `5.8 "Retrieval Model"`, Header: "Cookie"},
		Why: "`" + name + "` was not sent by the browser."}
	if r := c.uncredentialed(); r != nil {
		v.Rule, v.Why = r.rule, "`"+name+"` was not sent by the browser: "+r.why+"."
	} else if s := c.setting(); s.crossSite() || s.thirdParty() {
		v.Why = "`" + name + "` was not sent by the browser: " + s.between() + " is cross-site, where SameSite and the browser's policy for third-party cookies keep cookies back."
	}
	return v
}

// keeps reports whether the held session has kept the named cookie of the answer.
func (x *exchange) keeps(name string) bool {
	return slices.ContainsFunc(x.entry.Changes, func(c record.Change) bool {
		return c.Toggle == held && c.Side == record.Response && c.Header == setCookie && name != "" &&
			slices.Contains(strings.FieldsFunc(c.Why, func(r rune) bool { return r == ' ' || r == ',' || r == '`' }), name)
	})
}

// replace puts v in the place of the request's cookie of that name, or at the end.
func replace(cookies []Cookie, v Cookie) []Cookie {
	out := slices.Clone(cookies)
	for i, old := range out {
		if old.Name == v.Name && (old.Outcome == Sent || old.Outcome == NotSent) {
			out[i] = v
			return out
		}
	}
	return append(out, v)
}
