package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// upstreams is what the three ways lead to: entries whose upstream lies elsewhere.
type upstreams struct {
	corsage string
	ca      *testCA
	strict  *django // on plain http, at home on localhost alone
	dev     *django // the shared backend, on https
	pageURL string  // a page at http://localhost
	foreign string  // the origin of a page that no profile allows
}

// TestUpstreams goes the three ways in browsers that give third parties no
// cookie at all, so that what works here works in every browser.
func TestUpstreams(t *testing.T) {
	if testing.Short() {
		t.Skip("starts browsers, Django and Vite, which -short is there to avoid")
	}
	dir := t.TempDir()
	u := &upstreams{ca: newTestCA(t, dir), corsage: buildCorsage(t, dir)}
	project := newDjangoProject(t, dir)
	u.dev = project.serve(t, u.ca, "https", "127.0.0.1")
	project.strict = true
	u.strict = project.serve(t, u.ca, "http", "localhost")
	u.pageURL = "http://localhost:" + portOf(t, newPage(t, "localhost").URL)
	u.foreign = newPage(t, "127.0.0.3").URL
	for _, m := range modes {
		if m.name != "chromium-blocking" && m.name != "firefox-blocking" {
			continue
		}
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			s := u.stage(t, m)
			t.Run("https façade", s.facade)
			t.Run("same site", s.sameSite)
			t.Run("overlay", s.overlay)
			t.Run("overlay the other way round", s.reverse)
			t.Run("the dev server is told the url's host", s.toldOtherwise)
			if m.name == "chromium-blocking" {
				t.Run("by a PAC file", s.automatic)
			}
		})
	}
}

// upstreamStage is one browser that goes through one Corsage, to dev servers of
// its own.
type upstreamStage struct {
	*upstreams
	root    *vite // a frontend's dev server
	app     *vite // the same below /app/
	mode    mode
	corsage *corsage
	browser browser
}

// The hosts exist nowhere but in the profiles.
const (
	facadeBase  = "https://facade.internal.test"
	plainBase   = "http://plain.internal.test"
	siteBase    = "https://dev.corsage.test"
	localBase   = "https://local.corsage.test"
	overlayBase = "https://overlay.corsage.test"
	reverseBase = "https://reverse.corsage.test"
	toldBase    = "https://told.corsage.test"
)

func (u *upstreams) stage(t *testing.T, m mode) *upstreamStage {
	t.Helper()
	s := &upstreamStage{upstreams: u, mode: m, root: newVite(t, "/"), app: newVite(t, "/app/")}
	backend := func(fields ...string) string { return "  - {" + strings.Join(fields, ", ") + "}\n" }
	url := func(base string) string { return fmt.Sprintf("url: %q", base) }
	path := func(expression string) string { return fmt.Sprintf("path: %q", expression) }
	to := func(address string) string { return fmt.Sprintf("upstream: %q", address) }
	dev := func(base string, fields ...string) string {
		return backend(append([]string{url(base), to(u.dev.urls[0]), "ca: test-ca.pem"}, fields...)...)
	}
	s.corsage = startCorsage(t, u.corsage, u.ca, map[string]string{
		"Facade": "name: Facade\nbackends:\n" + backend(url(facadeBase), to(u.strict.urls[0])) + backend(url(plainBase), to(u.strict.urls[0])),
		// Without a held session the cookies are the browser's own.
		"Site": "name: Site\ntoggles: {hold-session: false}\norigins: [\"" + localBase + "\"]\nbackends:\n" +
			dev(siteBase) + backend(url(localBase), to(s.root.url)),
		"Overlay": "name: Overlay\ntoggles: {hold-session: false}\nbackends:\n" +
			backend(url(overlayBase), path("^/app/"), to(s.app.url)) + dev(overlayBase),
		"Reverse": "name: Reverse\ntoggles: {hold-session: false}\nbackends:\n" +
			dev(reverseBase, path("^/(csrf|login|logout|me|notes|echo|redirect|accounts)(/|$)"), "host: upstream") + backend(url(reverseBase), to(s.root.url)),
		"Told": "name: Told\nbackends:\n" + backend(url(toldBase), to(s.root.url), "host: url"),
	})
	s.browser = m.start(t, browserOptions{proxy: s.corsage.proxy, cas: []string{u.ca.path, s.corsage.ca}})
	return s
}

// logIn fills the login page of the backend at base and sends it.
func (s *upstreamStage) logIn(t testing.TB, base string) tab {
	t.Helper()
	own := s.browser.open(t, base+loginPage)
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
	return own
}
