package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// facade has a plain http backend, which answers to localhost alone, under an
// https name: its own pages are a secure context, keep cookies that only https can
// carry, and pass its CSRF check; its redirects stay under that name.
func (s *upstreamStage) facade(t *testing.T) {
	own := s.logIn(t, facadeBase)
	waitPath(t, own, "/own")
	token := "facade-" + s.mode.name
	got := run[ownResult](t, own, "own", map[string]string{"token": token})
	if got.User != username || got.Frame != username || got.Answer.Status != 200 {
		t.Errorf("the own page shows user %q, its frame %q, its call %s", got.User, got.Frame, got.Answer)
	}
	waitText(t, own, "String(isSecureContext)", "true")
	arrivals := s.strict.seen(t, token)
	if want := s.strict.urls[0]; len(arrivals) != 1 || arrivals[0].Origin != want || arrivals[0].Referer != want+"/own" || arrivals[0].Site == "cross-site" {
		t.Errorf("its call arrived as %+v, want it to come from %s", arrivals, want)
	}
	logged := s.corsage.waitExchange(t, "POST", facadeBase+"/echo?token="+token)
	if logged.Relation != "own" || !slices.Equal(slices.Compact(slices.Sorted(slices.Values(logged.Applied))), []string{"rewrite-origin", "rewrite-referer"}) {
		t.Errorf("the log has it as %s", logged.raw)
	}
	for _, want := range []cookie{
		{Name: "__Host-sessionid", HTTPOnly: true, Secure: true, SameSite: "none"},
		{Name: "__Host-csrftoken", Secure: true, SameSite: "none"},
	} {
		if kept := s.browser.cookies(t, strings.TrimPrefix(facadeBase, "https://")); !slices.Contains(kept, want) {
			t.Errorf("the browser keeps %+v, want %+v among them", kept, want)
		}
	}
	for _, to := range []string{s.strict.urls[0], strings.Replace(s.strict.urls[0], "http://localhost", "//LOCALHOST", 1), "http://facade.internal.test", facadeBase, ""} {
		back := call(t, own, fmt.Sprintf("%s/redirect?to=%s/me", facadeBase, to))
		if back.Status != 200 || back.URL != facadeBase+"/me" || !strings.Contains(back.Body, username) {
			t.Errorf("a redirect to %s/me ends as %s", to, back)
		}
	}

	// Over plain http the browser keeps none of these cookies, and so the login
	// page's own form is refused.
	plain := s.logIn(t, plainBase)
	waitText(t, plain, "document.readyState + ' ' + document.title", "complete 403 Forbidden")

	// An allowed page on another site has the session that Corsage holds.
	page := s.browser.open(t, s.pageURL)
	if got := call(t, page, facadeBase+"/me"); got.Status != 200 || got.URL != facadeBase+"/me" || !strings.Contains(got.Body, username) {
		t.Errorf("an allowed page: %s", got)
	}
}
