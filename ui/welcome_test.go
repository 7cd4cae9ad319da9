package ui

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"corsage/profiles"
	"corsage/proxy"
)

func TestPlan(t *testing.T) {
	taken := []profiles.Item{{Profile: &profiles.Profile{Name: "dev.example.com"}}}
	for _, c := range []struct {
		name, backend, site string
		items               []profiles.Item
		url, profile, opens string
		origins             []string
		backendErr, siteErr string
	}{
		{name: "nothing typed", site: defaultSite},
		{name: "a page of the backend", backend: " https://dev.example.com/login?next=/ ", site: defaultSite,
			url: "https://dev.example.com", profile: "dev.example.com", opens: defaultSite},
		{name: "a name that is taken", backend: "https://dev.example.com", site: defaultSite, items: taken,
			url: "https://dev.example.com", profile: "dev.example.com 2", opens: defaultSite},
		{name: "a page without scheme", backend: "dev.example.com", site: "localhost:5173/app",
			url: "https://dev.example.com", profile: "dev.example.com", opens: "http://localhost:5173/app"},
		{name: "a page elsewhere is allowed by name", backend: "https://dev.example.com", site: "https://My.test:8443/app",
			url: "https://dev.example.com", profile: "dev.example.com", opens: "https://My.test:8443/app",
			origins: append(proxy.DefaultOrigins(), "https://my.test:8443")},
		{name: "a word", backend: "shop", site: defaultSite, backendErr: "is no address of a backend"},
		{name: "no page", backend: "https://dev.example.com", site: " ", siteErr: "type where your page runs"},
		{name: "a file", backend: "https://dev.example.com", site: "file:///home/me/index.html", siteErr: "serve its folder"},
		{name: "another scheme", backend: "https://dev.example.com", site: "ftp://x", siteErr: "http or https"},
		{name: "a wildcard page", backend: "https://dev.example.com", site: "http://localhost:*", siteErr: ""},
		{name: "the backend itself", backend: "https://dev.example.com", site: "https://dev.example.com/app", siteErr: "the backend itself"},
		{name: "both wrong", backend: "shop", site: "", backendErr: "is no address", siteErr: "type where"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, backendErr, siteErr := newPlan(c.backend, c.site, c.items)
			if got := messageOf(backendErr); !strings.Contains(got, c.backendErr) || (got == "") != (c.backendErr == "") {
				t.Errorf("of the backend it says %q, want %q", got, c.backendErr)
			}
			if got := messageOf(siteErr); !strings.Contains(got, c.siteErr) {
				t.Errorf("of the page it says %q, want %q", got, c.siteErr)
			}
			if c.url == "" {
				if p != nil {
					t.Errorf("made %+v", p)
				}
				return
			}
			if p == nil {
				t.Fatal("no plan")
			}
			if p.profile.Name != c.profile || p.profile.Backends[0].URL != c.url || p.site != c.opens || !slices.Equal(p.profile.Origins, c.origins) {
				t.Errorf("planned %+v", p)
			}
			if text := p.describe(); !strings.Contains(text, c.url) || !strings.Contains(text, p.origin) {
				t.Errorf("described as %q", text)
			}
		})
	}
}

// button finds a visible button by its label.
func button(t *testing.T, w fyne.Window, label string) *widget.Button {
	t.Helper()
	for _, o := range test.LaidOutObjects(w.Canvas().Content()) {
		if b, ok := o.(*widget.Button); ok && b.Text == label && b.Visible() {
			return b
		}
	}
	t.Fatalf("no button %q", label)
	return nil
}

func newTestWelcome(t *testing.T) (*calmUI, *welcomeWindow) {
	t.Helper()
	u := calm(t, newTestUI(t))
	u.CertPath = "/home/me/corsage-ca.pem"
	u.openLog(t) // without its goroutine, for which settle would wait
	u.shown = u.others(u.log.window)
	u.settle()
	w := openWelcome(u.UI)
	u.welcome = w.window
	u.ShowWelcome()
	return u, w
}

func TestFirstStartLeadsToAnOpenBrowser(t *testing.T) {
	u, w := newTestWelcome(t)
	if !button(t, w.window, "Create profile").Disabled() {
		t.Error("it goes on without an address")
	}
	fill(w.first.backend, "https://dev.example.com/login/")
	fill(w.first.site, "http://localhost:5173/app")
	if !w.first.box.Visible() || !strings.Contains(w.first.outcome.String(), "http://localhost:5173") {
		t.Errorf("it explains %q", w.first.outcome.String())
	}
	test.Tap(button(t, w.window, "Create profile"))
	u.settle()
	items := u.Store.Items()
	if len(items) != 1 || !items[0].Enabled || items[0].Profile.Backends[0].URL != "https://dev.example.com" {
		t.Fatalf("%+v", items)
	}
	if w.step != 1 {
		t.Fatalf("it is at step %d", w.step)
	}
	test.Tap(button(t, w.window, "Choose a browser"))
	test.Tap(button(t, w.window, "Open")) // the first
	u.settle()
	if want := []string{"Chromium dev.example.com http://localhost:5173/app"}; !slices.Equal(u.launched, want) {
		t.Errorf("launched %q, want %q", u.launched, want)
	}
	if u.log == nil || !u.isShown(u.log.window) || u.isShown(w.window) {
		t.Error("it did not end with the request log")
	}
	if w.step != 0 || w.first.backend.entry.Text != "" {
		t.Error("it is not ready to be used again")
	}
}

func TestGoingBackChangesTheSameProfile(t *testing.T) {
	u, w := newTestWelcome(t)
	fill(w.first.backend, "https://dev.example.com")
	w.create()
	u.settle()
	test.Tap(button(t, w.window, "Back"))
	fill(w.first.backend, "https://dev.example.com/x")
	w.create()
	u.settle()
	test.Tap(button(t, w.window, "Back"))
	fill(w.first.backend, "https://stage.example.com")
	w.create()
	u.settle()
	items := u.Store.Items()
	if len(items) != 1 || items[0].Profile.Name != "stage.example.com" || items[0].Profile.Backends[0].URL != "https://stage.example.com" || !items[0].Enabled {
		t.Errorf("%+v", items)
	}
}

func TestReviewTellsWhatIsOn(t *testing.T) {
	u, w := newTestWelcome(t)
	fill(w.first.backend, "https://dev.example.com")
	w.create()
	u.settle()
	var text strings.Builder
	for _, o := range test.LaidOutObjects(w.window.Canvas().Content()) {
		if r, ok := o.(*widget.RichText); ok {
			text.WriteString(strings.ToLower(r.String()) + "\n")
		}
	}
	for _, m := range profiles.Catalog() {
		if got := strings.Contains(text.String(), strings.ToLower(m.Label)); got != m.Default {
			t.Errorf("%s is told of: %v, on: %v", m.Label, got, m.Default)
		}
	}
}

func TestOwnBrowserGetsAddressesToCopy(t *testing.T) {
	u, w := newTestWelcome(t)
	w.show(2)
	var copied []string
	for _, o := range test.LaidOutObjects(w.window.Canvas().Content()) {
		if b, ok := o.(*widget.Button); ok && b.Text == "Copy" {
			test.Tap(b)
			copied = append(copied, u.app.Clipboard().Content())
		}
	}
	if want := []string{u.Addr, u.PACURL, u.CertPath}; !slices.Equal(copied, want) {
		t.Errorf("copied %q, want %q", copied, want)
	}
	test.Tap(button(t, w.window, "Show the request log"))
	if !u.isShown(u.log.window) {
		t.Error("the log is not shown")
	}
}

func TestDemoInstead(t *testing.T) {
	u, w := newTestWelcome(t)
	test.Tap(button(t, w.window, "Try the demo instead"))
	u.settle()
	if want := []string{"Chromium temporary http://localhost:4000"}; !slices.Equal(u.launched, want) || !u.isShown(u.log.window) {
		t.Errorf("launched %q", u.launched)
	}
}

func TestFailuresAreTold(t *testing.T) {
	u, w := newTestWelcome(t)
	u.failure = errors.New("no display")
	w.show(2)
	test.Tap(button(t, w.window, "Open"))
	u.settle()
	if w.window.Canvas().Overlays().Top() == nil || w.step != 2 || !u.isShown(w.window) {
		t.Error("a browser that did not open is not told of")
	}
	u.browsers = nil
	w.launch.refresh()
	if len(w.launch.list.Objects) != 1 {
		t.Error("no word about missing browsers")
	}
}
