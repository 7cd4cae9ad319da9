package modify

import (
	"strings"

	"corsage/proxy"
)

// RelaxCSP adds to policies what keeps allowed pages and chosen backends apart,
// and nothing else. Policies of which reports are made only, and those in <meta>
// elements, stay as they are. It is off by default: a policy is part of what the
// backend's developers want tested.
func RelaxCSP() proxy.Modifier {
	return proxy.Modifier{
		Name:  "relax-csp",
		Group: proxy.GroupEmbedding,
		Label: "Relax the content policy",
		Help: "Adds to Content-Security-Policy what it lacks: the profile's backends to connect-src, in pages that come through Corsage and whose own origin is allowed; and the profile's origins to frame-ancestors, where a document is asked for a frame. " +
			"Other directives, Content-Security-Policy-Report-Only and policies in the page's text stay. " +
			"Standard: CSP Level 3, sections 6.1.2 \"connect-src\" and 6.4.2 \"frame-ancestors\".",
		Response: func(f *proxy.Flow) {
			values := f.Response.Header[contentPolicy]
			if len(values) == 0 {
				return
			}
			if ownPage(f) {
				f.SetResponse(contentPolicy, "CSP, 6.1.2: the page may call only what connect-src names, or else default-src; the profile's backends were not among it.",
					editPolicies(values, func(policy string) string {
						return widen(policy, []string{"connect-src", "default-src"}, func(have []string) []string { return missingBackends(f, have) })
					})...)
				values = f.Response.Header[contentPolicy]
			}
			if f.Relation != proxy.Foreign && chosen(f) && framed(f) {
				f.SetResponse(contentPolicy, "CSP, 6.4.2: only pages that frame-ancestors names may frame it; the profile's origins were not among them.",
					editPolicies(values, func(policy string) string {
						return widen(policy, []string{"frame-ancestors"}, func(have []string) []string { return missingAncestors(f, have) })
					})...)
			}
		},
	}
}

// missingBackends returns source expressions for the profile's backends that
// have doesn't cover. One for https doesn't cover wss.
func missingBackends(f *proxy.Flow, have []string) []string {
	var missing []string
	for _, b := range f.Rule.Backends {
		scheme, host, port := b.Target()
		if strings.Contains(host, ":") {
			continue // an IPv6 address is no source expression
		}
		if hostSource(scheme, host, port) == f.OwnOrigin() {
			continue // the page's own origin is its own affair
		}
		for _, s := range []string{scheme, strings.Replace(scheme, "http", "ws", 1)} {
			if source := hostSource(s, host, port); !covers(append(have, missing...), f.OwnOrigin(), source) {
				missing = append(missing, source)
			}
		}
	}
	return missing
}

func missingAncestors(f *proxy.Flow, have []string) []string {
	var missing []string
	for _, a := range ancestors(f) {
		if !covers(have, f.OwnOrigin(), a) {
			missing = append(missing, a)
		}
	}
	return missing
}
