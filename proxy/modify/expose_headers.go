package modify

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"

	"corsage/proxy"
)

// ExposeHeaders names the answer's headers, so that scripts can read them.
func ExposeHeaders() proxy.Modifier {
	return proxy.Modifier{
		Name:  "expose-headers",
		Group: proxy.GroupCORS,
		Label: "Expose response headers",
		Help: "Lists the answer's own header names in Access-Control-Expose-Headers, together with those that the backend exposed. " +
			"Scripts see only a few safe headers otherwise, and with credentials * names nothing; Set-Cookie can never be read. " +
			"Standard: Fetch, \"CORS-safelisted response-header name\".",
		Default: true,
		Response: func(f *proxy.Flow) {
			if f.Preflight || !underCORS(f) {
				return
			}
			if revalidation(f) {
				f.SetResponse("Access-Control-Expose-Headers", "RFC 9111, 4.3.4: here it would replace the list of the cached answer, which has more headers than a 304.")
				return
			}
			var values []string
			if names := exposed(f); len(names) > 0 {
				values = []string{strings.Join(names, ", ")}
			}
			f.SetResponse("Access-Control-Expose-Headers", "Fetch, CORS filtered response: scripts read only headers that are listed by name.", values...)
		},
	}
}

// revalidation reports whether f's answer brings a cached one up to date. A 304
// that the page asked for itself is delivered to it instead: then browsers send
// Cache-Control: no-cache (Fetch, "HTTP-network-or-cache fetch").
func revalidation(f *proxy.Flow) bool {
	return f.Response.StatusCode == http.StatusNotModified && !hasToken(f.Received["Cache-Control"], "no-cache")
}

// exposed returns the names to list, each once, sorted without regard to case.
func exposed(f *proxy.Flow) []string {
	names := make([]string, 0, len(f.Response.Header)+4)
	for name := range f.Response.Header {
		if exposable(name) {
			names = append(names, name)
		}
	}
	for _, name := range tokens(f.Response.Header["Access-Control-Expose-Headers"]) {
		if exposable(name) {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, compareFold)
	return slices.CompactFunc(names, strings.EqualFold)
}

func exposable(name string) bool {
	canonical := http.CanonicalHeaderKey(name)
	return !unexposed[canonical] && !strings.HasPrefix(canonical, "Access-Control-") && httpguts.ValidHeaderFieldName(name)
}

// compareFold is strings.Compare without regard to the case of ASCII letters.
func compareFold(a, b string) int {
	for i := range min(len(a), len(b)) {
		if c := cmp.Compare(lower(a[i]), lower(b[i])); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// unexposed are headers that need no listing, that no script may read, or that
// end with the connection. Some backends send "*" among the names.
var unexposed = map[string]bool{
	"*": true,

	// Fetch, CORS-safelisted response-header name.
	"Cache-Control": true, "Content-Language": true, "Content-Length": true, "Content-Type": true,
	"Expires": true, "Last-Modified": true, "Pragma": true,

	// Fetch, forbidden response-header name.
	"Set-Cookie": true, "Set-Cookie2": true,

	// RFC 9110, section 7.6.1: hop by hop.
	"Connection": true, "Keep-Alive": true, "Proxy-Authenticate": true, "Proxy-Connection": true,
	"Te": true, "Trailer": true, "Transfer-Encoding": true, "Upgrade": true,
}
