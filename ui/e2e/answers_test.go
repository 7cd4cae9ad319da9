package e2e

import (
	"regexp"
	"testing"
)

// answerCases are answers that a page must be able to read as they are.
var answerCases = []struct {
	name    string
	url     string
	status  int
	body    string // regular expression
	headers map[string]string
}{
	{name: "401", url: "https://dev.corsage.test/error/401", status: 401, body: `this is a 401`},
	{name: "403", url: "https://dev.corsage.test/error/403", status: 403, body: `this is a 403`},
	{name: "404", url: "https://dev.corsage.test/error/404", status: 404, body: `this is a 404`},
	{name: "500", url: "https://dev.corsage.test/error/500", status: 500, body: `this is a 500`},
	{name: "no such page", url: "https://dev.corsage.test/nowhere", status: 404, body: `Not Found`},
	{
		name: "headers of its own", url: "https://dev.corsage.test/headers", status: 200, body: `"ok": true`,
		headers: map[string]string{
			"x-total-count": "42", "x-request-id": "e2e-7", "link": `</headers?page=2>; rel="next"`,
		},
	},
	{name: "upstream down", url: "https://down.corsage.test/", status: 502, body: `(?i)refused`},
	{name: "upstream not trusted", url: "https://untrusted.corsage.test/", status: 502, body: `(?i)certificate`},
}

func (s *stage) answers(t *testing.T) {
	for _, c := range answerCases {
		t.Run(c.name, func(t *testing.T) {
			got := call(t, s.page, c.url)
			if got.Status != c.status || !regexp.MustCompile(c.body).MatchString(got.Body) {
				t.Errorf("%s; want %d and %s", got, c.status, c.body)
			}
			for name, value := range c.headers {
				if got.Headers[name] != value {
					t.Errorf("%s is %q to the page, want %q", name, got.Headers[name], value)
				}
			}
		})
	}
}

// redirectCases start at https://dev.corsage.test. A redirect to another
// origin makes the request's Origin null.
var redirectCases = []struct {
	name           string
	method, status string
	to             string
	body           string
}{
	{name: "same origin", method: "GET", status: "302", to: "/headers", body: `"ok": true`},
	{
		name: "another origin", method: "GET", status: "302", to: "https://second.corsage.test/echo",
		body: `"method": "GET".*"user": "ada"`,
	},
	{
		name: "another origin, method kept", method: "POST", status: "307", to: "https://second.corsage.test/echo",
		body: `"method": "POST".*"user": "ada"`,
	},
	{
		name: "another origin, preflighted", method: "PUT", status: "307", to: "https://second.corsage.test/echo",
		body: `"method": "PUT".*"user": "ada"`,
	},
}

func (s *stage) redirects(t *testing.T) {
	const start, second = "https://dev.corsage.test/redirect", "https://second.corsage.test"
	s.logIn(t, second)
	for _, c := range redirectCases {
		t.Run(c.name, func(t *testing.T) {
			got := run[answer](t, s.page, "send", map[string]string{
				"url": start + "?status=" + c.status + "&to=" + c.to, "method": c.method,
			})
			if got.Status != 200 || !got.Redirected || !regexp.MustCompile(c.body).MatchString(got.Body) {
				t.Errorf("%s; want 200 and %s", got, c.body)
			}
		})
	}
	t.Run("a sandboxed frame after them", func(t *testing.T) {
		if got := run[answer](t, s.page, "sandboxed", second+"/echo"); !got.refused() {
			t.Errorf("a frame whose null stems from no redirect reads %s", got)
		}
	})
	t.Run("from a foreign page", func(t *testing.T) {
		if got := call(t, s.foreign, start+"?to="+second+"/echo"); !got.refused() {
			t.Errorf("the foreign page reads %s", got)
		}
	})
	s.logOut(t, second)
}

// nullOrigin calls from a sandboxed frame: refused, unless the profile lists "null".
func (s *stage) nullOrigin(t *testing.T) {
	for _, c := range []struct {
		name, url string
		refused   bool
	}{
		{name: "not listed", url: "https://dev.corsage.test/headers", refused: true},
		{name: "listed", url: "https://frames.corsage.test/headers", refused: false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := run[answer](t, s.page, "sandboxed", c.url)
			if got.Origin != "null" {
				t.Fatalf("the frame's origin is %q", got.Origin)
			}
			if got.refused() != c.refused || !c.refused && got.Status != 200 {
				t.Errorf("%s; want refused: %t", got, c.refused)
			}
		})
	}
}
