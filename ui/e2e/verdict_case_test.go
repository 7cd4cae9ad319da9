package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"corsage/proxy/verdict"
)

// matrixCase is one thing that a page does with a backend, and what the backend
// answers.
type matrixCase struct {
	name  string // unique
	page  *matrixPage
	calls []matrixCall
	// own are calls of the backend's own page in a tab of its own, before and
	// after those of the page.
	before, after []matrixCall
	// cookie is the name of the cookie that the case is about; "" for none.
	cookie string
	// twin is the name of the case that does the same without Corsage's help; ""
	// where there is none.
	twin string
}

// matrixPage is a document that calls backends.
type matrixPage struct {
	name string
	// url is the document's origin, and in it what is called the page's own.
	url string
	// site is the domain below which the page's backends are: each page has a site
	// to itself, so that no page meets another's cookies.
	site string
	// header is what the document is served with.
	header http.Header
	// sandbox puts the calls into a sandboxed frame of the document.
	sandbox bool
}

// origin is the serialised origin of the scripts that call.
func (p *matrixPage) origin() string {
	if p.sandbox {
		return "null"
	}
	return p.url
}

// policy is what the verdict is told of the document.
func (p *matrixPage) policy() *verdict.Policy {
	return &verdict.Policy{
		CSP:      p.header.Values("Content-Security-Policy"),
		Embedder: p.header.Get("Cross-Origin-Embedder-Policy"),
		URL:      p.url + documentPath,
	}
}

// The ways in which a script makes a request.
const (
	viaFetch  = "fetch"
	viaXHR    = "xhr"
	viaImage  = "image"
	viaScript = "script"
	viaEvents = "events"
	viaSocket = "socket"
	viaFrame  = "frame"
	viaLink   = "link" // the whole tab goes there
	viaForm   = "form" // the same, by a form with method POST
)

// matrixCall is one request of a script, with its redirects.
type matrixCall struct {
	via string
	// to is the backend: one of the names that matrixPage.base knows.
	to          string
	method      string              // "" for GET
	mode        verdict.Mode        // "" for CORS
	credentials verdict.Credentials // "" for SameOriginOnly
	header      map[string]string   // what the script sets
	path        string              // "" for the case's own
	preflight   answerSpec
	// hops are the answers, of which all but the last redirect to the next.
	hops []answerSpec
}

// answerSpec is what the backend answers. In values {page} stands for the page's
// origin and {site} for its site.
type answerSpec struct {
	status int // 0 for 200
	header []field
	next   string // the backend that a redirect leads to
}

// field is one line of a header; a name may come twice.
type field struct{ name, value string }

func (c *matrixCall) kind() verdict.Mode {
	switch {
	case c.via == viaSocket:
		return verdict.WebSocket
	case c.via == viaFrame, c.leaves():
		return verdict.Navigate
	case c.mode == "":
		return verdict.CORS
	}
	return c.mode
}

func (c *matrixCall) credentialed() verdict.Credentials {
	switch {
	case c.via == viaSocket, c.via == viaFrame, c.leaves(), c.kind() == verdict.NoCORS && c.via != viaFetch:
		return verdict.Include
	case c.credentials == "":
		return verdict.SameOriginOnly
	}
	return c.credentials
}

func (c *matrixCall) verb() string {
	switch {
	case c.via == viaForm:
		return http.MethodPost
	case c.method == "":
		return http.MethodGet
	}
	return c.method
}

// leaves says whether the call takes the tab away from the page.
func (c *matrixCall) leaves() bool { return c.via == viaLink || c.via == viaForm }

// fields are the header with the placeholders filled in.
func (a *answerSpec) fields(p *matrixPage) []field {
	filled := make([]field, len(a.header))
	fill := strings.NewReplacer("{page}", p.origin(), "{PAGE}", strings.ToUpper(p.origin()), "{site}", p.site)
	for i, f := range a.header {
		filled[i] = field{f.name, fill.Replace(f.value)}
	}
	return filled
}

// scriptCall is a matrixCall as testdata/page/matrix.js takes it.
type scriptCall struct {
	Via         string            `json:"via"`
	URL         string            `json:"url"`
	Method      string            `json:"method"`
	Mode        string            `json:"mode"`
	Credentials string            `json:"credentials"`
	Header      map[string]string `json:"headers,omitempty"`
}

func (c *matrixCall) script(address string) scriptCall {
	if c.via == viaSocket {
		address = "ws" + strings.TrimPrefix(address, "http")
	}
	return scriptCall{c.via, address, c.verb(), string(c.kind()), string(c.credentialed()), c.header}
}

// seen is what the script saw of a call.
type seen struct {
	Outcome string // readable, opaque, loaded, connected, blocked; hanging is a fault of the test
	Status  int
	Headers []string // readable names in lower case
	Body    string
	Error   string
}

func (s seen) String() string {
	if s.Error != "" {
		return s.Outcome + " (" + s.Error + ")"
	}
	return fmt.Sprintf("%s %d %v", s.Outcome, s.Status, s.Headers)
}

func mustParse(address string) *url.URL {
	u, err := url.Parse(address)
	if err != nil {
		panic(err)
	}
	return u
}
