package modify

import (
	"corsage/proxy"
	"corsage/proxy/session"
)

// CookieSameSite lets cookies travel with requests of pages on other sites.
func CookieSameSite() proxy.Modifier {
	return proxy.Modifier{
		Name:  "cookie-samesite",
		Group: proxy.GroupCookies,
		Label: "Let cookies cross sites",
		Help: "Sets SameSite=None and Secure in Set-Cookie of an https backend: Lax and Strict cookies don't travel with a localhost page's requests, and browsers refuse None without Secure. " +
			"On plain http it sets SameSite=Lax, which helps where page and backend are both on localhost. " +
			"Standard: RFC 6265bis, section 5.6.7 \"The SameSite Attribute\".",
		Default: true,
		Response: func(f *proxy.Flow) {
			if plain(f) {
				editCookies(f, "RFC 6265bis, 5.7: on plain http SameSite=None is refused, and Lax is the most that is kept.",
					func(c session.SetCookie) session.SetCookie {
						if needsSecure(c) {
							return c
						}
						return c.With("SameSite", "Lax")
					})
				return
			}
			editCookies(f, "RFC 6265bis, 5.7: for a page on another site a cookie must be SameSite=None, and that is kept with Secure only.",
				func(c session.SetCookie) session.SetCookie {
					return c.With("SameSite", "None").With("Secure", "")
				})
		},
	}
}
