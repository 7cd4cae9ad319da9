package e2e

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"corsage/proxy/verdict"
)

// corsSite is one site twice: behind a server's own CORS code, and as it is, with
// a profile that says the same.
type corsSite struct {
	name   string // of the settings
	opened string // URL behind the server's CORS code
	plain  string // URL of the site as it is, asked through Corsage
}

// corsRequest is what a browser sends.
type corsRequest struct {
	method, path, origin string
	header               http.Header
}

func (r corsRequest) String() string {
	return fmt.Sprintf("%s %s Origin=%q %v", r.method, r.path, r.origin, r.header)
}

// preflight is a request that asks whether another may be made.
func (r corsRequest) preflight() bool {
	return r.method == http.MethodOptions && r.origin != "" && r.header.Get("Access-Control-Request-Method") != ""
}

// origins of pages: allowed ones in some settings, and look-alikes in none.
func corsOrigins() []string {
	return []string{
		"http://localhost:3000", "https://shop.example.org", "capacitor://localhost", "null", "",
		"http://evil.example", "http://localhost:30000", "https://shop.example.org.evil.example",
	}
}

// corsRequests are all requests: the common ones from all origins, the rest from
// one that all settings allow and one that few do.
func corsRequests() []corsRequest {
	asks := func(method string, more ...string) http.Header {
		h := http.Header{"Access-Control-Request-Method": {method}}
		for i := 0; i+1 < len(more); i += 2 {
			h.Set(more[i], more[i+1])
		}
		return h
	}
	const headers = "Access-Control-Request-Headers"
	common := []corsRequest{
		{method: "GET", path: "/api/plain"},
		{method: "OPTIONS", path: "/api/plain", header: asks("PUT", headers, "content-type,x-csrftoken")},
	}
	rest := []corsRequest{
		{method: "HEAD", path: "/api/plain"}, {method: "POST", path: "/api/plain"}, {method: "PUT", path: "/api/plain"},
		{method: "PATCH", path: "/api/plain"}, {method: "DELETE", path: "/api/plain"}, {method: "OPTIONS", path: "/api/plain"},
		{method: "GET", path: "/api/vary"}, {method: "GET", path: "/api/vary-origin"}, {method: "GET", path: "/api/vary-star"},
		{method: "GET", path: "/api/cookie"}, {method: "GET", path: "/api/cors"},
		{method: "GET", path: "/api/private"}, {method: "GET", path: "/api/private", header: http.Header{"Cookie": {"sessionid=1"}}},
		{method: "GET", path: "/api/redirect"}, {method: "GET", path: "/api/empty/204"}, {method: "GET", path: "/api/empty/304"},
		{method: "GET", path: "/api/status/404"}, {method: "POST", path: "/api/status/500"}, {method: "GET", path: "/missing"},
		{method: "GET", path: "/other"}, {method: "OPTIONS", path: "/other", header: asks("PUT")},
		{method: "OPTIONS", path: "/api/private", header: asks("DELETE")},
		{method: "OPTIONS", path: "/api/plain", header: asks("GET", headers, "authorization")},
		{method: "OPTIONS", path: "/api/plain", header: asks("PATCH", headers, "x-odd")},
		{method: "OPTIONS", path: "/api/plain", header: asks("PURGE")},
		{method: "OPTIONS", path: "/api/plain", header: asks("PUT", "Access-Control-Request-Private-Network", "true")},
		{method: "OPTIONS", path: "/api/cors", header: asks("PUT")},
	}
	var all []corsRequest
	from := func(origin string, requests []corsRequest) {
		for _, r := range requests {
			r.origin = origin
			all = append(all, r)
		}
	}
	for _, origin := range corsOrigins() {
		from(origin, common)
	}
	from("http://localhost:3000", rest)
	from("http://evil.example", rest)
	return all
}

// corsDifference is one answer's header, or what the browser makes of the answer,
// that is not the same.
type corsDifference struct {
	settings     string
	request      corsRequest
	what         string // the header, "status", or "verdict"
	theirs, ours string
	// answer is that of the server's own code.
	answer *verdict.Response
}

// asked is the method that a preflight asks for.
func (d corsDifference) asked() string { return d.request.header.Get("Access-Control-Request-Method") }

// granted reports whether the server's own code lets the page read its answer.
// The * of /api/cors is the site's own word.
func (d corsDifference) granted() bool {
	value := d.answer.Header.Get("Access-Control-Allow-Origin")
	return value == d.request.origin && value != "" || value == "*" && d.settings == "all_origins"
}

// ofAnotherSite reports a request of no page, or of one that is neither granted
// anything nor of the site of one that is.
func (d corsDifference) ofAnotherSite() bool {
	return !d.granted() && !strings.HasPrefix(d.request.origin, "http://localhost")
}

// from reports whether the request is of one of the settings and origins.
func (d corsDifference) from(settings []string, origins ...string) bool {
	return slices.Contains(settings, d.settings) && slices.Contains(origins, d.request.origin)
}

// gone reports a difference that is no more than this: the server's own code
// allows the page something, and Corsage does not.
func (d corsDifference) gone() bool {
	return d.ours == "" || d.what == "verdict" && strings.Contains(d.ours, "blocked") || d.what == "status"
}

// inList reports whether a list header names a token.
func inList(list, token string) bool {
	return slices.ContainsFunc(strings.Split(list, ","), func(s string) bool { return strings.EqualFold(strings.TrimSpace(s), token) })
}

func (d corsDifference) String() string {
	return fmt.Sprintf("%s: %v: %s: %q with the server's own code, %q through Corsage", d.settings, d.request, d.what, d.theirs, d.ours)
}

// known is a difference that is meant to be. what is as in corsDifference, or ""
// for all that differs then; why is the standard's reason.
type known struct {
	what, why string
	is        func(d corsDifference) bool
}

// compareCORS asks each site both ways, and holds the differences against those
// that are known. Each of these must occur.
func compareCORS(t *testing.T, proxy string, sites []corsSite, list []known) {
	proxyURL := &url.URL{Scheme: "http", Host: proxy}
	direct := &http.Client{Timeout: patience, Transport: &http.Transport{}, CheckRedirect: noRedirect}
	through := &http.Client{Timeout: patience, Transport: &http.Transport{Proxy: http.ProxyURL(proxyURL)}, CheckRedirect: noRedirect}
	occurred := make([]int, len(list))
	total, same, alike := 0, 0, 0
	for _, site := range sites {
		t.Run(site.name, func(t *testing.T) {
			for _, r := range corsRequests() {
				theirs, ours := r.send(t, direct, site.opened), r.send(t, through, site.plain)
				found := differences(site.name, r, theirs, ours)
				if total++; len(found) == 0 {
					same++
				}
				if !slices.ContainsFunc(found, func(d corsDifference) bool { return d.what == "verdict" }) {
					alike++
				}
				for _, d := range found {
					i := slices.IndexFunc(list, func(k known) bool { return (k.what == "" || k.what == d.what) && k.is(d) })
					if i < 0 {
						t.Error(d)
						continue
					}
					occurred[i]++
				}
			}
		})
	}
	t.Logf("%d requests both ways: %d with the same CORS headers and status, %d of which a browser makes the same", total, same, alike)
	if t.Failed() || testing.Verbose() {
		for i, k := range list {
			t.Logf("%5d %s: %s", occurred[i], k.what, k.why)
		}
	}
	for i, k := range list {
		if occurred[i] == 0 {
			t.Errorf("listed, but it does not occur: %s: %s", k.what, k.why)
		}
	}
}

func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// send sends the request to a site, and returns status and headers.
func (r corsRequest) send(t *testing.T, client *http.Client, site string) *verdict.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), r.method, site+r.path, nil)
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(req.Header, r.header)
	if r.origin != "" {
		req.Header.Set("Origin", r.origin)
	}
	response, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		t.Fatal(err)
	}
	return &verdict.Response{Status: response.StatusCode, Header: response.Header}
}

// differences compares all CORS headers, Vary, the status, and what a browser
// makes of them for calls with and without credentials.
func differences(settings string, r corsRequest, theirs, ours *verdict.Response) []corsDifference {
	var found []corsDifference
	compare := func(what, a, b string) {
		if a != b {
			found = append(found, corsDifference{settings, r, what, a, b, theirs})
		}
	}
	compare("status", strconv.Itoa(theirs.Status), strconv.Itoa(ours.Status))
	names := make(map[string]bool)
	for _, h := range []http.Header{theirs.Header, ours.Header} {
		for name := range h {
			if name == "Vary" || strings.HasPrefix(name, "Access-Control-") {
				names[name] = true
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		compare(name, strings.Join(theirs.Header[name], " | "), strings.Join(ours.Header[name], " | "))
	}
	if r.origin != "" {
		for _, mode := range []verdict.Credentials{verdict.Omit, verdict.Include} {
			compare("verdict", r.judge(theirs, mode), r.judge(ours, mode))
		}
	}
	return found
}

// judge is what a browser makes of an answer: the outcome, and which headers of
// this site's a script reads.
func (r corsRequest) judge(resp *verdict.Response, mode verdict.Credentials) string {
	u := &url.URL{Scheme: "https", Host: "dev.example.com", Path: r.path}
	h := maps.Clone(r.header)
	if h == nil {
		h = make(http.Header)
	}
	h.Set("Origin", r.origin)
	v := verdict.Judge(verdict.Browser{Engine: verdict.Chromium}, verdict.Request{
		Page: r.origin, URL: u, Method: r.method, Header: h, Mode: verdict.CORS, Credentials: mode, Arrived: true, Proxied: true,
	}, resp)
	read := slices.DeleteFunc(v.Readable, func(name string) bool { return name != "X-Total-Count" && name != "Link" })
	return fmt.Sprint(mode, ": ", v.Outcome, " ", read)
}
