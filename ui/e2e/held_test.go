package e2e

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// The backend of these tests, as two profiles have it: one holds its session as
// long as Corsage runs, the other keeps it.
const (
	heldBase = "https://sessions.corsage.test"
	keptBase = "https://kept.corsage.test"
)

// heldSession tells what the held session makes of the backend's own page beside
// the frontend's, in a browser that keeps the two apart or not: of a login that is
// older than Corsage, of a rotation, a logout and an end that the own page's
// cookies don't follow.
func (s *stage) heldSession(t *testing.T) {
	own := s.browser.open(t, heldBase+loginPage)
	defer own.close(t)
	fillIn(t, own)

	// As if Corsage had been started only now.
	s.corsage.run(t, "cookies", "clear", "--profile", "Sessions")
	if got := call(t, s.page, heldBase+"/me"); !got.Redirected {
		t.Errorf("nothing is held, and the frontend gets %s", got)
	}
	if got := call(t, own, heldBase+"/me"); !got.is(username) {
		t.Fatalf("the own page after its login: %s", got)
	}
	if got := call(t, s.page, heldBase+"/me"); !got.is(username) {
		t.Errorf("a session older than Corsage: %s", got)
	}
	if c := s.heldCookie(t, sessionCookie); c.Learned != "sent" {
		t.Errorf("the session was learned as %+v", c)
	}

	// Another account logs in: Django ends the session and changes the CSRF token.
	// Where the own page has cookies of its own it goes on with the old ones.
	old := s.heldCookie(t, sessionCookie).Value
	for _, got := range run[[]answer](t, s.page, "login", account{Base: heldBase, Username: another, Password: password}) {
		if got.Status != 200 {
			t.Fatalf("%s: %s", got.Step, got)
		}
	}
	rotated := s.heldCookie(t, sessionCookie)
	if rotated.Value == old || rotated.Learned != "set" {
		t.Errorf("after the rotation it is %+v", rotated)
	}
	token := "rotated-" + s.mode.name
	call(t, own, heldBase+"/echo?token="+token)
	s.checkCarried(t, token, true)                  // or what follows proves nothing
	for _, page := range []string{"/csrf", "/me"} { // the answers set a token, and end the old session
		call(t, own, heldBase+page)
	}
	if got := call(t, s.page, heldBase+"/me"); !got.is(another) {
		t.Errorf("after the own page sent its old session: %s", got)
	}
	if now := s.heldCookie(t, sessionCookie); now.Value != rotated.Value {
		t.Errorf("the held session is %+v, was %+v", now, rotated)
	}
	for _, got := range run[[]answer](t, s.page, "tokenByHeader", map[string]string{"base": heldBase}) {
		if got.Status != 201 && got.Step != "read" {
			t.Errorf("%s, with the new token: %s", got.Step, got)
		}
	}
	s.logOut(t, heldBase)
	s.checkEnded(t, "logged-out-"+s.mode.name, own)
	s.sessionExpires(t, own)
}

// sessionExpires waits for the end of a short session.
func (s *stage) sessionExpires(t *testing.T, own tab) {
	t.Helper()
	for _, got := range run[[]answer](t, s.page, "login", account{Base: heldBase, Username: another, Password: password, Age: 2}) {
		if got.Status != 200 {
			t.Fatalf("%s: %s", got.Step, got)
		}
	}
	if c := s.heldCookie(t, sessionCookie); c.Expires == "" {
		t.Errorf("a session of two seconds is held as %+v", c)
	}
	if got := call(t, s.page, heldBase+"/me"); !got.is(another) {
		t.Errorf("before the session's end: %s", got)
	}
	if !eventually(func() bool { return s.heldCookie(t, sessionCookie).Name == "" }) {
		t.Fatal("the session does not end")
	}
	s.checkEnded(t, "expired-"+s.mode.name, own)
}

// checkEnded holds that the frontend sends no session any more, though the own
// page may.
func (s *stage) checkEnded(t *testing.T, token string, own tab) {
	t.Helper()
	for _, page := range []tab{s.page, own, s.page} {
		call(t, page, heldBase+"/me")
	}
	if got := call(t, s.page, heldBase+"/me"); !got.Redirected {
		t.Errorf("%s: the frontend gets %s", token, got)
	}
	call(t, s.page, heldBase+"/echo?token="+token)
	s.checkCarried(t, token, false)
}

// checkCarried holds whether the request with that token reached Django with a
// session cookie.
func (s *stage) checkCarried(t *testing.T, token string, want bool) {
	t.Helper()
	arrivals := s.world.https.seen(t, token)
	if len(arrivals) != 1 {
		t.Fatalf("%s: arrived as %+v", token, arrivals)
	}
	if got := slices.Contains(arrivals[0].Cookies, sessionCookie); got != want {
		t.Errorf("%s: it came with the cookies %q; with a session: %t, want %t", token, arrivals[0].Cookies, got, want)
	}
}

// twoAccounts has another browser beside the stage's, at once through the same
// Corsage: each keeps its own account.
func (s *stage) twoAccounts(t *testing.T) {
	second := startChromium(true)(t, browserOptions{proxy: s.corsage.proxy, cas: []string{s.world.ca.path, s.corsage.ca}})
	beside := second.open(t, s.world.pageURL)
	pages := map[string]tab{username: s.page, another: beside}
	for _, user := range []string{username, another} {
		for _, got := range run[[]answer](t, pages[user], "login", account{Base: heldBase, Username: user, Password: password}) {
			if got.Status != 200 {
				t.Fatalf("%s: %s: %s", user, got.Step, got)
			}
		}
	}
	for range 3 {
		for _, user := range []string{another, username} {
			if got := call(t, pages[user], heldBase+"/me"); !got.is(user) {
				t.Errorf("%s gets %s", user, got)
			}
		}
	}
	browsers := make(map[string]bool)
	for _, c := range s.heldCookies(t) {
		if c.Name == sessionCookie {
			browsers[strings.Fields(c.Browser)[0]] = true
		}
	}
	if len(browsers) != 2 || !browsers["Firefox"] {
		t.Errorf("sessions are held for %v", browsers)
	}
	if got := run[answer](t, beside, "logOut", heldBase); got.Status != 200 {
		t.Errorf("%s logs out: %s", another, got)
	}
	if got := call(t, beside, heldBase+"/me"); !got.Redirected {
		t.Errorf("%s, logged out, gets %s", another, got)
	}
	if got := call(t, s.page, heldBase+"/me"); !got.is(username) {
		t.Errorf("%s, after the other's logout, gets %s", username, got)
	}
	s.logOut(t, heldBase)
}

// privateWindow shows the bound of that: a private window has the same
// User-Agent, and so the same held session. A login in it begins with that, and
// Django ends it; the other window is the new account then too, or logged out where
// it has cookies of its own.
func (s *stage) privateWindow(t *testing.T) {
	private := s.browser.(*chromium).openPrivate(t, s.world.pageURL)
	defer private.close(t)
	pages := map[string]tab{username: s.page, another: private}
	for _, user := range []string{username, another} {
		for _, got := range run[[]answer](t, pages[user], "login", account{Base: heldBase, Username: user, Password: password}) {
			if got.Status != 200 {
				t.Fatalf("%s: %s: %s", user, got.Step, got)
			}
		}
	}
	if got := call(t, private, heldBase+"/me"); !got.is(another) {
		t.Errorf("the private window gets %s", got)
	}
	if got := call(t, s.page, heldBase+"/me"); !s.mode.third && !got.is(another) || s.mode.third && !got.Redirected {
		t.Errorf("the window beside it gets %s", got)
	}
	if got := run[answer](t, private, "logOut", heldBase); got.Status != 200 {
		t.Errorf("log out: %s", got)
	}
}

// restart ends Corsage and starts it again: of two logins in a browser that keeps
// none itself, the one that its profile keeps is still there.
func (s *stage) restart(t *testing.T) {
	for _, base := range []string{heldBase, keptBase} {
		s.logIn(t, base)
	}
	s.corsage.restart(t)
	if got := call(t, s.page, heldBase+"/me"); !got.Redirected {
		t.Errorf("not kept, and the frontend gets %s", got)
	}
	if got := call(t, s.page, keptBase+"/me"); !got.is(username) {
		t.Errorf("kept, and the frontend gets %s", got)
	}
	s.corsage.run(t, "cookies", "clear", "--profile", "Kept")
	if got := call(t, s.page, keptBase+"/me"); !got.Redirected {
		t.Errorf("cleared, and the frontend gets %s", got)
	}
}

// is says whether the answer is that of /me for the user.
func (a answer) is(user string) bool {
	return a.Status == 200 && !a.Redirected && strings.Contains(a.Body, `"`+user+`"`)
}

// heldCookie is a line of `corsage cookies ls --json`.
type heldCookie struct{ Browser, Name, Value, Expires, Learned string }

func (s *stage) heldCookies(t testing.TB) (list []heldCookie) {
	t.Helper()
	text := s.corsage.run(t, "cookies", "ls", "--profile", "Sessions", "--json", "--values")
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		t.Fatalf("corsage cookies ls: %v\n%s", err, text)
	}
	return list
}

// heldCookie is the cookie of that name, the zero one if none is held.
func (s *stage) heldCookie(t testing.TB, name string) heldCookie {
	t.Helper()
	list := s.heldCookies(t)
	if i := slices.IndexFunc(list, func(c heldCookie) bool { return c.Name == name }); i >= 0 {
		return list[i]
	}
	return heldCookie{}
}
