package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

const sessionCookie = "sessionid"

// ownResult is what the backend's own page finds.
type ownResult struct {
	User, Frame string
	Answer      answer
}

// ownLogin logs in on the backend's own page, which must work as it does
// without Corsage, and then finds the frontend's page logged in.
func (s *stage) ownLogin(t *testing.T, k kind) {
	base := k.base("own")
	own := s.browser.open(t, base+loginPage)
	defer own.close(t)
	fillIn(t, own)

	token := "own-" + k.name + "-" + s.mode.name
	got := run[ownResult](t, own, "own", map[string]string{"token": token})
	if got.User != username || got.Frame != username {
		t.Errorf("the own page shows user %q, its frame %q, want %q in both", got.User, got.Frame, username)
	}
	if got.Answer.Status != 200 {
		t.Errorf("the own page's call: %s", got.Answer)
	}
	for name := range got.Answer.Headers {
		if strings.HasPrefix(name, "access-control-") {
			t.Errorf("the own page's answer has %s", name)
		}
	}
	arrivals := k.django.seen(t, token)
	if len(arrivals) != 1 || arrivals[0].Origin != base || !slices.Contains(arrivals[0].Cookies, sessionCookie) {
		t.Errorf("the own page's call arrived as %+v", arrivals)
	}
	logged := s.corsage.waitExchange(t, "POST", base+"/echo?token="+token)
	touched := slices.DeleteFunc(logged.Applied, func(toggle string) bool {
		return toggle == "drop-hsts" || toggle == "drop-alt-svc" // these are for all
	})
	if logged.Relation != "own" || len(touched) > 0 {
		t.Errorf("the log has the own page's call as %s", logged.raw)
	}
	s.checkOwnCookie(t, k, base)
	s.checkLink(t, k, base)

	if got := call(t, s.page, base+"/me"); got.Status != 200 || got.Redirected {
		t.Errorf("the frontend after the login on the own page: %s", got)
	}
	s.logOut(t, base)
	if got := call(t, own, base+"/me"); !got.Redirected {
		t.Errorf("the own page after the frontend's logout: %s", got)
	}
}

// fillIn logs in on the backend's own login page.
func fillIn(t testing.TB, own tab) {
	t.Helper()
	fill := fmt.Sprintf(`(() => {
		const form = document.forms[0];
		form.username.value = %q;
		form.password.value = %q;
		form.submit();
		return '';
	})()`, username, password)
	if _, err := own.eval(fill); err != nil {
		t.Fatalf("fill in the login form: %v", err)
	}
	waitPath(t, own, "/own")
}

// checkOwnCookie looks for the session cookie with the flags that Django gave it.
func (s *stage) checkOwnCookie(t *testing.T, k kind, base string) {
	t.Helper()
	host, _, _ := strings.Cut(strings.SplitN(base, "//", 2)[1], ":")
	kept := s.browser.cookies(t, host)
	want := cookie{Name: sessionCookie, HTTPOnly: true, Secure: k.name == "https", SameSite: "lax"}
	if !slices.Contains(kept, want) {
		t.Errorf("the browser keeps %+v, want %+v among them", kept, want)
	}
}

// checkLink follows a link on another site to the backend: a Lax cookie goes
// along, as it would without Corsage.
func (s *stage) checkLink(t *testing.T, k kind, base string) {
	t.Helper()
	token := "link-" + k.name + "-" + s.mode.name
	other := s.browser.open(t, s.foreignURL)
	defer other.close(t)
	if _, err := other.eval(fmt.Sprintf("(() => { location.href = %q; return ''; })()", base+"/echo?token="+token)); err != nil {
		t.Fatalf("follow a link: %v", err)
	}
	waitPath(t, other, "/echo")
	arrivals := k.django.seen(t, token)
	if len(arrivals) != 1 || !slices.Contains(arrivals[0].Cookies, sessionCookie) {
		t.Errorf("a link from another site arrived as %+v, want the session cookie with it", arrivals)
	}
}

// waitPath returns once the tab has loaded the path.
func waitPath(t testing.TB, page tab, path string) {
	t.Helper()
	var at string
	var err error
	loaded := func() bool {
		at, err = page.eval("document.readyState + ' ' + location.pathname")
		return err == nil && at == "complete "+path
	}
	if !eventually(loaded) {
		t.Fatalf("the tab is at %q (%v), want %s", at, err, path)
	}
}
