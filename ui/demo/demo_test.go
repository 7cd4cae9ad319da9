package demo

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"corsage/ui/instance"
)

// corsage is a Corsage with the demo in it.
type corsage struct {
	*Demo
	*instance.Instance
}

func startCorsage(t *testing.T) corsage {
	t.Helper()
	d, err := Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	i, err := instance.Start(t.Context(), instance.Options{
		Listen: "127.0.0.1:0", Dirs: dirs(dir), Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
		if err := i.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := d.Install(i.Store); err != nil {
		t.Fatal(err)
	}
	return corsage{d, i}
}

// spki is what a Chromium needs to trust the demo's roots.
func (c corsage) spki() string {
	var spkis []string
	for _, root := range c.Roots() {
		spkis = append(spkis, root.SPKI)
	}
	return strings.Join(spkis, ",")
}

func (c corsage) open(t *testing.T, blocking bool) chromium {
	t.Helper()
	b := startChromium(t, c.Addr(), c.spki(), blocking)
	b.open(t, c.PageURL())
	b.waitFor(t, `window.results && !document.getElementById('panel').hidden`)
	return b
}

var (
	everything = []string{"csrf", "login", "me", "write", "header", "delete", "site", "events", "socket", "error", "logout"}
	// loggedIn is what needs a session, and login what that needs.
	login    = []string{"login", "me", "write", "header", "delete", "site", "events", "socket", "logout"}
	loggedIn = login[1:]
)

// TestToggles turns things off in a real Chromium, sees the page go red where it
// should, and green again after.
func TestToggles(t *testing.T) {
	tests := []struct {
		off  []string // toggles; none for the whole profile
		want []string // red
		// third is what is red where third parties may keep cookies, if that is
		// something else. The token cookie of earlier runs is then still there.
		third []string
	}{
		{want: everything},
		{off: []string{"allow-origin"}, want: everything},
		{off: []string{"allow-credentials"}, want: everything},
		{off: []string{"answer-preflight"}, want: login},
		{off: []string{"expose-headers"}, want: []string{"csrf", "header"}},
		{off: []string{"hold-session"}, want: login, third: []string{}},
		{off: []string{"hold-session", "cookie-samesite"}, want: login, third: loggedIn},
		{off: []string{"cookie-samesite"}, want: []string{}},
		{off: []string{"rewrite-origin"}, want: login},
		{off: []string{"rewrite-referer"}, want: login},
		{off: []string{"rewrite-fetch-site"}, want: []string{"site"}},
		{off: []string{"csrf-token"}, want: append([]string{"csrf"}, login...)},
	}
	for name, blocking := range map[string]bool{"third-party cookies blocked": true, "third-party cookies allowed": false} {
		t.Run(name, func(t *testing.T) {
			c := startCorsage(t)
			page := c.open(t, blocking)
			check := func(when string, want []string) {
				t.Helper()
				if results := page.runSteps(t); !slices.Equal(red(results), want) {
					t.Errorf("%s: red %q, want %q\n%v", when, red(results), want, results)
				}
			}
			check("all on", []string{})
			for _, test := range tests {
				want := test.want
				if !blocking && test.third != nil {
					want = test.third
				}
				c.set(t, page, test.off, false)
				check(fmt.Sprint("off: ", test.off), want)
				c.set(t, page, test.off, true)
				check(fmt.Sprint("on again: ", test.off), []string{})
			}
		})
	}
}

// set switches toggles of the Demo profile, or without any the profile, and
// waits until the page knows. Its own run is then under way, and the next one
// is all on the new state.
func (c corsage) set(t *testing.T, page chromium, toggles []string, on bool) {
	t.Helper()
	if len(toggles) == 0 {
		if err := c.Store.SetEnabled(ProfileName, on); err != nil {
			t.Fatal(err)
		}
		page.waitFor(t, fmt.Sprintf(`document.getElementById('profile').checked === %t`, on))
	}
	for _, name := range toggles {
		if err := c.Store.SetToggle(ProfileName, name, on); err != nil {
			t.Fatal(err)
		}
		page.waitFor(t, fmt.Sprintf(`document.getElementById('toggle-%s').checked === %t`, name, on))
	}
}

// TestSwitchOnThePage flips a switch on the page itself and sees the colours
// follow, with nothing else done.
func TestSwitchOnThePage(t *testing.T) {
	c := startCorsage(t)
	page := c.open(t, true)
	state := `document.getElementById('step-header').dataset.state`
	page.waitFor(t, state+` === 'good'`)
	eval[bool](t, page, `document.getElementById('toggle-expose-headers').click(), true`)
	page.waitFor(t, state+` === 'bad' && document.getElementById('score').textContent === '9 of 11 calls work'`)
	for _, item := range c.Store.Items() {
		if item.Profile.Name == ProfileName && item.Profile.On("expose-headers") {
			t.Error("the page shows the toggle off, but it is on in the store")
		}
	}
	if err := c.Store.SetToggle(ProfileName, "expose-headers", true); err != nil {
		t.Fatal(err)
	}
	page.waitFor(t, state+` === 'good' && document.getElementById('toggle-expose-headers').checked`)

	eval[bool](t, page, `document.getElementById('profile').click(), true`)
	page.waitFor(t, `document.getElementById('hint').textContent.startsWith('The profile is off.')`)
	page.waitFor(t, `document.getElementById('score').textContent === '0 of 11 calls work'`)
	eval[bool](t, page, `document.getElementById('profile').click(), true`)
	page.waitFor(t, `document.getElementById('score').textContent === 'All 11 calls work' && document.getElementById('hint').hidden`)
}

// TestWithoutTheProxy opens the page in a browser that knows nothing of Corsage.
func TestWithoutTheProxy(t *testing.T) {
	c := startCorsage(t)
	page := startChromium(t, "", c.spki(), false)
	page.open(t, c.PageURL())
	page.waitFor(t, `window.results`)
	if got := red(page.runSteps(t)); !slices.Equal(got, everything) {
		t.Errorf("red %q, want everything", got)
	}
	page.waitFor(t, `document.getElementById('hint').textContent.includes('does not use Corsage\'s proxy')`)
}
