package modify

import (
	"slices"
	"strings"

	"corsage/proxy"
)

// HoldSession keeps the backend's cookies beside the browser and adds them to
// requests of allowed pages. It learns from exchanges of the backend's own pages
// too, and leaves those as they are.
func HoldSession() proxy.Modifier {
	return proxy.Modifier{
		Name:  "hold-session",
		Group: proxy.GroupCookies,
		Label: "Hold the session",
		Help: "Keeps what the backend sets with Set-Cookie, and what its own pages send, and adds to the Cookie header of an allowed page's request what the browser left out; the browser's own value wins. " +
			"Browsers that block or partition third-party cookies, and all on plain http, send no session to a backend on another site, whatever the cookie says. " +
			"Standard: RFC 6265bis, sections 5.7 \"Storage Model\" and 5.8 \"Retrieval Model\".",
		Default: true,
		Request: func(f *proxy.Flow) {
			store, sent := f.Rule.Sessions, f.Request.Header["Cookie"]
			if f.Relation == proxy.Own && !embedded(f) {
				store.LearnSent(f.Browser(), f.URL, sent)
			}
			if !relayed(f) {
				return
			}
			if missing := store.Missing(f.Browser(), f.URL, sent); len(missing) > 0 {
				all := slices.DeleteFunc(append(slices.Clone(sent), missing...), func(s string) bool { return s == "" })
				f.SetRequest("Cookie", "RFC 6265bis, 5.8: the browser keeps these cookies from a page on another site; they are the session that the backend gave this browser.",
					strings.Join(all, "; "))
			}
		},
		Response: func(f *proxy.Flow) {
			if f.Relation != proxy.Own && !relayed(f) {
				return
			}
			kept, ended := f.Rule.Sessions.Learn(f.Browser(), f.URL, f.Request.Header["Cookie"], f.Response.Header["Set-Cookie"])
			if len(kept) > 0 {
				f.NoteResponse("Set-Cookie", "The held session keeps "+strings.Join(kept, ", ")+" for allowed pages, whatever the browser does.")
			}
			if len(ended) > 0 {
				f.NoteResponse("Set-Cookie", "The backend ended "+strings.Join(ended, ", ")+": the held session has forgotten it.")
			}
		},
	}
}

// embedded reports a request from within a page of another site. Browsers may
// keep such a page's cookies apart from those of the backend's own pages (W3C
// Fetch Metadata, section 2).
func embedded(f *proxy.Flow) bool {
	h := f.Received
	return h.Get("Sec-Fetch-Site") == "cross-site" && (h.Get("Sec-Fetch-Mode") != "navigate" || h.Get("Sec-Fetch-Dest") != "document")
}
