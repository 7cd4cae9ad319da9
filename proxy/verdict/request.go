package verdict

import (
	"net/http"
	"net/url"
	"time"
)

// Mode is a request's mode (Fetch, "request mode").
type Mode string

// The modes. The empty Mode is told from the request's headers.
const (
	CORS       Mode = "cors"
	NoCORS     Mode = "no-cors"
	SameOrigin Mode = "same-origin"
	Navigate   Mode = "navigate"
	WebSocket  Mode = "websocket"
)

// Credentials is a request's credentials mode (Fetch, "request credentials mode").
type Credentials string

// The credentials modes. For a cross-origin request the last two are alike.
const (
	Include            Credentials = "include"
	SameOriginOnly     Credentials = "same-origin"
	Omit               Credentials = "omit"
	UnknownCredentials Credentials = "" // told from the headers, or else both kinds are judged
)

// Request is a request as the browser made it. The zero values of all fields but
// URL mean that the fact is not known; most are then told from Header.
type Request struct {
	// Page is the serialised origin of the document or worker that made the
	// request: "null" for an opaque one, "" for a request that no page made.
	Page string
	// Top is the origin of the tab's own document, where the page is in a frame.
	// "" is for Page.
	Top string
	// URL is the absolute address as the browser asked for it.
	URL    *url.URL
	Method string
	// Header is the header as the browser sent it, before anything changed it; for
	// a request that was not made yet, what the script set, with Origin.
	Header http.Header
	Mode   Mode
	// Credentials is not visible on the wire. Where it is empty, Judge takes a
	// Cookie header or Sec-Fetch-Storage-Access for a sign of Include, and the lack of the
	// latter, where the browser would have sent it, for one of the others;
	// without a sign it judges both kinds of call and says where they differ.
	Credentials Credentials
	// Policy is what the page's document brought with it; nil where it was not seen.
	Policy *Policy
	// Given are the cookies that the browser was given for this host earlier, for
	// verdicts on those that it did not send.
	Given []Given
	// At is when the answer came; the zero time is for now.
	At time.Time
	// Arrived says that the request was made: whatever a browser checks before it
	// sends one (mixed content, Content Security Policy, Local Network Access) is
	// then known to have passed.
	Arrived bool
	// Proxied says that the browser reaches the backend through a proxy. Local
	// Network Access does not concern it then.
	Proxied bool
	// PageSpace and TargetSpace are where the page's and the backend's server are.
	// Empty ones are told from names and addresses that tell it, such as localhost.
	PageSpace, TargetSpace Space
}

// Space is an IP address space (Local Network Access, section 2.1).
type Space string

// The address spaces.
const (
	LoopbackSpace Space = "loopback"
	LocalSpace    Space = "local"
	PublicSpace   Space = "public"
)

// Policy is what a document brought for the requests of its scripts. Policies in
// <meta> elements are not seen.
type Policy struct {
	// CSP holds the values of Content-Security-Policy, one for each field.
	CSP []string
	// Embedder is the Cross-Origin-Embedder-Policy, Opener the
	// Cross-Origin-Opener-Policy; "" for none.
	Embedder, Opener string
	// URL is the document's address.
	URL string
}

// Response is an answer, as the browser gets it.
type Response struct {
	Status int
	Header http.Header
}
