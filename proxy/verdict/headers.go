package verdict

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// get returns the combined value of a field, and whether it is there (Fetch,
// "get" of a header list).
func get(h http.Header, name string) (string, bool) {
	values, ok := h[http.CanonicalHeaderKey(name)]
	return strings.Join(values, ", "), ok && len(values) > 0
}

// names returns the sorted names of all fields.
func names(h http.Header) []string { return slices.Sorted(maps.Keys(h)) }

// list parses a field of comma-separated tokens (Fetch, "extract header list
// values"; RFC 9110, section 5.6.1). It returns nil for an absent field, and ok
// is false for one that does not parse, which counts as absent or as failure.
func list(h http.Header, name string) (tokens []string, ok bool) {
	for _, value := range h[http.CanonicalHeaderKey(name)] {
		for item := range strings.SplitSeq(value, ",") {
			item = strings.Trim(item, " \t")
			if item == "" {
				continue // empty elements are allowed
			}
			if !token(item) {
				return nil, false
			}
			tokens = append(tokens, item)
		}
	}
	return tokens, true
}

// token reports a token (RFC 9110, section 5.6.2).
func token(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	})
}

// contains reports whether list has name, in any case.
func contains(list []string, name string) bool {
	return slices.ContainsFunc(list, func(s string) bool { return strings.EqualFold(s, name) })
}

// merge returns the names of both lists, sorted.
func merge(a, b []string) []string { return slices.Sorted(slices.Values(slices.Concat(a, b))) }
