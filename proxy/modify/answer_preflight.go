package modify

import (
	"net/http"
	"strings"

	"golang.org/x/net/http/httpguts"

	"corsage/proxy"
)

// AnswerPreflight answers preflights of allowed pages itself.
func AnswerPreflight() proxy.Modifier {
	return proxy.Modifier{
		Name:  "answer-preflight",
		Group: proxy.GroupCORS,
		Label: "Answer preflights",
		Help: "Answers a preflight (OPTIONS with Origin and Access-Control-Request-Method) with 204 here, and echoes the asked names in Access-Control-Allow-Methods and Access-Control-Allow-Headers. " +
			"A preflight carries no cookies, so a backend behind a login answers it with 401, 403, 405 or a redirect, and the browser never sends the real request. " +
			"Standard: Fetch, \"CORS-preflight fetch\".",
		Default: true,
		Request: func(f *proxy.Flow) {
			method := f.Received.Get("Access-Control-Request-Method")
			if f.Relation != proxy.Allowed || !f.Preflight || !httpguts.ValidHeaderFieldName(method) {
				return
			}
			f.Answer(http.StatusNoContent, "Fetch, CORS-preflight fetch: it needs a 2xx answer, and carries no cookies that a login would want.")
			f.SetResponse("Access-Control-Allow-Methods", "Fetch, CORS-preflight fetch: with credentials the method must be named, * is no wildcard.", method)
			if asked := tokens(f.Received["Access-Control-Request-Headers"]); asked != nil {
				f.SetResponse("Access-Control-Allow-Headers",
					"Fetch, CORS-preflight fetch: each header the page sends must be named; * never covers Authorization, nor anything with credentials.",
					strings.Join(asked, ", "))
			}
		},
	}
}
