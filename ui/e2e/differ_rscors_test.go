package e2e

import (
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rs/cors"
)

// TestLikeRSCORS compares a Go server with github.com/rs/cors to the same server
// through Corsage.
func TestLikeRSCORS(t *testing.T) {
	dir := t.TempDir()
	var sites []corsSite
	profiles := make(map[string]string)
	for _, s := range rsSettings() {
		opened := serveOn(t, "127.0.0.1", nil, cors.New(s.options).Handler(goSite()))
		plain := serveOn(t, "127.0.0.1", nil, goSite())
		sites = append(sites, corsSite{name: s.name, opened: opened.URL, plain: plain.URL})
		profiles[s.name] = "name: " + s.name + "\nbackends: [{url: \"" + plain.URL + "\"}]\n" + s.profile
	}
	c := startCorsage(t, buildCorsage(t, dir), newTestCA(t, dir), profiles)
	compareCORS(t, c.proxy, sites, knownForRSCORS())
}

// rsSettings are options of rs/cors, and the profile that says the same: origins
// and toggles.
func rsSettings() []struct {
	name    string
	options cors.Options
	profile string
} {
	const (
		local = "http://localhost:3000"
		shop  = "https://shop.example.org"
		bare  = "expose-headers: false, allow-private-network: false"
	)
	methods := []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}
	headers := []string{"*"}
	return []struct {
		name    string
		options cors.Options
		profile string
	}{
		{"origins", cors.Options{AllowedOrigins: []string{local, shop}, AllowedMethods: methods, AllowedHeaders: headers},
			"origins: [\"" + local + "\", \"" + shop + "\"]\ntoggles: {allow-credentials: false, preflight-max-age: false, " + bare + "}\n"},
		{"credentials", cors.Options{AllowedOrigins: []string{local, shop}, AllowedMethods: methods, AllowedHeaders: headers, AllowCredentials: true},
			"origins: [\"" + local + "\", \"" + shop + "\"]\ntoggles: {preflight-max-age: false, " + bare + "}\n"},
		{"wildcard", cors.Options{AllowedOrigins: []string{"http://localhost:*", "https://*.example.org"}, AllowedMethods: methods, AllowedHeaders: headers, AllowCredentials: true},
			"origins: [\"http://localhost:*\", \"https://*.example.org\"]\ntoggles: {preflight-max-age: false, " + bare + "}\n"},
		{"sandboxed", cors.Options{AllowedOrigins: []string{"null", local}, AllowedMethods: methods, AllowedHeaders: headers},
			"origins: [\"null\", \"" + local + "\"]\ntoggles: {allow-credentials: false, preflight-max-age: false, " + bare + "}\n"},
		{"all_origins", cors.Options{AllowedMethods: methods, AllowedHeaders: headers},
			"origins: [\"/.+/\", \"null\"]\ntoggles: {allow-credentials: false, preflight-max-age: false, " + bare + "}\n"},
		{"all_with_credentials", cors.Options{AllowOriginFunc: func(string) bool { return true }, AllowedMethods: methods, AllowedHeaders: headers, AllowCredentials: true},
			"origins: [\"/.+/\", \"null\"]\ntoggles: {preflight-max-age: false, " + bare + "}\n"},
		{"methods", cors.Options{AllowedOrigins: []string{local}, AllowedMethods: []string{"GET", "POST", "PURGE"}, AllowedHeaders: []string{"Content-Type", "X-Odd"}},
			"origins: [\"" + local + "\"]\ntoggles: {allow-credentials: false, preflight-max-age: false, " + bare + "}\n"},
		{"expose", cors.Options{AllowedOrigins: []string{local}, AllowedMethods: methods, AllowedHeaders: headers, ExposedHeaders: []string{"x-total-count", "X-Absent"}},
			"origins: [\"" + local + "\"]\ntoggles: {allow-credentials: false, preflight-max-age: false, allow-private-network: false}\n"},
		{"max_age", cors.Options{AllowedOrigins: []string{local}, AllowedMethods: methods, AllowedHeaders: headers, MaxAge: 600},
			"origins: [\"" + local + "\"]\ntoggles: {allow-credentials: false, " + bare + "}\n"},
		{"private_network", cors.Options{AllowedOrigins: []string{local}, AllowedMethods: methods, AllowedHeaders: headers, AllowPrivateNetwork: true},
			"origins: [\"" + local + "\"]\ntoggles: {allow-credentials: false, preflight-max-age: false, expose-headers: false}\n"},
	}
}

// goSite is the site of testdata/cors in Go. It takes an OPTIONS for any other
// request, as the views there do.
func goSite() http.Handler {
	mux := http.NewServeMux()
	answer := func(status int, header ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			h := w.Header()
			h.Set("X-Total-Count", "5")
			h.Set("Link", `</api/plain?page=2>; rel="next"`)
			for i := 0; i < len(header); i += 2 {
				h.Add(header[i], header[i+1])
			}
			w.WriteHeader(status)
			if status == http.StatusOK {
				io.WriteString(w, `{"ok": true}`)
			}
		}
	}
	mux.HandleFunc("/api/plain", answer(200))
	mux.HandleFunc("/api/private", func(w http.ResponseWriter, r *http.Request) {
		status := http.StatusOK
		if _, err := r.Cookie("sessionid"); err != nil {
			status = http.StatusUnauthorized
		}
		answer(status)(w, r)
	})
	mux.HandleFunc("/api/vary", answer(200, "Vary", "Accept-Language, Cookie"))
	mux.HandleFunc("/api/vary-origin", answer(200, "Vary", "Accept, origin"))
	mux.HandleFunc("/api/vary-star", answer(200, "Vary", "*"))
	mux.HandleFunc("/api/cookie", answer(200, "Set-Cookie", "seen=1; Path=/"))
	mux.HandleFunc("/api/redirect", answer(302, "Location", "/api/plain"))
	mux.HandleFunc("/api/cors", answer(200, "Access-Control-Allow-Origin", "*"))
	for _, status := range []int{204, 304} {
		mux.HandleFunc("/api/empty/"+strconv.Itoa(status), func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(status) })
	}
	mux.HandleFunc("/api/status/404", answer(404))
	mux.HandleFunc("/api/status/500", answer(500))
	mux.HandleFunc("/other", answer(200))
	return mux
}

// knownForRSCORS are all differences to rs/cors 1.11.
func knownForRSCORS() []known {
	const (
		methods = "Access-Control-Allow-Methods"
		headers = "Access-Control-Allow-Headers"
		origin  = "Access-Control-Allow-Origin"
		expose  = "Access-Control-Expose-Headers"
	)
	// refused: the origin is allowed, but not the method or a header that is asked
	// for; rs/cors then leaves all CORS headers out.
	refused := func(d corsDifference) bool {
		allowed := d.request.origin == "http://localhost:3000" || strings.HasPrefix(d.settings, "all_")
		method := d.request.method
		if d.request.preflight() {
			method = d.asked()
		}
		lacks := method == "PURGE"
		if d.settings == "methods" {
			lacks = !slices.Contains([]string{"GET", "POST", "PURGE", "OPTIONS"}, method) || d.request.header.Get("Access-Control-Request-Headers") == "authorization"
		}
		return allowed && lacks && !d.granted()
	}
	twice := func(d corsDifference) bool { return len(d.answer.Header[origin]) == 2 && d.request.path == "/api/cors" }
	return []known{
		{"status", "Fetch, CORS-preflight fetch: what asks for a method, but names no origin or one that is not allowed, goes to the backend, as it would without Corsage; it fails either way",
			func(d corsDifference) bool {
				return d.asked() != "" && !d.granted() && d.theirs == "204" && (d.ours == "200" || d.ours == "401" && d.request.path == "/api/private")
			}},
		{"status", "RFC 6265bis, 5.6.7: the profile lets cookies cross sites, so it must hold back those of pages that it does not allow",
			func(d corsDifference) bool {
				return d.request.header.Get("Cookie") != "" && d.answer.Header.Get(origin) == "" && d.theirs == "200" && d.ours == "401"
			}},

		{origin, "Fetch, CORS check: the page's origin does what * does, and with credentials too",
			func(d corsDifference) bool {
				return d.settings == "all_origins" && d.theirs == "*" && d.ours == d.request.origin
			}},
		{origin, "Fetch, CORS check: two values are refused; a header of the backend's own is replaced, where rs/cors adds to it",
			func(d corsDifference) bool { return twice(d) && d.ours == d.request.origin }},
		{"verdict", "the same: so the page reads what it could not",
			func(d corsDifference) bool {
				return twice(d) && strings.Contains(d.theirs, "blocked") && strings.Contains(d.ours, "readable")
			}},
		{origin, "Fetch, CORS-preflight fetch: a preflight of a page that is not allowed is the backend's to answer; what it answers is left as it was",
			func(d corsDifference) bool {
				return d.request.preflight() && d.request.path == "/api/cors" && d.theirs == "" && d.ours == "*"
			}},

		{origin, "Fetch, CORS check and CORS-preflight fetch: a profile has no lists of methods and headers, which could only keep a page from the backend's own answer; the backend's methods are the backend's to refuse",
			func(d corsDifference) bool { return refused(d) && d.theirs == "" && d.ours == d.request.origin }},
		{"Access-Control-Allow-Credentials", "the same",
			func(d corsDifference) bool { return refused(d) && d.theirs == "" && d.ours == "true" }},
		{methods, "the same",
			func(d corsDifference) bool { return refused(d) && d.theirs == "" && d.ours == d.asked() }},
		{headers, "the same",
			func(d corsDifference) bool {
				return refused(d) && d.theirs == "" && d.ours == strings.ReplaceAll(d.request.header.Get("Access-Control-Request-Headers"), ",", ", ")
			}},
		{"Access-Control-Max-Age", "the same",
			func(d corsDifference) bool { return refused(d) && d.theirs == "" && d.ours == "1" }},
		{"verdict", "the same",
			func(d corsDifference) bool {
				return refused(d) && strings.Contains(d.theirs, "blocked") && (strings.Contains(d.ours, "passed") || strings.Contains(d.ours, "readable"))
			}},

		{headers, "RFC 9110, 5.6.1: space after a list's comma means nothing",
			func(d corsDifference) bool { return strings.ReplaceAll(d.theirs, ",", ", ") == d.ours }},
		{"Access-Control-Max-Age", "Fetch, CORS-preflight cache: it spares the browser preflights and decides nothing; a profile has one second, so that a changed toggle counts at once, or none",
			func(d corsDifference) bool { return d.request.preflight() && d.theirs == "600" && d.ours == "1" }},

		{expose, "Fetch, CORS filtered response: all names of the answer are exposed, those of the settings among them; a name that the answer does not have exposes nothing",
			func(d corsDifference) bool {
				shared := inList(d.ours, "X-Total-Count") == (d.answer.Header.Get("X-Total-Count") != "")
				return d.settings == "expose" && shared && !inList(d.ours, "X-Absent") && d.ours != ""
			}},
		{expose, "RFC 9111, 4.3.4: on a 304 it would replace the list of the cached answer",
			func(d corsDifference) bool {
				return d.settings == "expose" && d.request.path == "/api/empty/304" && d.ours == ""
			}},
		{"verdict", "Fetch, CORS filtered response: so a script reads more than the settings list",
			func(d corsDifference) bool {
				return d.settings == "expose" && strings.HasSuffix(d.theirs, "[X-Total-Count]") && strings.HasSuffix(d.ours, "[Link X-Total-Count]")
			}},

		{"Vary", "RFC 9110, 9.3.7: no cache keeps an answer to OPTIONS, so that it need not tell what it varies by",
			func(d corsDifference) bool {
				return d.asked() != "" && strings.HasPrefix(d.theirs, "Origin, Access-Control-Request-Method") && (d.ours == "Origin" || d.ours == "")
			}},
		{"Vary", "RFC 9110, 5.2: two lines of a header are one list, and a name is in it once; * has Origin in it (12.5.5)",
			func(d corsDifference) bool {
				theirs := strings.TrimPrefix(d.theirs, "Origin | ")
				return theirs != d.theirs && (d.ours == theirs+", Origin" || d.ours == theirs && (inList(theirs, "Origin") || theirs == "*"))
			}},
		{"Vary", "Fetch, HTTP cache partitions: a browser keeps what other sites' pages get apart from what the allowed page gets; the backend's answers to pages that are not allowed are left as they were",
			func(d corsDifference) bool {
				return d.ofAnotherSite() && (d.theirs == "Origin" && d.ours == "" || d.theirs == "Origin | "+d.ours)
			}},
	}
}
