package e2e

import (
	"fmt"
	"net"
	"strings"
	"testing"
)

// stage is one browser in one mode that goes through one Corsage, and the
// frontend's page open in it.
type stage struct {
	*world
	mode     mode
	corsage  *corsage
	browser  browser
	page     tab // the frontend's
	foreign  tab // the page that no profile allows
	live     *live
	unchosen *unchosen
}

// kind is one of the kinds of backend that the whole story is told for.
type kind struct {
	name   string
	django *django
	// base is the backend's origin for one use: a host of its own where names
	// can be had, so that no use sees another's cookies.
	base func(use string) string
	// direct is an origin that the browser also reaches without Corsage, and
	// profile the one that has it chosen.
	direct, profile string
}

func (s *stage) kinds() []kind {
	local := s.world.plain.urls[1]
	return []kind{
		{
			name: "https", django: s.world.https, direct: s.world.https.urls[0], profile: "Direct",
			base: func(use string) string { return "https://" + use + ".corsage.test" },
		},
		{
			name: "plain", django: s.world.plain, direct: s.world.plain.urls[0], profile: "Direct",
			base: func(use string) string { return "http://" + use + ".plain.test" },
		},
		{
			name: "localhost", django: s.world.plain, direct: local, profile: "Localhost",
			base: func(string) string { return local },
		},
	}
}

// newStage starts all of it.
func newStage(t testing.TB, w *world, m mode) *stage {
	t.Helper()
	s := &stage{world: w, mode: m, unchosen: newUnchosen(t, w.ca)}
	var liveURL string
	s.live, liveURL = newLive(t, w.ca, "https://live.corsage.test")
	s.corsage = startCorsage(t, w.corsage, w.ca, s.profiles(t, liveURL))
	s.browser = m.start(t, browserOptions{proxy: s.corsage.proxy, cas: []string{w.ca.path, s.corsage.ca}})
	s.page = s.browser.open(t, w.pageURL)
	s.foreign = s.browser.open(t, w.foreignURL)
	return s
}

// profiles are the files that Corsage runs with: the backends' names exist
// nowhere but in them.
func (s *stage) profiles(t testing.TB, liveURL string) map[string]string {
	t.Helper()
	var https, plain strings.Builder
	for _, use := range []string{"dev", "own", "guard", "second"} {
		fmt.Fprintf(&https, "  - {url: \"https://%s.corsage.test\", upstream: %q, ca: test-ca.pem}\n", use, s.world.https.urls[0])
		fmt.Fprintf(&plain, "  - {url: \"http://%s.plain.test\", upstream: %q, host: url}\n", use, s.world.plain.urls[0])
	}
	return map[string]string{
		"HTTPS":     "name: HTTPS\nbackends:\n" + https.String(),
		"Plain":     "name: Plain\nbackends:\n" + plain.String(),
		"Localhost": fmt.Sprintf("name: Localhost\nbackends:\n  - url: %q\n", s.world.plain.urls[1]),
		"Direct": fmt.Sprintf("name: Direct\nbackends:\n  - {url: %q, ca: test-ca.pem}\n  - {url: %q}\n",
			s.world.https.urls[0], s.world.plain.urls[0]),
		"Frames": fmt.Sprintf("name: Frames\nbackends:\n  - {url: \"https://frames.corsage.test\", upstream: %q, ca: test-ca.pem}\norigins: [\"http://localhost:*\", \"null\"]\n",
			s.world.https.urls[0]),
		"Cookies": fmt.Sprintf("name: Cookies\nbackends:\n  - {url: \"https://cookies.corsage.test\", upstream: %q, ca: test-ca.pem}\ntoggles: {hold-session: false}\n",
			s.world.https.urls[0]),
		"Peers": fmt.Sprintf("name: Peers\nbackends:\n"+
			"  - {url: \"https://live.corsage.test\", upstream: %q, ca: test-ca.pem}\n"+
			"  - {url: \"https://untrusted.corsage.test\", upstream: %q}\n"+
			"  - {url: \"https://down.corsage.test\", upstream: \"https://%s\"}\n",
			liveURL, liveURL, closedAddress(t)),
	}
}

// closedAddress is a host:port that nothing listens on.
func closedAddress(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// account is what the story's functions log in with.
type account struct {
	Base     string `json:"base"`
	Username string `json:"username"`
	Password string `json:"password"`
}

func accountAt(base string) account {
	return account{Base: base, Username: username, Password: password}
}

// logIn logs the frontend's page in.
func (s *stage) logIn(t testing.TB, base string) {
	t.Helper()
	for _, got := range run[[]answer](t, s.page, "login", accountAt(base)) {
		if got.Status != 200 {
			t.Fatalf("%s: %s", got.Step, got)
		}
	}
}

// logOut ends the session, for those who come after on the same host.
func (s *stage) logOut(t testing.TB, base string) {
	t.Helper()
	if got := run[answer](t, s.page, "logOut", base); got.Status != 200 {
		t.Fatalf("log out: %s", got)
	}
}

// call is one credentialed fetch from a page.
func call(t testing.TB, page tab, url string) answer {
	t.Helper()
	return run[answer](t, page, "call", url)
}
