package modify

import "corsage/proxy"

// DropHSTS keeps browsers from pinning the backend to https. It acts on every
// answer, those to the backend's own pages too: the browser remembers a host's
// policy for all pages, and it must not outlive the proxy's certificate.
func DropHSTS() proxy.Modifier {
	return proxy.Modifier{
		Name:  "drop-hsts",
		Group: proxy.GroupTransport,
		Label: "Drop HSTS",
		Help: "Takes Strict-Transport-Security out of all answers of the backend. " +
			"A browser that has seen it makes every certificate error final and turns http into https, for months and for the host as a whole. " +
			"Standard: RFC 6797, section 8.1 \"Strict-Transport-Security Response Header Field Processing\".",
		Default: true,
		Response: func(f *proxy.Flow) {
			f.SetResponse("Strict-Transport-Security", "RFC 6797, 8.4: with it a certificate error has no way past it, and it stays after the proxy is gone.")
		},
	}
}
