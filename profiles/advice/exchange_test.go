package advice

import (
	"net/http"
	"strings"
	"testing"

	"corsage/profiles"
	"corsage/proxy/record"
	"corsage/proxy/verdict"
)

func TestOfExchange(t *testing.T) {
	const agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"
	const page = "http://localhost:3000"
	call := http.Header{"Origin": {page}, "Sec-Fetch-Mode": {"cors"}}
	image := http.Header{"Referer": {page + "/"}, "Sec-Fetch-Mode": {"no-cors"}, "Sec-Fetch-Dest": {"image"}}
	frame := http.Header{"Referer": {page + "/"}, "Sec-Fetch-Mode": {"navigate"}, "Sec-Fetch-Dest": {"iframe"}}
	cors := http.Header{"Access-Control-Allow-Origin": {page}, "Access-Control-Allow-Credentials": {"true"}}
	with := func(h http.Header, name, value string) http.Header {
		h = h.Clone()
		h.Set(name, value)
		return h
	}
	for name, c := range map[string]struct {
		origin, relation  string
		off               []string // toggles
		request, response http.Header
		want              string // titles
		on                []string
	}{
		"nothing is wrong": {page, "allowed", nil, call, cors, "", nil},
		"CORS is off": {page, "allowed", []string{"allow-origin"}, call, http.Header{},
			"Add the CORS headers, and answer preflights", []string{"allow-origin"}},
		"CORS is on, and something else is wrong": {page, "allowed", nil, call, http.Header{}, "", nil},
		"another page here": {"http://app.localhost:3000", "foreign", nil, with(call, "Origin", "http://app.localhost:3000"), http.Header{},
			"Allow the origin http://app.localhost:3000", nil},
		"a page elsewhere":  {"https://app.example.org", "foreign", nil, with(call, "Origin", "https://app.example.org"), http.Header{}, "", nil},
		"a sandboxed frame": {"null", "foreign", nil, with(call, "Origin", "null"), http.Header{}, "", nil},
		"another path":      {page, "own", nil, call, http.Header{}, "", nil},
		"an image": {page, "allowed", nil, image, http.Header{"Cross-Origin-Resource-Policy": {"same-origin"}},
			"Let allowed pages embed the backend's answers", []string{"relax-corp"}},
		"a frame": {page, "allowed", nil, frame, http.Header{"X-Frame-Options": {"DENY"}},
			"Let allowed pages frame the backend's documents", []string{"relax-frame-options"}},
		"a frame with a policy": {page, "allowed", nil, frame, http.Header{"Content-Security-Policy": {"frame-ancestors 'none'"}},
			"Relax the Content-Security-Policy", []string{"relax-csp"}},
		"a cookie": {page, "allowed", []string{"cookie-samesite", "hold-session"}, call, with(cors, "Set-Cookie", "s=1; SameSite=Lax"),
			"Relax the cookies, and hold the session", []string{"cookie-samesite", "hold-session"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := &profiles.Profile{Name: "Shop", Backends: []profiles.Backend{{URL: "https://dev.example.com"}}}
			for _, toggle := range c.off {
				p.Set(toggle, false)
			}
			request := with(c.request, "User-Agent", agent)
			e := &record.Entry{
				Method: http.MethodGet, URL: "https://dev.example.com/api", Status: 200, State: record.Done, Origin: c.origin, Relation: c.relation,
				Request: record.Message{Head: record.NewHead(request)}, Response: record.Message{Head: record.NewHead(c.response)},
			}
			pair, ok := verdict.Of(e)
			if !ok {
				t.Fatal("there is no verdict")
			}
			var titles []string
			for _, s := range OfExchange(e, pair, p) {
				titles = append(titles, s.Title)
				s.Apply(p)
			}
			if got := strings.Join(titles, "; "); got != c.want {
				t.Errorf("%q, want %q (%s: %s)", got, c.want, pair.Delivered.Outcome, pair.Delivered.Why)
			}
			for _, toggle := range c.on {
				if !p.On(toggle) {
					t.Errorf("%s is off", toggle)
				}
			}
			if err := p.Validate(); err != nil {
				t.Error(err)
			}
			if left := OfExchange(e, pair, p); len(left) > 0 {
				t.Errorf("once it is done, it still says %q", left[0].Title)
			}
		})
	}
}
