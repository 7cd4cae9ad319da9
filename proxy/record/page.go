package record

// Page is a document that came through the proxy, as far as it binds the requests
// of its scripts. It is immutable, and many entries share one.
type Page struct {
	// URL is the document's address, without a fragment.
	URL string `json:"url"`
	// Received and Sent are its policies as its server sent them and as the browser
	// got them. What a <meta> element says is not among them.
	Received Policy `json:"received"`
	Sent     Policy `json:"sent"`
}

// Policy is what of a document's header binds the requests of its scripts.
type Policy struct {
	// CSP holds the values of Content-Security-Policy, one for each field.
	CSP []string `json:"csp,omitempty"`
	// Embedder is its Cross-Origin-Embedder-Policy, Opener its
	// Cross-Origin-Opener-Policy; "" for none.
	Embedder string `json:"embedder,omitempty"`
	Opener   string `json:"opener,omitempty"`
}
