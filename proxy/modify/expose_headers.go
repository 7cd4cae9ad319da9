package modify

import (
	"maps"
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
	names := slices.Collect(maps.Keys(f.Response.Header))
	names = append(names, tokens(f.Response.Header["Access-Control-Expose-Headers"])...)
	names = slices.DeleteFunc(names, func(name string) bool {
		lower := strings.ToLower(name)
		return unexposed[lower] || strings.HasPrefix(lower, "access-control-") || !httpguts.ValidHeaderFieldName(name)
	})
	slices.SortFunc(names, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
	return slices.CompactFunc(names, strings.EqualFold)
}

// unexposed are headers that need no listing, that no script may read, or that
// end with the connection. Some backends send "*" among the names.
var unexposed = map[string]bool{
	"*": true,

	// Fetch, CORS-safelisted response-header name.
	"cache-control": true, "content-language": true, "content-length": true, "content-type": true,
	"expires": true, "last-modified": true, "pragma": true,

	// Fetch, forbidden response-header name.
	"set-cookie": true, "set-cookie2": true,

	// RFC 9110, section 7.6.1: hop by hop.
	"connection": true, "keep-alive": true, "proxy-authenticate": true, "proxy-connection": true,
	"te": true, "trailer": true, "transfer-encoding": true, "upgrade": true,
}
