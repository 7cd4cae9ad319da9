package modify

import "corsage/proxy"

// RewriteFetchSite makes Sec-Fetch-Site that of the backend's own pages.
func RewriteFetchSite() proxy.Modifier {
	return proxy.Modifier{
		Name:  "rewrite-fetch-site",
		Group: proxy.GroupCSRF,
		Label: "Rewrite Sec-Fetch-Site",
		Help: "Sets Sec-Fetch-Site, where an allowed page's request has one, to same-origin. " +
			"Newer CSRF protection refuses cross-site requests by this header alone. " +
			"Standard: W3C Fetch Metadata, section 2.3 \"The Sec-Fetch-Site HTTP Request Header\".",
		Default: true,
		Request: func(f *proxy.Flow) {
			if relayed(f) && f.Request.Header.Get("Sec-Fetch-Site") != "" {
				f.SetRequest("Sec-Fetch-Site", "Fetch Metadata: a request of the backend's own page is same-origin.", "same-origin")
			}
		},
	}
}
