package verdict

import "net/http"

const exposeHeaders = "Access-Control-Expose-Headers"

// exposure tells whether a script may read a header, if it called with and
// without credentials.
type exposure func(name string) (with, without bool)

// exposeAll is the basic filtered response: all but what is forbidden.
func exposeAll(string) (with, without bool) { return true, true }

// safelisted are the CORS-safelisted response-header names (Fetch, section
// 2.2.2).
var safelisted = []string{"Cache-Control", "Content-Language", "Content-Length", "Content-Type", "Expires", "Last-Modified", "Pragma"}

// exposed is the CORS filtered response: the safelisted names, those that the
// answer names, and with *, which stands for all where no credentials are sent.
func exposed(h http.Header) exposure {
	named, _ := list(h, exposeHeaders)
	return func(name string) (with, without bool) {
		with = contains(safelisted, name) || contains(named, name)
		return with, with || contains(named, "*")
	}
}

// split sorts the names of h's fields. Set-Cookie is never readable (Fetch,
// "forbidden response-header name").
func (e exposure) split(h http.Header) (always, without, never []string) {
	for _, name := range names(h) {
		a, b := e(name)
		switch {
		case name == "Set-Cookie", name == "Set-Cookie2", !a && !b:
			never = append(never, name)
		case a:
			always = append(always, name)
		default:
			without = append(without, name)
		}
	}
	return always, without, never
}

// filter fills in what a script can read of a CORS answer.
func (c *call) filter(v *Verdict, h http.Header) {
	always, without, never := exposed(h).split(h)
	switch c.credentials {
	case UnknownCredentials:
		v.Readable, v.ReadableUncredentialed, v.Hidden = always, without, never
	case Include:
		v.Readable, v.Hidden = always, merge(without, never)
	default:
		v.Readable, v.Hidden = merge(always, without), never
	}
}
