package e2e

import (
	"slices"
	"strings"
	"testing"
)

// sameSite has the local frontend under a name of the backend's own site: to the
// browser its requests are no third party's, so that it keeps the cookies itself.
func (s *upstreamStage) sameSite(t *testing.T) {
	page := s.browser.open(t, localBase+"/")
	defer page.close(t)
	checkStory(t, siteBase, run[[]answer](t, page, "story", accountAt(siteBase)))
	s.wantOwnCookies(t, page, siteBase)
	if logged := s.corsage.waitExchange(t, "POST", siteBase+"/logout"); logged.Relation != "allowed" {
		t.Errorf("the log has the logout as %s", logged.raw)
	}
	s.hotReload(t, s.root, localBase+"/")
}

// overlay has some paths of the backend's origin from here: there is one origin,
// and so neither CORS nor third parties.
func (s *upstreamStage) overlay(t *testing.T) {
	page := s.browser.open(t, overlayBase+"/app/")
	defer page.close(t)
	checkStory(t, overlayBase, run[[]answer](t, page, "story", accountAt(overlayBase)))
	if logged := s.corsage.waitExchange(t, "POST", overlayBase+"/logout"); logged.Relation != "own" {
		t.Errorf("the log has the logout as %s", logged.raw)
	}
	s.hotReload(t, s.app, overlayBase+"/app/")

	own := s.logIn(t, overlayBase)
	waitPath(t, own, "/own")
	if got := call(t, page, overlayBase+"/me"); !strings.Contains(got.Body, username) {
		t.Errorf("the frontend after the login on the backend's own page: %s", got)
	}
	if got := call(t, page, overlayBase+"/app"); !strings.Contains(got.Body, "Not Found") {
		t.Errorf("/app is the backend's, and gives %s", got)
	}
	// What rides on it from elsewhere comes without cookies, as without an overlay.
	foreign := s.browser.open(t, s.foreign)
	defer foreign.close(t)
	token := "overlay-" + s.mode.name
	run[[]answer](t, foreign, "ride", map[string]string{"base": overlayBase, "token": token})
	for _, a := range waitArrivals(t, s.dev, token, "cors", "get", "post", "image", "form") {
		if len(a.Cookies) > 0 {
			t.Errorf("the foreign page's %s arrived with %v", a.How, a.Cookies)
		}
	}
}

// reverse has the frontend's origin, and some of its paths from the backend, which
// goes by its own name.
func (s *upstreamStage) reverse(t *testing.T) {
	page := s.browser.open(t, reverseBase+"/")
	defer page.close(t)
	checkStory(t, reverseBase, run[[]answer](t, page, "story", accountAt(reverseBase)))
	s.wantOwnCookies(t, page, reverseBase)
	if got := call(t, page, reverseBase+"/redirect?to="+s.dev.urls[0]+"/echo"); got.URL != reverseBase+"/echo" {
		t.Errorf("a redirect to the backend's own name ends as %s", got)
	}
	token := "reverse-" + s.mode.name
	if got := run[answer](t, page, "send", map[string]string{"url": reverseBase + "/echo?token=" + token, "method": "POST"}); got.Status != 200 {
		t.Errorf("a POST: %s", got)
	}
	if arrivals := s.dev.seen(t, token); len(arrivals) != 1 || arrivals[0].Origin != s.dev.urls[0] {
		t.Errorf("it arrived as %+v, want it from %s", arrivals, s.dev.urls[0])
	}
	s.hotReload(t, s.root, reverseBase+"/")
}

// toldOtherwise shows what the default of host is for: a dev server that is told
// the url's host refuses it.
func (s *upstreamStage) toldOtherwise(t *testing.T) {
	page := s.browser.open(t, toldBase+"/")
	defer page.close(t)
	if text, err := page.eval("document.body.textContent"); err != nil || !strings.Contains(text, "This host (\"told.corsage.test\") is not allowed") {
		t.Errorf("it says %q (%v)", text, err)
	}
}

// automatic has the browser ask Corsage's PAC file: a name that exists nowhere is
// the way to a dev server on this machine, which no PAC file has a say in.
func (s *upstreamStage) automatic(t *testing.T) {
	b := s.mode.start(t, browserOptions{pac: "http://" + s.corsage.proxy + "/proxy.pac", cas: []string{s.ca.path, s.corsage.ca}})
	page := b.open(t, localBase+"/")
	waitText(t, page, "document.documentElement.dataset.hot ?? ''", "connected")
	checkStory(t, siteBase, run[[]answer](t, page, "story", accountAt(siteBase)))
}

// wantOwnCookies logs the page in and finds the session with the browser.
func (s *upstreamStage) wantOwnCookies(t *testing.T, page tab, base string) {
	t.Helper()
	for _, got := range run[[]answer](t, page, "login", accountAt(base)) {
		if got.Status != 200 {
			t.Fatalf("%s: %s", got.Step, got)
		}
	}
	kept := s.browser.cookies(t, strings.TrimPrefix(base, "https://"))
	if !slices.ContainsFunc(kept, func(c cookie) bool { return c.Name == sessionCookie && c.HTTPOnly && c.Secure }) {
		t.Errorf("the browser keeps %+v", kept)
	}
}

// hotReload edits a file of the frontend that is open at address, and sees it
// change in the page without a reload, over a WebSocket through the proxy.
func (s *upstreamStage) hotReload(t *testing.T, v *vite, address string) {
	t.Helper()
	page := s.browser.open(t, address)
	waitText(t, page, "document.documentElement.dataset.hot ?? ''", "connected")
	if _, err := page.eval("window.before = 'the edit'"); err != nil {
		t.Fatal(err)
	}
	v.edit(t, "edited for "+address)
	waitText(t, page, "document.getElementById('message').textContent", "edited for "+address)
	waitText(t, page, "window.before ?? 'reloaded'", "the edit")
	page.close(t)
	var found exchange
	if !eventually(func() bool {
		for _, e := range s.corsage.all() {
			if strings.HasPrefix(e.URL, address+"?token=") && strings.Contains(e.raw, `"type":"websocket"`) {
				found = e
			}
		}
		return found.raw != ""
	}) {
		t.Fatalf("the log has no WebSocket at %s", address)
	}
	if found.Relation != "own" || !slices.Contains(found.Applied, "rewrite-origin") {
		t.Errorf("the log has the WebSocket as %s", found.raw)
	}
}
