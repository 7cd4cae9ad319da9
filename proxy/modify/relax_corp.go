package modify

import (
	"net/http"

	"corsage/proxy"
)

// RelaxCORP lets allowed pages use answers without CORS. It is off by default:
// a backend that sends the header wants its images and scripts kept at home.
func RelaxCORP() proxy.Modifier {
	return proxy.Modifier{
		Name:  "relax-corp",
		Group: proxy.GroupEmbedding,
		Label: "Let pages embed answers",
		Help: "Sets Cross-Origin-Resource-Policy: cross-origin on answers to allowed pages, and on documents in frames. " +
			"A browser keeps an image, script or font from a page on another site if the backend says same-origin or same-site, and from a page that has Cross-Origin-Embedder-Policy: require-corp if the backend says nothing. " +
			"Standard: Fetch, \"cross-origin resource policy check\".",
		Response: func(f *proxy.Flow) {
			if (f.Relation == proxy.Allowed || within(f)) && !f.Preflight && f.Response.StatusCode != http.StatusSwitchingProtocols {
				f.SetResponse("Cross-Origin-Resource-Policy", "Fetch, cross-origin resource policy check: without CORS a page of another origin may use it only with cross-origin.", "cross-origin")
			}
		},
	}
}
