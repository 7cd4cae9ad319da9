package verdict

import (
	"net/http"
	"net/url"
	"strings"
)

// framed judges whether a document may be shown in a frame of the page.
func (c *call) framed(h http.Header) *fault {
	ancestors := []string{c.page}
	if c.Top != "" && c.Top != c.page {
		ancestors = append(ancestors, c.Top)
	}
	governed := false
	for _, p := range parseCSP(h["Content-Security-Policy"]) {
		d, ok := p.directive("frame-ancestors")
		if !ok {
			continue
		}
		governed = true
		for _, ancestor := range ancestors {
			if u, err := url.Parse(ancestor); err != nil || u.Host == "" || !d.matches(asked{self: c.origin, url: u}) {
				value := strings.Join(d.sources, " ")
				if value == "" {
					value = "'none'"
				}
				return &fault{Rule{cspName, `6.4.2 "frame-ancestors"`, "frame-ancestors", value},
					"The document's Content-Security-Policy says frame-ancestors " + value + ", which has no " + c.named(ancestor) + ".",
					"frame-ancestors is " + value, "Content-Security-Policy: frame-ancestors " + ancestor}
			}
		}
	}
	if f := c.frameOptions(h, ancestors); f != nil && !governed {
		return f
	}
	if c.embedder() == "unsafe-none" {
		return nil
	}
	if value := item(h[embedderPolicy]); value != "require-corp" && (value != "credentialless" || c.habits().noCredentialless) {
		return &fault{Rule{html, `"check a navigation response's adherence to its embedder policy"`, embedderPolicy, value},
			"The page has " + embedderPolicy + ": " + c.embedder() + ", so a document in its frames needs one too, and this one has none.",
			"no Embedder-Policy", embedderPolicy + ": require-corp"}
	}
	if c.sameOrigin() {
		return nil
	}
	return c.corp(h, true)
}

func (c *call) named(origin string) string {
	if origin == "" {
		return "page that is not known"
	}
	return origin
}

// frameOptions is X-Frame-Options (HTML, section 7.4.6 "The `X-Frame-Options`
// header"): one of DENY and SAMEORIGIN; what conflicts counts as DENY.
func (c *call) frameOptions(h http.Header, ancestors []string) *fault {
	const name = "X-Frame-Options"
	value, _ := get(h, name)
	known := make(map[string]bool)
	for option := range strings.SplitSeq(value, ",") {
		known[strings.ToLower(strings.TrimSpace(option))] = true
	}
	f := &fault{rule: Rule{html, `"The X-Frame-Options header"`, name, value}, short: name + " is " + value,
		remedy: "Content-Security-Policy: frame-ancestors " + strings.Join(ancestors, " ")}
	if len(known) > 1 && (known["deny"] || known["sameorigin"] || known["allowall"]) {
		f.why = name + ": " + value + " has values that conflict, so no page may frame the document."
		return f
	}
	switch {
	case known["deny"]:
		f.why = name + ": DENY forbids every page to frame the document."
		return f
	case known["sameorigin"]:
		for _, ancestor := range ancestors {
			if ancestor != c.origin {
				f.why = name + ": SAMEORIGIN forbids " + c.named(ancestor) + " to frame the document of " + c.origin + "."
				return f
			}
		}
	}
	return nil
}
