package modify

import (
	"strings"

	"corsage/proxy"
)

const embedderPolicy = "Cross-Origin-Embedder-Policy"

// RelaxCOEP lets a page that comes through Corsage embed what says nothing of
// itself, and lets an isolated page frame the backend's documents. With
// credentialless the page stays isolated (crossOriginIsolated), so nothing that
// it may do is lost. It is off by default: a document in a frame gets a policy
// by it that the backend did not choose.
func RelaxCOEP() proxy.Modifier {
	return proxy.Modifier{
		Name:  "relax-coep",
		Group: proxy.GroupEmbedding,
		Label: "Relax the embedder policy",
		Help: "Puts credentialless in place of require-corp in Cross-Origin-Embedder-Policy of pages whose own origin is allowed, so that they can embed answers that have no Cross-Origin-Resource-Policy; and gives credentialless to documents in frames, where they have none, since a page with such a policy frames no others. " +
			"WebKit does not know credentialless: there the page loses its isolation, and its frames stay empty. " +
			"Standard: HTML, \"embedder policies\".",
		Response: func(f *proxy.Flow) {
			const why = "HTML, embedder policies: credentialless takes answers that don't name a resource policy, without cookies, and keeps the page isolated."
			values := f.Response.Header[embedderPolicy]
			switch {
			case len(values) == 1 && ownPage(f):
				token, parameters, found := strings.Cut(values[0], ";")
				if strings.TrimSpace(token) != "require-corp" {
					return
				}
				if found {
					parameters = ";" + parameters
				}
				f.SetResponse(embedderPolicy, why, "credentialless"+parameters)
			case len(values) == 0 && within(f):
				f.SetResponse(embedderPolicy, "HTML, embedder policies: a page that has one frames only documents that have one too.", "credentialless")
			}
		},
	}
}
