package modify

import (
	"corsage/proxy"
	"corsage/proxy/session"
)

// CookiePath makes cookies go with requests to all paths. It is off by default:
// two programs on one host may use one name for cookies of their own.
func CookiePath() proxy.Modifier {
	return proxy.Modifier{
		Name:  "cookie-path",
		Group: proxy.GroupCookies,
		Label: "Widen the cookie path",
		Help: "Sets Path=/ in Set-Cookie, so that the cookie goes with requests to all paths of the host. " +
			"Without Path a cookie is for the folder of the address that set it, and one for /app/ does not go with a call to /api/. " +
			"Standard: RFC 6265bis, section 5.6.4 \"The Path Attribute\".",
		Response: func(f *proxy.Flow) {
			editCookies(f, "RFC 6265bis, 5.6.4: the browser sends a cookie only with requests below its Path.",
				func(c session.SetCookie) session.SetCookie { return c.With("Path", "/") })
		},
	}
}
