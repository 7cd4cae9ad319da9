package modify

import (
	"net/http"
	"strings"

	"corsage/proxy"
)

// AllowOrigin names the page's origin on answers.
//
// A request without an Origin header, such as that of an <img>, is not under the
// CORS check, and its answer names none. But it gets Vary: Origin as well, or a
// cached copy of it could answer a later fetch, which is (Fetch, "CORS
// protocol and HTTP caches"). So does an answer to another page, the backend's own
// among them, that a browser keeps where it looks for the allowed page's.
func AllowOrigin() proxy.Modifier {
	return proxy.Modifier{
		Name:  "allow-origin",
		Group: proxy.GroupCORS,
		Label: "Allow the page's origin",
		Help: "Sets Access-Control-Allow-Origin to the page's origin if the profile allows it, in place of what the backend sent, and adds Origin to Vary, of what pages of the same site get as well: browsers keep it in one cache. " +
			"Without it a page can't read the answer; with credentials * is refused, and so are two values. " +
			"Standard: Fetch, \"CORS check\".",
		Default: true,
		Response: func(f *proxy.Flow) {
			if f.Response.StatusCode == http.StatusSwitchingProtocols || f.Relation != proxy.Allowed && !keptForAllowed(f) {
				return
			}
			if underCORS(f) {
				// As the browser wrote it: it compares byte by byte.
				f.SetResponse("Access-Control-Allow-Origin", "Fetch, CORS check: with credentials the value must be the page's origin, once, and not *.", f.Received.Get("Origin"))
			}
			f.SetResponse("Vary", "Fetch, CORS protocol and HTTP caches: a cached answer for one origin must not serve another.", vary(f.Response.Header["Vary"])...)
		},
	}
}

// keptForAllowed reports whether a browser may answer an allowed page's request
// with what it got here for a page that is not allowed.
func keptForAllowed(f *proxy.Flow) bool {
	if m := f.Request.Method; m != http.MethodGet && m != http.MethodHead || hasToken(f.Response.Header["Cache-Control"], "no-store") {
		return false
	}
	page := f.Origin
	if page == "" {
		page = f.OwnOrigin()
	}
	return f.Rule.Origins.SharesCache(page) && f.Rule.ChoosesPath(f.URL.EscapedPath())
}

// vary returns Vary's values with Origin among them. A * covers it already.
func vary(values []string) []string {
	all := strings.Join(values, ",")
	if hasToken(values, "Origin") || hasToken(values, "*") {
		return values
	}
	if strings.Trim(all, " \t,") == "" {
		return []string{"Origin"}
	}
	last := len(values) - 1
	merged := append(values[:last:last], strings.TrimRight(values[last], " \t,"))
	if merged[last] == "" {
		merged[last] = "Origin"
	} else {
		merged[last] += ", Origin"
	}
	return merged
}
