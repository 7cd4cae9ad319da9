package verdict

import (
	"net/http"
	"strings"
)

const (
	allowOrigin      = "Access-Control-Allow-Origin"
	allowCredentials = "Access-Control-Allow-Credentials"
)

// check is the CORS check (Fetch, section 4.10) for a call made with the given
// credentials mode, Include or any other. It returns nil for success.
func (c *call) check(h http.Header, mode Credentials) *fault {
	value, ok := get(h, allowOrigin)
	fail := func(header, value, why, short, remedy string) *fault {
		return &fault{Rule{fetch, corsCheck, header, value}, why, short, remedy}
	}
	mend := allowOrigin + ": " + c.page
	if granted, _ := get(h, allowCredentials); mode == Include && granted != "true" {
		mend += "\n" + allowCredentials + ": true"
	}
	switch {
	case !ok:
		return fail(allowOrigin, "", "The answer has no "+allowOrigin+", so "+c.page+" may not read it.", "no Allow-Origin", mend)
	case value == "*" && mode == Include:
		return fail(allowOrigin, value, allowOrigin+": * does not count for a call with credentials: it must name "+c.page+".",
			"Allow-Origin is * with credentials", mend)
	case value == "*":
		return nil
	case value != c.page && len(h[allowOrigin]) > 1:
		return fail(allowOrigin, value, "The answer has "+allowOrigin+" twice ("+value+"), where exactly one value is allowed.",
			"Allow-Origin is there twice", mend)
	case value != c.page && strings.ContainsAny(value, ", "):
		return fail(allowOrigin, value, allowOrigin+": "+quoted(value)+" is a list, where exactly one origin is allowed: the page's own, "+c.page+".",
			"Allow-Origin is a list", mend)
	case value != c.page:
		return fail(allowOrigin, value, allowOrigin+": "+quoted(value)+" is not the page's origin, which is "+c.page+"; the two are compared byte by byte.",
			"Allow-Origin is "+quoted(value), mend)
	case mode != Include:
		return nil
	}
	value, ok = get(h, allowCredentials)
	mend = allowCredentials + ": true"
	switch {
	case !ok:
		return fail(allowCredentials, "", "The call was made with credentials, and the answer has no "+mend+".", "no Allow-Credentials", mend)
	case value != "true":
		return fail(allowCredentials, value, allowCredentials+": "+quoted(value)+" does not count: only true does, in lower case.",
			"Allow-Credentials is "+quoted(value), mend)
	}
	return nil
}

// quoted makes an empty value visible.
func quoted(value string) string {
	if value == "" {
		return `""`
	}
	return value
}
