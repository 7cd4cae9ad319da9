package modify

import "corsage/proxy"

// DropAltSvc keeps browsers on the way through the proxy. It acts on every
// answer: the browser remembers an alternative for all pages.
func DropAltSvc() proxy.Modifier {
	return proxy.Modifier{
		Name:  "drop-alt-svc",
		Group: proxy.GroupTransport,
		Label: "Drop Alt-Svc",
		Help: "Takes Alt-Svc out of all answers of the backend. " +
			"It offers the browser another address or HTTP/3, which goes round the proxy. " +
			"Standard: RFC 7838, section 3 \"The Alt-Svc HTTP Header Field\".",
		Default: true,
		Response: func(f *proxy.Flow) {
			f.SetResponse("Alt-Svc", "RFC 7838, 2.4: a browser that follows it would go round the proxy.")
		},
	}
}
