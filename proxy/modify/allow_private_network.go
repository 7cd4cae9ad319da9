package modify

import "corsage/proxy"

// AllowPrivateNetwork answers the private-network question of older browsers.
func AllowPrivateNetwork() proxy.Modifier {
	return proxy.Modifier{
		Name:  "allow-private-network",
		Group: proxy.GroupCORS,
		Label: "Allow private networks",
		Help: "Answers a preflight that asks Access-Control-Request-Private-Network: true with Access-Control-Allow-Private-Network: true. " +
			"Chromium browsers before Local Network Access want it from backends at private addresses. " +
			"Standard: WICG Private Network Access, \"Additional CORS Headers\", on top of Fetch, \"CORS-preflight fetch\".",
		Default: true,
		Response: func(f *proxy.Flow) {
			if f.Preflight && underCORS(f) && f.Received.Get("Access-Control-Request-Private-Network") == "true" {
				f.SetResponse("Access-Control-Allow-Private-Network", "Private Network Access: the browser asked whether a page from elsewhere may reach a private address.", "true")
			}
		},
	}
}
