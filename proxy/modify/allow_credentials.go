package modify

import "corsage/proxy"

// AllowCredentials lets pages read answers to requests with cookies.
func AllowCredentials() proxy.Modifier {
	return proxy.Modifier{
		Name:  "allow-credentials",
		Group: proxy.GroupCORS,
		Label: "Allow credentials",
		Help: "Sets Access-Control-Allow-Credentials: true on answers to allowed pages. " +
			"Without it a page can't read the answer to a request that it made with credentials: 'include'. " +
			"Standard: Fetch, \"CORS check\".",
		Default: true,
		Response: func(f *proxy.Flow) {
			if underCORS(f) {
				f.SetResponse("Access-Control-Allow-Credentials", "Fetch, CORS check: a request with cookies needs exactly true here.", "true")
			}
		},
	}
}
