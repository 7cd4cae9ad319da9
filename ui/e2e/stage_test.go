package e2e

import (
	"fmt"
	"maps"
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
	unchosen *unchosen
}

// kind is one of the kinds of backend that the whole story is told for.
type kind struct {
	name   string
	title  string // in README
	django *django
	// base is the backend's origin for one use: a host or a port of its own where
	// that can be had, so that no use sees another's cookies.
	base func(use string) string
	// site and unlisted are the same under one domain, whose suffix the public
	// suffix list has or does not have: WebKit lets no two names be of one site
	// where it doesn't. nil where no names can be had.
	site, unlisted func(use string) string
	// entry is that of a profile which has base chosen.
	entry func(base string) string
	// direct is an origin that the browser also reaches without Corsage, and
	// profile the one that has it chosen.
	direct, profile string
	// untouched is one that no profile has chosen.
	untouched string
}

// The kinds' titles in README, in its order.
const (
	onHTTPS     = "https, on another host"
	onPlain     = "plain http, on another host"
	onLocalhost = "plain http, on localhost"
)

func (s *stage) kinds() []kind {
	https, plain, local := s.world.https, s.world.plain, s.world.local("")
	return []kind{
		{
			name: "https", title: onHTTPS, django: https, direct: https.urls[0], profile: "Direct", untouched: https.urls[1],
			base:     func(use string) string { return "https://" + use + ".corsage.test" },
			site:     func(use string) string { return "https://" + use + ".example.com" },
			unlisted: func(use string) string { return "https://" + use + ".corsage.test" },
			entry: func(base string) string {
				return fmt.Sprintf("{url: %q, upstream: %q, ca: test-ca.pem}", base, https.urls[0])
			},
		},
		{
			name: "plain", title: onPlain, django: plain, direct: plain.urls[0], profile: "Direct", untouched: plain.urls[2],
			base:     func(use string) string { return "http://" + use + ".plain.test" },
			site:     func(use string) string { return "http://" + use + "-plain.example.com" },
			unlisted: func(use string) string { return "http://" + use + ".plain.test" },
			// As if the upstream were no port of this machine.
			entry: func(base string) string {
				return fmt.Sprintf("{url: %q, upstream: %q, host: url}", base, plain.urls[0])
			},
		},
		{
			name: "localhost", title: onLocalhost, django: plain, direct: local, profile: "Localhost", untouched: s.world.local("untouched"),
			base: s.world.local,
			entry: func(base string) string {
				if strings.HasPrefix(base, "http://localhost:") {
					return fmt.Sprintf("{url: %q}", base)
				}
				return fmt.Sprintf("{url: %q, upstream: %q}", base, local)
			},
		},
	}
}

// newStage starts all of it.
func newStage(t testing.TB, w *world, m mode) *stage {
	t.Helper()
	s := &stage{world: w, mode: m, unchosen: newUnchosen(t, w.ca)}
	s.corsage = startCorsage(t, w.corsage, w.ca, s.profiles(t, newLive(t, w.ca, liveHTTPS), newLive(t, w.ca, livePlain)))
	s.browser = m.start(t, browserOptions{proxy: s.corsage.proxy, cas: []string{w.ca.path, s.corsage.ca}})
	s.page = s.browser.open(t, w.pageURL)
	s.foreign = s.browser.open(t, w.foreignURL)
	return s
}

// profiles are the files that Corsage runs with: the backends' names exist
// nowhere but in them.
func (s *stage) profiles(t testing.TB, live, plainLive string) map[string]string {
	t.Helper()
	var https, plain strings.Builder
	for _, use := range []string{"dev", "own", "guard", "second"} {
		fmt.Fprintf(&https, "  - {url: \"https://%s.corsage.test\", upstream: %q, ca: test-ca.pem}\n", use, s.world.https.urls[0])
		fmt.Fprintf(&plain, "  - {url: \"http://%s.plain.test\", upstream: %q, host: url}\n", use, s.world.plain.urls[0])
	}
	files := map[string]string{
		"HTTPS":     "name: HTTPS\nbackends:\n" + https.String(),
		"Plain":     "name: Plain\nbackends:\n" + plain.String(),
		"Localhost": fmt.Sprintf("name: Localhost\nbackends:\n  - url: %q\n", s.world.plain.urls[1]),
		"Direct": fmt.Sprintf("name: Direct\nbackends:\n  - {url: %q, ca: test-ca.pem}\n  - {url: %q}\n",
			s.world.https.urls[0], s.world.plain.urls[0]),
		"Frames": fmt.Sprintf("name: Frames\nbackends:\n  - {url: \"https://frames.corsage.test\", upstream: %q, ca: test-ca.pem}\norigins: [\"http://localhost:*\", \"null\"]\n",
			s.world.https.urls[0]),
		"Cookies": fmt.Sprintf("name: Cookies\nbackends:\n  - {url: \"https://cookies.corsage.test\", upstream: %q, ca: test-ca.pem}\ntoggles: {hold-session: false}\n",
			s.world.https.urls[0]),
		"Sessions": fmt.Sprintf("name: Sessions\nbackends:\n  - {url: %q, upstream: %q, ca: test-ca.pem}\n", heldBase, s.world.https.urls[0]),
		"Kept":     fmt.Sprintf("name: Kept\nbackends:\n  - {url: %q, upstream: %q, ca: test-ca.pem}\nkeep-session: true\n", keptBase, s.world.https.urls[0]),
		"Peers": fmt.Sprintf("name: Peers\nbackends:\n"+
			"  - {url: %q, upstream: %q, ca: test-ca.pem}\n"+
			"  - {url: %q, upstream: %q, host: url}\n"+
			"  - {url: \"https://untrusted.corsage.test\", upstream: %q}\n"+
			"  - {url: \"https://down.corsage.test\", upstream: \"https://%s\"}\n",
			liveHTTPS, live, livePlain, plainLive, live, closedAddress(t)),
	}
	maps.Copy(files, s.wayProfiles())
	return files
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
	Age      int    `json:"age,omitempty"` // of the session, in seconds; 0 for Django's own
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
