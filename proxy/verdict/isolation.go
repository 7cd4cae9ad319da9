package verdict

import (
	"net/http"
	"strings"
)

const (
	resourcePolicy = "Cross-Origin-Resource-Policy"
	embedderPolicy = "Cross-Origin-Embedder-Policy"
	openerPolicy   = "Cross-Origin-Opener-Policy"
	html           = "HTML"
)

// item is a structured field's token without its parameters, "" where there is
// none that parses (RFC 9651).
func item(values []string) string {
	if len(values) != 1 {
		return ""
	}
	value, _, _ := strings.Cut(values[0], ";")
	if value = strings.TrimSpace(value); !token(value) {
		return ""
	}
	return value
}

// embedder is the page's embedder policy: "unsafe-none" unless it has another
// that is known. Only secure pages can have one (HTML, "obtain an embedder
// policy").
func (c *call) embedder() string {
	if c.Policy == nil || !trustworthy(c.page) {
		return "unsafe-none"
	}
	switch v := item([]string{c.Policy.Embedder}); v {
	case "require-corp":
		return v
	case "credentialless":
		if !c.habits().noCredentialless {
			return v
		}
	}
	return "unsafe-none"
}

// corp is the cross-origin resource policy check (Fetch, section 3.7), for a
// no-cors answer, or for a document in a frame.
func (c *call) corp(h http.Header, navigation bool) *fault {
	embedder := c.embedder()
	if navigation && embedder == "unsafe-none" {
		return nil
	}
	value, there := get(h, resourcePolicy)
	policy := value
	rule := Rule{fetch, "cross-origin resource policy check", resourcePolicy, value}
	f := &fault{rule: rule, short: "Resource-Policy is " + quoted(value), remedy: resourcePolicy + ": cross-origin"}
	switch policy {
	case "same-origin", "same-site", "cross-origin":
	default:
		policy = ""
		if embedder == "require-corp" && !(value != "" && c.habits().unknownCORPLoads) || embedder == "credentialless" && (navigation || c.credentials == Include) {
			policy = "same-origin"
			f.rule.Header, f.rule.Value = embedderPolicy, embedder
			f.short = "no Resource-Policy, page has COEP"
			f.why = "The page has " + embedderPolicy + ": " + embedder + ", which takes answers of other origins only with " + resourcePolicy + ", and this one has none."
			if there {
				f.why = "The page has " + embedderPolicy + ": " + embedder + ", and " + resourcePolicy + ": " + quoted(value) + " is none of same-origin, same-site and cross-origin."
			}
		}
	}
	switch policy {
	case "same-origin":
		if f.why == "" {
			f.why = resourcePolicy + ": same-origin keeps the answer from " + c.from() + "."
		}
		return f
	case "same-site":
		from, to := siteOf(c.page), siteOf(c.origin)
		if from.same(to, false) && (from.scheme == "https" || to.scheme != "https") {
			return nil
		}
		f.why = resourcePolicy + ": same-site keeps the answer from " + c.from() + ", which is another site than " + c.origin + "."
		if from.same(to, false) {
			f.why = resourcePolicy + ": same-site keeps an https answer from " + c.from() + ", which is plain http."
		}
		return f
	}
	return nil
}

// from names the page.
func (c *call) from() string {
	if c.page == "" {
		return "pages of other origins"
	}
	return c.page
}

// openerNote tells what the opener policies of a page and of the document that
// it opened do to each other; "" for nothing. It blocks nothing (HTML, "obtain a
// cross-origin opener policy").
func (c *call) openerNote(h http.Header) string {
	severs := func(v string) bool {
		return v == "same-origin" || v == "same-origin-allow-popups" || v == "noopener-allow-popups"
	}
	if opened := item(h[openerPolicy]); severs(opened) && trustworthy(c.origin) {
		return openerPolicy + ": " + opened + " of the answer: if " + c.from() + " opened this window, neither can reach the other (window.opener is null)."
	}
	if c.Policy != nil && item([]string{c.Policy.Opener}) == "same-origin" && trustworthy(c.page) {
		return openerPolicy + ": same-origin of the page: if it opened this window, neither can reach the other (window.opener is null)."
	}
	return ""
}
