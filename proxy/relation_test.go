package proxy

import (
	"net/http"
	"net/url"
	"testing"

	"corsage/proxy/session"
)

func TestRelate(t *testing.T) {
	const own, page, evil = "https://dev.example.com", "http://localhost:3000", "https://evil.test"
	for _, c := range []struct {
		name   string
		url    string // own where empty
		method string // GET where empty
		header []string
		null   string // "allowed" by the profile, "redirect" of an allowed request
		want   Relation
	}{
		{name: "no page", want: Own},
		{name: "own fetch", header: []string{"Origin", own, "Sec-Fetch-Site", "same-origin"}, want: Own},
		{name: "own WebSocket", header: []string{"Origin", own}, want: Own},
		{name: "own image", header: []string{"Referer", own + "/p", "Sec-Fetch-Site", "same-origin"}, want: Own},
		{name: "own form, no-referrer", method: "POST", header: []string{"Origin", "null", "Sec-Fetch-Site", "same-origin"}, want: Own},
		{name: "own form, no-referrer, null allowed", method: "POST", header: []string{"Origin", "null", "Sec-Fetch-Site", "same-origin"}, null: "allowed", want: Own},
		{name: "own page under a name with a dot", header: []string{"Origin", own + ".", "Sec-Fetch-Site", "same-origin"}, want: Own},
		{name: "sibling", header: []string{"Origin", "https://www.example.com", "Sec-Fetch-Site", "same-site"}, want: Own},
		{name: "typed", header: []string{"Sec-Fetch-Site", "none", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}, want: Own},
		{name: "extension", header: []string{"Origin", "chrome-extension://abc", "Sec-Fetch-Site", "none"}, want: Own},
		{name: "link", header: []string{"Referer", evil + "/", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}, want: Own},

		{name: "allowed fetch", header: []string{"Origin", page, "Sec-Fetch-Site", "cross-site"}, want: Allowed},
		{name: "allowed image", header: []string{"Referer", page + "/", "Sec-Fetch-Site", "cross-site"}, want: Allowed},
		{name: "allowed WebSocket", header: []string{"Origin", page}, want: Allowed},
		{name: "allowed form", method: "POST", header: []string{"Origin", page, "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}, want: Allowed},
		{name: "null allowed", header: []string{"Origin", "null", "Sec-Fetch-Site", "cross-site"}, null: "allowed", want: Allowed},
		{name: "null of a redirect", header: []string{"Origin", "null", "Sec-Fetch-Site", "cross-site"}, null: "redirect", want: Allowed},

		{name: "foreign fetch", header: []string{"Origin", evil, "Sec-Fetch-Site", "cross-site"}, want: Foreign},
		{name: "foreign image", header: []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors"}, want: Foreign},
		{name: "foreign prefetch", header: []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors", "Sec-Purpose", "prefetch"}, want: Foreign},
		{name: "foreign frame", header: []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "iframe", "Upgrade-Insecure-Requests", "1"}, want: Foreign},
		{name: "foreign form", method: "POST", header: []string{"Origin", evil, "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}, want: Foreign},
		{name: "foreign form, no-referrer", method: "POST", header: []string{"Origin", "null", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}, want: Foreign},
		{name: "foreign WebSocket", header: []string{"Origin", evil}, want: Foreign},
		{name: "foreign WebSocket, sandboxed", header: []string{"Origin", "null"}, want: Foreign},
		{name: "sandboxed frame of an allowed page", header: []string{"Origin", "null", "Referer", page + "/", "Sec-Fetch-Site", "cross-site"}, want: Foreign},
		{name: "allowed name as a user name", header: []string{"Referer", "http://localhost:3000@evil.test/", "Sec-Fetch-Site", "cross-site"}, want: Foreign},
		{name: "allowed name in the path", header: []string{"Referer", evil + "/" + page + "/", "Sec-Fetch-Site", "cross-site"}, want: Foreign},
		{name: "allowed name as a subdomain", header: []string{"Origin", "http://localhost.evil.test:3000", "Sec-Fetch-Site", "cross-site"}, want: Foreign},
		{name: "other scheme of the own site", header: []string{"Origin", "http://dev.example.com"}, want: Foreign},
		{name: "a public suffix in common", url: "https://a.github.io", header: []string{"Origin", "https://b.github.io"}, want: Foreign},

		// Plain http: no Sec-Fetch-*.
		{name: "plain, own fetch", url: "http://dev.test", header: []string{"Origin", "http://dev.test"}, want: Own},
		{name: "plain, foreign fetch", url: "http://dev.test", header: []string{"Origin", evil}, want: Foreign},
		{name: "plain, foreign image", url: "http://dev.test", header: []string{"Referer", "http://evil.test/"}, want: Foreign},
		{name: "plain, allowed image", url: "http://dev.test", header: []string{"Referer", page + "/"}, want: Allowed},
		{name: "plain, untold", url: "http://dev.test", want: Own},
		{name: "plain, null", url: "http://dev.test", method: "POST", header: []string{"Origin", "null"}, want: Foreign},
		{name: "plain, same address", url: "http://10.0.0.5:8000", header: []string{"Origin", "http://10.0.0.5:9000"}, want: Own},
		{name: "plain, address with the same end", url: "http://10.0.0.5", header: []string{"Origin", "http://66.66.0.5"}, want: Foreign},
		{name: "plain, IPv6 with the same end", url: "http://[::ffff:10.0.0.5]", header: []string{"Origin", "http://[64:ff9b::66.66.0.5]"}, want: Foreign},
		{name: "plain, IPv6 spelt otherwise", url: "http://[::ffff:127.0.0.1]:8000", header: []string{"Origin", "http://[::ffff:7f00:1]:8000"}, want: Own},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := http.Header{}
			for i := 0; i < len(c.header); i += 2 {
				h.Add(c.header[i], c.header[i+1])
			}
			method, address := c.method, c.url
			if method == "" {
				method = "GET"
			}
			if address == "" {
				address = own
			}
			u, err := url.Parse(address)
			if err != nil {
				t.Fatal(err)
			}
			u.Path = "/x"
			list := DefaultOrigins()
			if c.null == "allowed" {
				list = append(list, "null")
			}
			origins, err := ParseOrigins(list)
			if err != nil {
				t.Fatal(err)
			}
			f := &Flow{
				Rule: &Rule{Origins: origins, Sessions: session.NewStore()}, URL: u, Received: h,
				Request: &http.Request{Method: method, Header: h}, Origin: source(h),
			}
			if got := relate(f, true, func() bool { return c.null == "redirect" }); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
			// Outside the profile's paths the allowed are left alone, and the foreign guarded.
			if c.want == Allowed {
				c.want = Own
			}
			if got := relate(f, false, func() bool { return c.null == "redirect" }); got != c.want {
				t.Errorf("outside the paths: %s, want %s", got, c.want)
			}
		})
	}
}
