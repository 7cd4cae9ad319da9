package verdict

import (
	"net/http"

	"corsage/proxy/record"
)

// fromPage reports an exchange that a page caused.
func fromPage(e *record.Entry, h http.Header) bool {
	switch h.Get("Sec-Fetch-Site") {
	case "none":
		return false
	case "":
		return e.Origin != ""
	}
	return true
}
