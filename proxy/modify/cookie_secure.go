package modify

import (
	"corsage/proxy"
	"corsage/proxy/session"
)

// CookieSecure drops Secure where the browser speaks plain http.
func CookieSecure() proxy.Modifier {
	return proxy.Modifier{
		Name:  "cookie-secure",
		Group: proxy.GroupCookies,
		Label: "Drop Secure on plain http",
		Help: "Takes Secure out of Set-Cookie where the browser reaches the backend over plain http, since it refuses a Secure cookie there; on https it does nothing. " +
			"Names that begin with __Secure- or __Host- demand Secure and stay as they are: only hold-session can carry them over plain http. " +
			"Standard: RFC 6265bis, sections 5.6.5 \"The Secure Attribute\" and 4.1.3.",
		Default: true,
		Response: func(f *proxy.Flow) {
			if !plain(f) {
				return
			}
			editCookies(f, "RFC 6265bis, 5.7: a browser refuses a Secure cookie that comes over plain http.",
				func(c session.SetCookie) session.SetCookie {
					if needsSecure(c) {
						return c
					}
					return c.Without("Secure")
				})
		},
	}
}
