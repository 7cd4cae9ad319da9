package modify

import "corsage/proxy"

// RewriteOrigin makes Origin that of the backend's own pages.
func RewriteOrigin() proxy.Modifier {
	return proxy.Modifier{
		Name:  "rewrite-origin",
		Group: proxy.GroupCSRF,
		Label: "Rewrite Origin",
		Help: "Sets Origin, where an allowed page's request has one, to the backend's own origin, for WebSocket handshakes too. " +
			"CSRF protection compares it with its own host or a list: Django does from version 4 on. " +
			"Standard: Fetch, \"Origin header\".",
		Default: true,
		Request: func(f *proxy.Flow) {
			if relayed(f) && f.Request.Header.Get("Origin") != "" {
				f.SetRequest("Origin", "CSRF protection accepts only the backend's own origin, as its own page would send it.", f.BackendOrigin())
			}
		},
	}
}
