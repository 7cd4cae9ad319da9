package verdict

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"corsage/proxy/session"
)

const (
	bis       = "RFC 6265bis"
	setCookie = "Set-Cookie"
	maxPair   = 4096 // bytes of name and value
	maxAttr   = 1024 // bytes of an attribute's value; a longer attribute is ignored
)

// refusal is why a browser does not store a cookie, and what to change on its
// line; mend is nil where no line helps.
type refusal struct {
	rule    Rule
	why     string // completes "`name` was refused: "
	mend    func(session.SetCookie) session.SetCookie
	instead string // the remedy where mend is nil
}

// storage lists the checks of RFC 6265bis, section 5.6 and 5.7, in their order.
// Each returns nil where the line passes.
var storage = []func(*setting, string, session.SetCookie) *refusal{
	checkBytes, checkSize, checkDomain, checkSecure, checkSameSite, checkNone, checkPrefix, checkPartitioned, checkThirdParty,
}

// refused says why the line would not be stored, nil if it would.
func (s *setting) refused(line string) *refusal {
	set := session.ParseSetCookie(line)
	for _, check := range storage {
		if r := check(s, line, set); r != nil {
			return r
		}
	}
	return nil
}

// partition reports whether the line is stored in, or sent from, a jar of the
// tab's own site.
func (s *setting) partition(set session.SetCookie) bool {
	if _, asks := set.Attr("Partitioned"); asks && s.habits.partitioned {
		return s.apart(true)
	}
	return s.thirdParty() && s.browser.ThirdParty == Partitioned
}

// setCookies judges the answer's Set-Cookie lines.
func (c *call) setCookies(h http.Header) []Cookie {
	var out []Cookie
	s := c.setting()
	for _, line := range h[setCookie] {
		out = append(out, c.setCookie(s, line))
	}
	return out
}

func (c *call) setCookie(s *setting, line string) Cookie {
	set := session.ParseSetCookie(line)
	v := Cookie{Name: set.Name(), Outcome: Stored}
	called := "`" + v.Name + "`"
	if v.Name == "" {
		called = "a cookie without a name"
	}
	if r := c.uncredentialed(); r != nil {
		v.Outcome, v.Rule, v.Why, v.Remedy = Refused, r.rule, called+" was refused: "+r.why+".", r.instead
		return v
	}
	if r := s.refused(line); r != nil {
		v.Outcome, v.Rule, v.Why = Refused, r.rule, called+" was refused: "+r.why+"."
		v.Remedy = s.remedy(line, r)
		return v
	}
	if r := c.overlays(s, set); r != nil {
		v.Outcome, v.Rule, v.Why, v.Remedy = Refused, r.rule, called+" was refused: "+r.why+".", r.instead
		return v
	}
	v.Uncredentialed = c.unsure()
	v.Partitioned = s.partition(set)
	v.Rule = Rule{bis, `5.7 "Storage Model"`, setCookie, sameSiteText(set)}
	now := c.now()
	switch end := set.Expires(now); {
	case !end.IsZero() && !end.After(now):
		v.Outcome = Removed
		v.Why = called + " was removed: its line ends it."
	case v.Partitioned:
		v.Why = called + " was stored in a jar that only tabs of " + s.top + " use: the backend's own pages don't see it."
	default:
		v.Why = called + " was stored."
	}
	if v.Uncredentialed {
		v.Why = strings.TrimSuffix(v.Why, ".") + ", if the call was made with credentials: 'include', which is not known; else it was ignored."
	}
	return v
}

// uncredentialed is why no cookie is stored or sent where the request carries no
// credentials, nil where it may.
func (c *call) uncredentialed() *refusal {
	rule := Rule{Standard: fetch, Section: "HTTP-network-or-cache fetch"}
	switch {
	case c.preflight():
		return &refusal{rule: Rule{Standard: fetch, Section: preflightFetch}, why: "a preflight carries no cookies, and none of its answer's are stored"}
	case c.credentials == Omit, c.credentials == SameOriginOnly && !c.sameOrigin():
		return &refusal{rule: rule, why: "the call was made without credentials", instead: "Make the call with credentials: 'include'."}
	}
	return nil
}

// unsure reports that the call may have been made without credentials.
func (c *call) unsure() bool { return c.credentials == UnknownCredentials }

// now is when the answer came.
func (c *call) now() time.Time {
	if c.At.IsZero() {
		return time.Now()
	}
	return c.At
}

// remedy is the line that would be stored, or what to do where there is none.
func (s *setting) remedy(line string, r *refusal) string {
	set := session.ParseSetCookie(line)
	for range len(storage) {
		if r.mend == nil {
			return r.instead
		}
		set = r.mend(set)
		if r = s.refused(set.String()); r == nil {
			return setCookie + ": " + elided(set)
		}
	}
	return ""
}

// elided is the line without its value: that is nobody's business, and often
// long.
func elided(set session.SetCookie) string {
	_, attrs, _ := strings.Cut(set.String(), ";")
	return strings.TrimSuffix(set.Name()+"=…;"+attrs, ";")
}

// sameSiteText is the line's SameSite as it was written.
func sameSiteText(set session.SetCookie) string {
	if v, ok := set.Attr("SameSite"); ok {
		return "SameSite=" + v
	}
	return ""
}

func checkBytes(s *setting, line string, set session.SetCookie) *refusal {
	control := func(r rune) bool { return r < 0x20 && (r != '\t' || s.habits.refusesTab) || r == 0x7f }
	if i := strings.IndexFunc(strings.Trim(line, "\t"), control); i >= 0 {
		i += len(line) - len(strings.TrimLeft(line, "\t"))
		return &refusal{rule: Rule{bis, `5.6 "The Set-Cookie Header Field"`, setCookie, strconv.QuoteToASCII(line)},
			why: "its line has the control character " + strconv.QuoteToASCII(line[i:i+1]), instead: "Encode the value, for example with percent-encoding."}
	}
	if set.Name() == "" && set.Value() == "" {
		return &refusal{rule: Rule{bis, `5.7 "Storage Model"`, setCookie, ""}, why: "it has neither name nor value", instead: setCookie + ": name=value"}
	}
	return nil
}

func checkSize(_ *setting, _ string, set session.SetCookie) *refusal {
	n := len(set.Name()) + len(set.Value())
	if n <= maxPair {
		return nil
	}
	size := strconv.Itoa(n) + " bytes"
	return &refusal{rule: Rule{bis, `5.6 "The Set-Cookie Header Field"`, setCookie, size},
		why: "name and value have " + size + ", and at most " + strconv.Itoa(maxPair) + " are taken", instead: "Keep the data on the server, and only an identifier in the cookie."}
}
