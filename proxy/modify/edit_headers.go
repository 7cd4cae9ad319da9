package modify

import (
	"corsage/proxy"
)

// EditHeaders carries out the profile's own list of headers. It is the last of
// the request's modifiers and the first of the answer's: what it sets in an
// answer stands there as if the backend had sent it, so that CORS, cookies and
// the guard stay in the hands of the toggles that are made for them.
//
// It acts on requests of allowed pages, and on those of the backend's own pages
// where the request says that it is one. A request that says nothing may come
// from any page, and gets neither a token that stands in the list nor an answer
// without its protection.
func EditHeaders() proxy.Modifier {
	return proxy.Modifier{
		Name:  "edit-headers",
		Group: proxy.GroupHeaders,
		Label: "Edit headers",
		Help: "Carries out what stands under headers in the profile's file: header fields to set and to remove, in requests and answers, by path; without such a list it does nothing. " +
			"It acts for allowed pages and the backend's own, never for others, and what CORS needs (Access-Control-Allow-Origin) is set after it. " +
			"Standard: RFC 9110, section 6.3 \"Header Fields\".",
		Default: true,
		Request: func(f *proxy.Flow) {
			if !f.Preflight {
				editHeaders(f, f.SetRequest, func(e proxy.HeaderEdit) proxy.FieldEdits { return e.Request })
			}
		},
		Response: func(f *proxy.Flow) {
			editHeaders(f, f.SetResponse, func(e proxy.HeaderEdit) proxy.FieldEdits { return e.Response })
		},
	}
}

func editHeaders(f *proxy.Flow, set func(name, why string, values ...string), half func(proxy.HeaderEdit) proxy.FieldEdits) {
	if len(f.Rule.Headers) == 0 || !known(f) {
		return
	}
	const why = "The profile's list of headers says so."
	for _, e := range f.Rule.Headers {
		if e.Path != nil && !e.Path.MatchString(f.URL.EscapedPath()) {
			continue
		}
		edits := half(e)
		for _, name := range edits.Remove {
			set(name, why)
		}
		for _, field := range edits.Set {
			set(field.Name, why, field.Value)
		}
	}
}

// known reports whether the request tells that an allowed page made it, or the
// backend's own, or the person at the browser.
func known(f *proxy.Flow) bool {
	switch {
	case f.Relation == proxy.Allowed:
		return true
	case f.Relation == proxy.Foreign || !chosen(f):
		return false
	}
	site := f.Received.Get("Sec-Fetch-Site")
	return site == "same-origin" || site == "none" || site == "" && f.Origin == f.OwnOrigin()
}
