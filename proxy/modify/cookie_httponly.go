package modify

import (
	"corsage/proxy"
	"corsage/proxy/session"
)

// CookieHTTPOnly shows cookies to the backend's own scripts.
func CookieHTTPOnly() proxy.Modifier {
	return proxy.Modifier{
		Name:  "cookie-httponly",
		Group: proxy.GroupCookies,
		Label: "Drop HttpOnly",
		Help: "Takes HttpOnly out of Set-Cookie, so that scripts see the cookie in document.cookie. " +
			"Only scripts on the backend's own host gain by it: a page elsewhere can't read the cookie either way, and csrf-token is what it needs. " +
			"Standard: RFC 6265bis, section 5.6.6 \"The HttpOnly Attribute\".",
		Response: func(f *proxy.Flow) {
			editCookies(f, "RFC 6265bis, 5.6.6: scripts can't see a cookie that has HttpOnly.",
				func(c session.SetCookie) session.SetCookie { return c.Without("HttpOnly") })
		},
	}
}
