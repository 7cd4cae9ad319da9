package modify

import (
	"net/url"
	"slices"
	"strings"

	"corsage/proxy/verdict"
)

const contentPolicy = "Content-Security-Policy"

// editPolicies puts each policy of the values of Content-Security-Policy through
// edit; a value is a list of them (CSP, section 2.2.2).
func editPolicies(values []string, edit func(policy string) string) []string {
	edited := make([]string, len(values))
	for i, value := range values {
		policies := strings.Split(value, ",")
		for j, p := range policies {
			policies[j] = edit(p)
		}
		edited[i] = strings.Join(policies, ",")
	}
	return edited
}

// widen adds source expressions to the directive of a policy that decides: the
// first of names that it has. missing says which it lacks. Where that is not the
// first of names but a fallback, the policy gets a directive of its own, which
// begins with the fallback's addresses. A policy without any of them forbids
// nothing and stays, as do all other bytes.
func widen(policy string, names []string, missing func(have []string) []string) string {
	parts := strings.Split(policy, ";")
	for _, name := range names {
		i := slices.IndexFunc(parts, func(part string) bool { return directiveName(part) == name })
		if i < 0 {
			continue
		}
		have := strings.Fields(parts[i])[1:]
		add := missing(have)
		if len(add) == 0 {
			return policy
		}
		if name != names[0] {
			have = slices.DeleteFunc(have, func(s string) bool { return strings.HasPrefix(s, "'") && !strings.EqualFold(s, "'self'") })
			return strings.TrimRight(policy, "; \t") + "; " + strings.Join(slices.Concat(names[:1], have, add), " ")
		}
		body := strings.TrimRight(parts[i], " \t")
		if slices.ContainsFunc(have, none) {
			body = body[:len(body)-len(strings.TrimLeft(body, " \t"))] + strings.Join(slices.Concat(strings.Fields(body)[:1], slices.DeleteFunc(have, none)), " ")
		}
		parts[i] = body + " " + strings.Join(add, " ")
		return strings.Join(parts, ";")
	}
	return policy
}

func none(source string) bool { return strings.EqualFold(source, "'none'") }

// directiveName is in lower case; "" for an empty directive.
func directiveName(part string) string {
	if fields := strings.Fields(part); len(fields) > 0 {
		return strings.ToLower(fields[0])
	}
	return ""
}

// governsFrames reports whether one of the policies has frame-ancestors, by which
// browsers then go instead of X-Frame-Options (CSP, section 6.4.2.2).
func governsFrames(values []string) bool {
	for _, value := range values {
		for policy := range strings.SplitSeq(value, ",") {
			for part := range strings.SplitSeq(policy, ";") {
				if directiveName(part) == "frame-ancestors" {
					return true
				}
			}
		}
	}
	return false
}

// hostSource is a host-source expression (CSP, section 2.3.1).
func hostSource(scheme, host, port string) string {
	if port == "" || port == "443" && (scheme == "https" || scheme == "wss") || port == "80" && (scheme == "http" || scheme == "ws") {
		return scheme + "://" + host
	}
	return scheme + "://" + host + ":" + port
}

// covers reports whether the source expressions in have let in all that the
// expression want does. self is the origin of the document. A wildcard in want is
// tried with a name and a port that nobody has.
func covers(have []string, self, want string) bool {
	sample := strings.Replace(want, "://*.", "://corsage-sample.", 1)
	if rest, ok := strings.CutSuffix(sample, ":*"); ok {
		sample = rest + ":1"
	}
	u, err := url.Parse(sample)
	if err != nil || u.Host == "" {
		return true // nothing that could be added
	}
	return verdict.Covers(have, self, u)
}
