package ui

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"

	"corsage/profiles"
	"corsage/proxy/browser"
)

// says is what a notice says, "" while it is hidden.
func (n *loopbackNotice) says() string {
	if !n.box.Visible() {
		return ""
	}
	return n.text.String()
}

const localFile = `name: Local
backends:
  - url: https://dev.example.com
  - url: http://localhost:8000
`

// In the editor the notice comes with a backend on this machine, and goes with it.
func TestLoopbackInTheEditor(t *testing.T) {
	p := newTestProfiles(t, map[string]string{"shop.yaml": shopFile})
	p.browsers = []browser.Browser{{Name: "Chromium", Path: "/usr/bin/chromium"}}
	notice := p.editor.backends.local
	if got := notice.says(); got != "" {
		t.Errorf("without a backend on this machine it says %q", got)
	}
	p.enter(p.wayFields(0)["url"], "http://localhost:8000")
	if got := notice.says(); !strings.HasPrefix(got, "http://localhost:8000 is on this machine") || !strings.HasSuffix(got, "url https://dev.test, upstream http://localhost:8000.") {
		t.Errorf("it says %q", got)
	}
	test.Tap(notice.button)
	p.settle()
	if len(p.launched) != 1 || notice.button.Text != "Open Chromium" {
		t.Errorf("the button %q opened %q", notice.button.Text, p.launched)
	}
	p.enter(p.wayFields(0)["url"], "https://dev.test")
	p.enter(p.wayFields(0)["upstream"], "http://localhost:8000")
	if got := notice.says(); got != "" {
		t.Errorf("with the name that it proposes it says %q", got)
	}
}

// Elsewhere it stands where a browser of one's own is set up, for the profiles
// that are on.
func TestLoopbackWhereTrafficIsAwaited(t *testing.T) {
	u, w := openConnect(t, &system{state: SystemProxyState{Desktop: "GNOME"}})
	l, _ := u.openLog(t)
	for _, url := range []string{"http://localhost:8000", "http://127.0.0.1:9000", "http://[::1]:1"} {
		name := strings.NewReplacer(":", "", "/", "", ".", "", "[", "", "]", "").Replace(url)
		if err := u.Store.Create(profiles.Profile{Name: name, Backends: []profiles.Backend{{URL: url}}}); err != nil {
			t.Fatal(err)
		}
		if w.refresh(); strings.Contains(w.local.says(), url) {
			t.Errorf("it speaks of %s, whose profile is off", url)
		}
		u.enable(name, true)
	}
	w.refresh()
	welcome := newWelcomeLaunch(&welcomeWindow{ui: u.UI})
	u.log.refresh()
	for where, said := range map[string]string{"Connect": w.local.says(), "Welcome": welcome.local.says(), "the log": l.empty.text.Text} {
		if !strings.Contains(said, "http://[::1]:1, http://127.0.0.1:9000 and others are on this machine") {
			t.Errorf("%s says %q", where, said)
		}
	}
}

// TestLoopbackLook draws the notice where it stands; CORSAGE_SCREENSHOTS names a
// folder to look at it.
func TestLoopbackLook(t *testing.T) {
	p := newTestProfiles(t, map[string]string{"local.yaml": localFile})
	p.app.Settings().SetTheme(fixed{NewTheme(), theme.VariantLight})
	p.browsers = []browser.Browser{{Name: "Chromium", Path: "/usr/bin/chromium"}}
	p.editor.show()
	p.window.Resize(fyne.NewSize(1000, 1100))
	shoot(t, p.window.Canvas(), "loopback-profile")

	u, w := openConnect(t, &system{state: SystemProxyState{Desktop: "GNOME"}})
	if err := u.Store.Create(profiles.Profile{Name: "Local", Backends: []profiles.Backend{{URL: "http://localhost:8000"}}}); err != nil {
		t.Fatal(err)
	}
	u.enable("Local", true)
	u.look(w)
	w.window.Resize(fyne.NewSize(780, 1099)) // lines that break by the width are laid out anew
	w.window.Resize(fyne.NewSize(780, 1100))
	shoot(t, w.window.Canvas(), "loopback-connect")
	l, _ := u.openLog(t)
	u.log.refresh()
	l.window.Resize(fyne.NewSize(1000, 600))
	shoot(t, l.window.Canvas(), "loopback-log")
}
