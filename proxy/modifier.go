package proxy

// Modifier is one behaviour with its own switch: what the profile file calls
// it, what the windows say about it, and what it does to a Flow.
//
// Request runs before the backend is asked, in the catalogue's order; Response
// runs on every answer, local ones and the proxy's own 502 too, in the reverse
// order, as nested handlers would. Either may be nil. Both are called from the
// goroutine that serves the request, many exchanges at once, so a Modifier has
// no state of its own. A panic in one is logged and costs this exchange the
// Modifier's work, nothing else.
type Modifier struct {
	// Name is the key in the profile's toggles, in kebab case.
	Name string
	// Group is the heading it stands under: one of the Group constants.
	Group string
	// Label is a short phrase in the imperative for a switch.
	Label string
	// Help says in one to three sentences which header it changes and how, why
	// a browser needs that, and names the standard's section.
	Help string
	// Default is the switch's state where a profile does not say.
	Default bool

	Request  func(*Flow)
	Response func(*Flow)
}

// The headings of the catalogue.
const (
	GroupCORS      = "CORS"
	GroupCookies   = "Cookies"
	GroupCSRF      = "CSRF"
	GroupEmbedding = "Embedding"
	GroupTransport = "Transport"
	GroupHeaders   = "Headers"
)
