package proxy_test

import (
	"net/http"
	"net/http/httptest"
	"reflect"
	"testing"

	"corsage/proxy"
	"corsage/proxy/record"
)

// A document's policies are told with the requests of its origin's pages, in the
// browser that loaded it.
func TestPagePolicies(t *testing.T) {
	site := func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/strict":
			w.Header().Set("Content-Security-Policy", "connect-src 'self'")
			w.Header().Set("Cross-Origin-Embedder-Policy", "require-corp")
		case "/moved":
			w.Header().Set("Content-Security-Policy", "default-src 'none'")
			http.Redirect(w, r, "/strict", http.StatusFound)
			return
		}
		w.Header().Set("Content-Type", "text/html")
	}
	relax := proxy.Modifier{Name: "relax", Response: func(f *proxy.Flow) {
		if f.Response.Header.Get("Content-Security-Policy") != "" {
			f.SetResponse("Content-Security-Policy", "test", "connect-src 'self' https://api.example.com")
		}
	}}
	app := rule(t, "https://app.example.com", backend(t, site, false), relax)
	api := rule(t, "https://api.example.com", backend(t, echo, false))
	api.Origins = proxy.Origins{}
	r := start(t, app, api)

	load := func(url, browser string) {
		t.Helper()
		get(t, r.client, url, "User-Agent", browser, "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document", "Sec-Fetch-Site", "none")
	}
	asked := func(path, browser, origin, referer string) *record.Page {
		t.Helper()
		get(t, r.client, "https://api.example.com"+path, "User-Agent", browser, "Origin", origin, "Referer", referer, "Sec-Fetch-Mode", "cors", "Sec-Fetch-Site", "cross-site")
		return r.entry(t, func(e *record.Entry) bool { return e.Path == path }).Page
	}
	strict := &record.Page{
		URL:      "https://app.example.com/strict",
		Received: record.Policy{CSP: []string{"connect-src 'self'"}, Embedder: "require-corp"},
		Sent:     record.Policy{CSP: []string{"connect-src 'self' https://api.example.com"}, Embedder: "require-corp"},
	}
	plain := &record.Page{URL: "https://app.example.com/plain"}
	check := func(what string, got, want *record.Page) {
		t.Helper()
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, want %+v", what, got, want)
		}
	}
	check("before any document", asked("/0", "A", "https://app.example.com", "https://app.example.com/"), nil)
	load("https://app.example.com/strict", "A")
	check("its own", asked("/1", "A", "https://app.example.com", "https://app.example.com/"), strict)
	check("another browser's", asked("/2", "B", "https://app.example.com", "https://app.example.com/"), nil)
	load("https://app.example.com/moved", "A")
	check("a redirect is no document", asked("/3", "A", "https://app.example.com", "https://app.example.com/"), strict)
	load("https://app.example.com/plain", "A")
	check("the last one", asked("/4", "A", "https://app.example.com", "https://app.example.com/"), plain)
	check("the one of Referer", asked("/5", "A", "https://app.example.com", "https://app.example.com/strict"), strict)
	check("an opaque page", asked("/6", "A", "null", ""), nil)

	plainSite := httptest.NewServer(http.HandlerFunc(site))
	defer plainSite.Close()
	load(plainSite.URL+"/strict", "A")
	got := asked("/7", "A", plainSite.URL, plainSite.URL+"/")
	if got == nil || got.URL != plainSite.URL+"/strict" || !reflect.DeepEqual(got.Received, got.Sent) || got.Sent.Embedder != "require-corp" {
		t.Errorf("a document of a host that is not chosen: %+v", got)
	}
}
