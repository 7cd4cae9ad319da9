package modify

import (
	"corsage/proxy"
	"corsage/proxy/session"
)

// CookiePartitioned gives each page's site a jar of its own. It is off by
// default: the backend's own pages don't see such a cookie, so that their login
// is not the page's any more, and hold-session does more.
func CookiePartitioned() proxy.Modifier {
	return proxy.Modifier{
		Name:  "cookie-partitioned",
		Group: proxy.GroupCookies,
		Label: "Partition cookies",
		Help: "Sets Partitioned and Secure in Set-Cookie of an https backend; on plain http it does nothing. " +
			"Chromium keeps a partitioned cookie where it blocks third-party cookies, in a jar of its own for the page's site: a login in the backend's own pages is not in it. " +
			"Standard: CHIPS (draft-cutler-httpbis-partitioned-cookies), section 2.1 \"The Partitioned attribute\".",
		Response: func(f *proxy.Flow) {
			if plain(f) {
				return
			}
			editCookies(f, "CHIPS, 2.1: a browser that blocks third-party cookies keeps those that are Partitioned, which need Secure.",
				func(c session.SetCookie) session.SetCookie {
					return c.With("Secure", "").With("Partitioned", "")
				})
		},
	}
}
