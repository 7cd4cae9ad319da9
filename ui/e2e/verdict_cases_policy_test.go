package e2e

import (
	"slices"
	"strings"

	"corsage/proxy/verdict"
)

// resourcePolicy: Cross-Origin-Resource-Policy, and what the page embeds.
func (l *caseList) resourcePolicy() {
	values := variants(corp, "same-origin", "same-site", "cross-origin", "Same-Origin", "none", "same-origin, cross-origin", "")
	values = append(values, variant{corp + " twice", []field{{corp, "cross-origin"}, {corp, "same-origin"}}})
	for _, page := range append(slices.Clone(plainPages), pageRequireCORP, pageCredless) {
		vias := []string{viaImage}
		if page == pageLocalhost || page == pageRequireCORP || page == pageCredless {
			vias = []string{viaFetch, viaImage, viaScript}
		}
		for _, v := range values {
			for _, via := range vias {
				l.add(page, one(matrixCall{via: via, to: "dev", mode: verdict.NoCORS, credentials: verdict.Include}, v.fields...), via+" no-cors", v.name)
			}
		}
		for _, v := range values[:4] {
			l.add(page, one(matrixCall{via: viaFetch, to: "dev", credentials: verdict.Include}, slices.Concat(granted, v.fields)...), "fetch cors", v.name)
			l.add(page, one(matrixCall{via: viaImage, to: "dev", mode: verdict.CORS, credentials: verdict.Include}, slices.Concat(granted, v.fields)...), "image cors", v.name)
		}
	}
	for _, page := range []string{pageLocalhost, pageOtherScheme, pagePlain, pageSandboxed} {
		for _, v := range values[:4] {
			for _, to := range []string{"local", "plain"} {
				l.add(page, one(matrixCall{via: viaImage, to: to, mode: verdict.NoCORS}, v.fields...), "image no-cors to "+to, v.name)
			}
		}
	}
}

// frames: which documents a page may frame.
func (l *caseList) frames() {
	const xfo, csp = "X-Frame-Options", "Content-Security-Policy"
	values := slices.Concat(
		variants(xfo, "DENY", "deny", "SAMEORIGIN", "SameOrigin", "ALLOWALL", "ALLOW-FROM {page}", "SAMEORIGIN, DENY", "SAMEORIGIN, SAMEORIGIN", "DENY, bogus", ""),
		variants(csp, "frame-ancestors 'none'", "frame-ancestors", "frame-ancestors 'self'", "frame-ancestors *", "frame-ancestors {page}", "frame-ancestors https:", "frame-ancestors http:",
			"frame-ancestors https://other.test", "frame-ancestors https://*.{site}", "frame-ancestors {page}/somewhere", "default-src 'none'; script-src 'self'", "frame-ancestors *; frame-ancestors 'none'")[1:],
		[]variant{
			{xfo + " DENY and all ancestors", []field{{xfo, "DENY"}, {csp, "frame-ancestors *"}}},
			{csp + " twice", []field{{csp, "frame-ancestors *"}, {csp, "frame-ancestors 'none'"}}},
			{"report only", []field{{csp + "-Report-Only", "frame-ancestors 'none'"}}},
		})
	for _, page := range []string{pageLocalhost, pageHTTPS, pageSameSite, pageSameOrigin} {
		for _, v := range values {
			l.add(page, one(matrixCall{via: viaFrame, to: "dev"}, v.fields...), "frame", v.name)
		}
	}
	embedder := variants("Cross-Origin-Embedder-Policy", "require-corp", "credentialless", "unsafe-none", "bogus")
	for _, page := range []string{pageRequireCORP, pageCredless} {
		for _, e := range embedder {
			for _, v := range variants(corp, "same-origin", "same-site", "cross-origin") {
				l.add(page, one(matrixCall{via: viaFrame, to: "dev"}, slices.Concat(e.fields, v.fields)...), "frame", e.name, v.name)
			}
		}
	}
}

// types: X-Content-Type-Options and the types that no script may have.
func (l *caseList) types() {
	nosniff := field{"X-Content-Type-Options", "nosniff"}
	for _, kind := range []string{"text/javascript", "application/x-javascript", "text/plain", "image/gif", "text/csv", "audio/ogg", "video/mp4", "application/octet-stream"} {
		for _, v := range []variant{{"sniffed", nil}, {"nosniff", []field{nosniff}}} {
			l.add(pageLocalhost, one(matrixCall{via: viaScript, to: "dev", mode: verdict.NoCORS}, append([]field{{"Content-Type", kind}}, v.fields...)...), "script of "+kind, v.name)
			l.add(pageLocalhost, one(matrixCall{via: viaScript, to: "dev", mode: verdict.CORS, credentials: verdict.Include}, slices.Concat(granted, []field{{"Content-Type", kind}}, v.fields)...), "cors script of "+kind, v.name)
		}
		l.add(pageLocalhost, one(matrixCall{via: viaFetch, to: "dev"}, append(slices.Clone(granted), field{"Content-Type", kind}, nosniff)...), "fetch of "+kind, "nosniff")
	}
}

// connectPolicy: the page's Content Security Policy.
func (l *caseList) connectPolicy() {
	for _, policy := range connectPolicies {
		page := cspName(policy)
		for _, to := range []string{"dev", "second", "self"} {
			l.add(page, one(matrixCall{via: viaFetch, to: to}, granted...), "fetch "+to)
		}
		for _, to := range []string{"dev", "self"} {
			l.add(page, one(matrixCall{via: viaSocket, to: to}), "socket "+to)
		}
		l.add(page, one(matrixCall{via: viaEvents, to: "dev"}, granted...), "events dev")
		l.add(page, []matrixCall{{via: viaFetch, to: "dev", hops: []answerSpec{hop(302, "second", granted...), {header: []field{{acao, "*"}}}}}}, "fetch dev, redirected to second")
	}
}

// mixedContent: what an https page may ask of plain http.
func (l *caseList) mixedContent() {
	for _, page := range []string{pageHTTPS, pageSameSite} {
		for _, to := range []string{"plain", "local"} {
			for _, via := range []string{viaFetch, viaXHR, viaEvents, viaSocket} {
				l.add(page, one(matrixCall{via: via, to: to}, granted...), "mixed content: "+via+" to "+to)
			}
			l.add(page, one(matrixCall{via: viaFetch, to: to, mode: verdict.NoCORS}), "fetch no-cors to "+to)
		}
		call := matrixCall{via: viaFetch, to: "dev", hops: []answerSpec{hop(302, "plain", granted...), {header: []field{{acao, "*"}}}}}
		l.add(page, []matrixCall{call}, "fetch redirected to plain http")
	}
}

// helpedTwins are cases again, to a backend that a profile with all toggles at
// their defaults is for.
func (l *caseList) helpedTwins() {
	for _, c := range slices.Clone(l.cases) {
		if c.page.name == pageLocalhost && strings.HasPrefix(c.name, pageLocalhost+": cookie of dev, ") && len(c.after) > 0 {
			l.helpedCookie(c)
		}
		if len(c.calls) != 1 || len(c.before) > 0 || c.cookie != "" || c.calls[0].to != "dev" || len(c.calls[0].hops) != 1 || c.page.name == pageSameOrigin {
			continue
		}
		if c.calls[0].kind() != verdict.CORS || c.calls[0].credentialed() != verdict.Include || c.calls[0].via == viaScript || c.calls[0].via == viaImage {
			continue
		}
		twin := *c
		twin.name, twin.twin = c.name+" (helped)", c.name
		twin.calls = slices.Clone(c.calls)
		twin.calls[0].to = "helped"
		l.cases = append(l.cases, &twin)
	}
}

// helpedCookie is the case again, with a cookie of another name.
func (l *caseList) helpedCookie(c *matrixCase) {
	prefix, _, _ := strings.Cut(c.cookie, "c0")
	name, _ := l.setting(cookieLine{prefix: prefix})
	twin := &matrixCase{name: c.name + " (helped)", page: c.page, cookie: name, twin: c.name}
	for _, call := range c.calls {
		call.to = "helped"
		answer := answerSpec{header: slices.Clone(call.hops[0].header)}
		for i, f := range answer.header {
			answer.header[i].value = strings.Replace(f.value, c.cookie, name, 1)
		}
		call.hops = []answerSpec{answer}
		twin.calls = append(twin.calls, call)
	}
	l.cases = append(l.cases, twin)
}
