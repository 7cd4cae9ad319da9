package verdict

import "net/http"

const preflightFetch = "CORS-preflight fetch"

// preflight reports a CORS preflight.
func (r *Request) preflight() bool {
	return r.Method == http.MethodOptions && r.Header.Get("Origin") != "" && r.Header.Get("Access-Control-Request-Method") != ""
}
