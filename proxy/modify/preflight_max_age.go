package modify

import "corsage/proxy"

// maxAge is in seconds. Without the header browsers take 5 (Fetch,
// "CORS-preflight fetch"); one second still spares a burst of calls to one address their
// preflights, and no one clicks a toggle and tries again faster than that.
const maxAge = "1"

// PreflightMaxAge keeps browsers from remembering preflights.
func PreflightMaxAge() proxy.Modifier {
	return proxy.Modifier{
		Name:  "preflight-max-age",
		Group: proxy.GroupCORS,
		Label: "Keep preflights short-lived",
		Help: "Sets Access-Control-Max-Age: " + maxAge + " on answers to preflights. " +
			"A browser would remember a backend's longer value, up to two hours in Chromium and a day in Firefox, and a changed toggle would seem to do nothing. " +
			"Standard: Fetch, \"CORS-preflight cache\".",
		Default: true,
		Response: func(f *proxy.Flow) {
			if f.Preflight && underCORS(f) {
				f.SetResponse("Access-Control-Max-Age", "Fetch, CORS-preflight cache: a short life lets a changed toggle take effect at once.", maxAge)
			}
		},
	}
}
