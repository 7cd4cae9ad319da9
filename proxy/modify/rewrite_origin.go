package modify

import "corsage/proxy"

// whyOwn is why what the backend's own page sends is changed.
const whyOwn = "The backend's own page, by the address that the browser knows: the upstream knows itself by another."

// RewriteOrigin makes Origin that of the backend's own pages.
func RewriteOrigin() proxy.Modifier {
	return proxy.Modifier{
		Name:  "rewrite-origin",
		Group: proxy.GroupCSRF,
		Label: "Rewrite Origin",
		Help: "Sets Origin, where an allowed page's request has one, to the backend's own origin, for WebSocket handshakes too; behind an upstream that goes by another name, in requests of its own pages as well. " +
			"CSRF protection compares it with its own host or a list: Django does from version 4 on. " +
			"Standard: Fetch, \"Origin header\".",
		Default: true,
		Request: func(f *proxy.Flow) {
			switch origin := f.Request.Header.Get("Origin"); {
			case origin == "":
			case relayed(f):
				f.SetRequest("Origin", "CSRF protection accepts only the backend's own origin, as its own page would send it.", f.BackendOrigin())
			case f.Relation == proxy.Own && origin == f.OwnOrigin():
				f.SetRequest("Origin", whyOwn, f.BackendOrigin())
			}
		},
	}
}
