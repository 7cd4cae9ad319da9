package modify

import (
	"corsage/proxy"
	"corsage/proxy/session"
)

// CookieDomain makes cookies host-only.
func CookieDomain() proxy.Modifier {
	return proxy.Modifier{
		Name:  "cookie-domain",
		Group: proxy.GroupCookies,
		Label: "Drop the cookie domain",
		Help: "Takes Domain out of Set-Cookie, so that the cookie belongs to the host the browser asked. " +
			"A browser refuses a cookie whose Domain is not that host or a parent of it, as happens behind another name. " +
			"Standard: RFC 6265bis, section 5.6.3 \"The Domain Attribute\".",
		Default: true,
		Response: func(f *proxy.Flow) {
			editCookies(f, "RFC 6265bis, 5.6.3: without Domain the cookie belongs to the host that set it, whatever that is called here.",
				func(c session.SetCookie) session.SetCookie { return c.Without("Domain") })
		},
	}
}
