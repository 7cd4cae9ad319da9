package verdict

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const (
	preflightFetch = "CORS-preflight fetch"
	requestMethod  = "Access-Control-Request-Method"
	requestHeaders = "Access-Control-Request-Headers"
	allowMethods   = "Access-Control-Allow-Methods"
	allowHeaders   = "Access-Control-Allow-Headers"
	maxAge         = "Access-Control-Max-Age"
)

// preflight reports a CORS preflight.
func (r *Request) preflight() bool {
	return r.Method == http.MethodOptions && r.Header.Get("Origin") != "" && r.Header.Get(requestMethod) != ""
}

// Preflight returns the preflight that a browser makes before req, and reports
// whether it makes one: for a cross-origin request with mode cors, unless method
// and headers are safelisted. names of the headers that ask for it are in the
// result's Access-Control-Request-Headers.
func Preflight(req Request) (Request, bool) {
	c := newCall(Browser{}, req)
	unsafe := UnsafeHeaders(req.Header)
	if c.page == "" || c.sameOrigin() || c.mode != CORS || c.preflight() || SafelistedMethod(req.Method) && len(unsafe) == 0 {
		return Request{}, false
	}
	h := http.Header{"Origin": {c.page}, requestMethod: {req.Method}, "Sec-Fetch-Mode": {string(CORS)}}
	if len(unsafe) > 0 {
		h.Set(requestHeaders, strings.Join(unsafe, ","))
	}
	for _, name := range []string{"User-Agent", "Referer", "Sec-Fetch-Site", "Sec-Fetch-Dest"} {
		if v, ok := req.Header[name]; ok {
			h[name] = v
		}
	}
	p := req
	p.Method, p.Header, p.Given = http.MethodOptions, h, nil
	return p, true
}

// preflighted judges the answer to a preflight (Fetch, section 4.8).
func (c *call) preflighted(resp *Response) Verdict {
	plain, credentialed := c.preflightFault(resp, Omit), c.preflightFault(resp, Include)
	switch {
	case c.Credentials == Include && credentialed != nil:
		return blocked(credentialed)
	case plain != nil && c.Credentials != Include:
		return blocked(c.either(plain, credentialed))
	case c.Credentials == UnknownCredentials && credentialed != nil:
		v := blocked(credentialed)
		v.Outcome = PassedUncredentialed
		v.Why = "A call without credentials goes on; with credentials: 'include' it is blocked: " + v.Why
		return v
	}
	v := Verdict{Outcome: Passed, Rule: Rule{Standard: fetch, Section: preflightFetch, Header: allowMethods},
		Why: "The backend allows " + c.Header.Get(requestMethod) + " from " + c.page + c.remembered(resp.Header)}
	v.Rule.Value, _ = get(resp.Header, allowMethods)
	for _, note := range []string{c.privateNetwork(resp.Header), c.bareAuthorization(resp.Header)} {
		if note != "" {
			v.Notes = append(v.Notes, note)
		}
	}
	return v
}

// preflightFault is what fails first for a call made with the given credentials
// mode. Its remedy mends all that would fail after it, too.
func (c *call) preflightFault(resp *Response, mode Credentials) *fault {
	var first *fault
	var remedies []string
	for _, f := range []*fault{
		c.statusFault(resp), c.check(resp.Header, mode), c.methodFault(resp.Header, mode), c.headersFault(resp.Header, mode),
	} {
		if f != nil {
			remedies = append(remedies, f.remedy)
			first = cmp.Or(first, f)
		}
	}
	if first != nil {
		first.remedy = strings.Join(remedies, "\n")
	}
	return first
}

// statusFault is about a status that is not ok.
func (c *call) statusFault(resp *Response) *fault {
	if resp.Status >= 200 && resp.Status <= 299 {
		return nil
	}
	status := strings.TrimSpace(strconv.Itoa(resp.Status) + " " + http.StatusText(resp.Status))
	f := &fault{rule: Rule{fetch, preflightFetch, "", status}, short: "the preflight got " + strconv.Itoa(resp.Status),
		remedy: "Answer OPTIONS " + c.URL.EscapedPath() + " with 204, before anything asks for a login."}
	f.why = "The preflight was answered " + status + ", where only 200 to 299 count; it carries no cookies, so a login can't be asked of it."
	if redirect(resp.Status) {
		f.why = "The preflight was answered " + status + ", and a preflight is never redirected."
		if to := resp.Header.Get("Location"); to != "" {
			f.rule.Header, f.rule.Value = "Location", to
			f.why = "The preflight was answered " + status + " to " + to + ", and a preflight is never redirected."
		}
	}
	return f
}

// methodFault checks Access-Control-Allow-Methods. Methods are compared byte by
// byte: patch is another one than PATCH.
func (c *call) methodFault(h http.Header, mode Credentials) *fault {
	method := c.Header.Get(requestMethod)
	value, _ := get(h, allowMethods)
	methods, ok := list(h, allowMethods)
	f := &fault{rule: Rule{fetch, preflightFetch, allowMethods, value}, remedy: allowMethods + ": " + method}
	if !ok {
		f.why, f.short = allowMethods+": "+quoted(value)+" is no list of methods.", "Allow-Methods is malformed"
		return f
	}
	if SafelistedMethod(method) || slices.Contains(methods, method) || mode != Include && slices.Contains(methods, "*") {
		return nil
	}
	f.short = method + " is not allowed"
	switch {
	case slices.Contains(methods, "*"):
		f.why = allowMethods + ": * does not count for a call with credentials: it must name " + method + "."
		f.short = "Allow-Methods is * with credentials"
	case len(methods) == 0:
		f.why = "The answer has no " + allowMethods + ", and " + method + " needs one."
	case contains(methods, method):
		f.why = allowMethods + ": " + value + " names " + method + " in other letters; methods are compared byte by byte."
	default:
		f.why = allowMethods + ": " + value + " does not name " + method + "."
	}
	return f
}

// headersFault checks Access-Control-Allow-Headers against each name that the
// preflight asks for.
func (c *call) headersFault(h http.Header, mode Credentials) *fault {
	asked, _ := list(c.Header, requestHeaders)
	value, _ := get(h, allowHeaders)
	allowed, ok := list(h, allowHeaders)
	f := &fault{rule: Rule{fetch, preflightFetch, allowHeaders, value}}
	f.remedy = allowHeaders + ": " + strings.Join(asked, ", ")
	if !ok {
		f.why, f.short = allowHeaders+": "+quoted(value)+" is no list of header names.", "Allow-Headers is malformed"
		return f
	}
	star := slices.Contains(allowed, "*")
	for _, name := range asked {
		if contains(allowed, name) {
			continue
		}
		authorization := strings.EqualFold(name, "Authorization")
		if star && mode != Include && (!authorization || c.habits().starCoversAuthorization) {
			continue
		}
		f.short = name + " is not allowed"
		switch {
		case star && authorization:
			f.why = allowHeaders + ": * never covers authorization: it must be named."
		case star:
			f.why = allowHeaders + ": * does not count for a call with credentials: it must name " + name + "."
			f.short = "Allow-Headers is * with credentials"
		case len(allowed) == 0:
			f.why = "The answer has no " + allowHeaders + ", and the call sends " + name + "."
		default:
			f.why = allowHeaders + ": " + value + " does not name " + name + ", which the call sends."
		}
		return f
	}
	return nil
}

// bareAuthorization is about Authorization under a *, which Fetch says must be
// named.
func (c *call) bareAuthorization(h http.Header) string {
	asked, _ := list(c.Header, requestHeaders)
	allowed, _ := list(h, allowHeaders)
	if !contains(asked, "Authorization") || contains(allowed, "Authorization") {
		return ""
	}
	return "Fetch says that " + allowHeaders + ": * does not cover Authorization; " + string(c.browser.Engine) + " takes it all the same. Name it, for other browsers."
}

// privateNetwork is about Private Network Access, which Chromium had until Local
// Network Access came: it only warned of what is missing.
func (c *call) privateNetwork(h http.Header) string {
	const asked, allowed = "Access-Control-Request-Private-Network", "Access-Control-Allow-Private-Network"
	if value, _ := get(h, allowed); c.Header.Get(asked) != "true" || value == "true" {
		return ""
	}
	return "The preflight asks " + asked + ": true, and the answer has no " + allowed + ": true (Private Network Access). Chromium only warns of that, unless it was told to respect the answer."
}

// remembered tells how long the browser keeps the answer, and ends the sentence.
func (c *call) remembered(h http.Header) string {
	n, err := strconv.Atoi(h.Get(maxAge))
	switch limit := c.browser.Engine.preflightLimit(); {
	case err != nil:
		n = 5
	case n <= 0:
		return "; the browser does not remember it."
	case limit > 0 && n > limit:
		return "; the browser remembers that for " + strconv.Itoa(limit) + " s, its own limit."
	}
	return "; the browser remembers that for " + strconv.Itoa(n) + " s."
}

// preflightLimit is the engine's longest Max-Age in seconds, 0 where unknown.
func (e Engine) preflightLimit() int {
	switch e {
	case Chromium:
		return 7200
	case Firefox:
		return 86400
	case WebKit:
		return 600
	}
	return 0
}

// redirect reports a redirect status (Fetch, section 2.2.3).
func redirect(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// location resolves the answer's Location, nil for one that is no URL.
func (c *call) location(resp *Response) *url.URL {
	to, err := c.URL.Parse(resp.Header.Get("Location"))
	if err != nil {
		return nil
	}
	return to
}
