package ui

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"corsage/proxy/browser"
)

// system is a stand-in for the system's settings, which keeps what was set.
type system struct {
	state  SystemProxyState
	fails  error
	wrong  error // with the settings file
	sets   []string
	login  bool
	off    time.Duration
	shells int
	gate   sync.Mutex // held while the user acts
}

// act is what a user does; its effect comes after it, as on a real UI goroutine.
func (s *system) act(u *testUI, do func()) {
	s.gate.Lock()
	do()
	s.gate.Unlock()
	u.settle()
}

// wait returns once the user has acted.
func (s *system) wait() {
	s.gate.Lock()
	defer s.gate.Unlock()
}

// front gives the UI the system's settings.
func (s *system) front(u *testUI) {
	u.SystemProxy = &SystemProxy{
		State: func(context.Context) SystemProxyState { return s.state },
		Set: func(_ context.Context, on, fixed bool) error {
			s.wait()
			s.sets = append(s.sets, fmt.Sprintf("%t %t", on, fixed))
			if s.fails == nil {
				s.state.On, s.state.Fixed = on, fixed
			}
			return s.fails
		},
	}
	u.Login = &Login{
		State: func() (bool, string, error) { return s.login, "", s.fails },
		Set:   func(on bool) error { s.wait(); s.login = on; return s.fails },
	}
	u.AutoOff = &AutoOff{
		Get: func() (time.Duration, error) { return s.off, s.wrong },
		Set: func(d time.Duration) error { s.wait(); s.off = d; return s.fails },
	}
	u.Terminal = func(context.Context) error { s.shells++; return s.fails }
}

func openConnect(t *testing.T, s *system) (*testUI, *connectWindow) {
	t.Helper()
	u := newTestUI(t, "Shop")
	s.front(u)
	u.browsers = []browser.Browser{
		{Name: "Chromium", Path: "/usr/bin/chromium", Version: "156.0.8078.79"},
		{Name: "Firefox", Channel: browser.ESR, Kind: browser.Firefox, Path: "/usr/bin/firefox-esr", Version: "153.7.0"},
		{Name: "Brave", Sandbox: browser.Flatpak, App: "com.brave.Browser", Obstacle: "it is a flatpak, and the program flatpak is not on the PATH: install it"},
	}
	w := newConnectWindow(u.UI)
	u.adopt(w.window)
	u.show(w.window)
	u.look(w)
	return u, w
}

// look has the window ask as when it is opened, one question after the other,
// since fyne's test driver runs what is for the UI goroutine on any.
func (u *testUI) look(w *connectWindow) {
	w.refresh()
	w.system.ask()
	u.settle()
	w.self.ask()
	u.settle()
}

func TestConnectSystemProxy(t *testing.T) {
	s := &system{state: SystemProxyState{Desktop: "GNOME"}}
	u, w := openConnect(t, s)
	defer u.Close()
	if w.system.on.On || w.system.on.Disabled() {
		t.Errorf("on %t, disabled %t", w.system.on.On, w.system.on.Disabled())
	}
	s.act(u, func() { test.Tap(w.system.on) })
	if !slices.Equal(s.sets, []string{"true false"}) || !w.system.on.On {
		t.Fatalf("after a click: %q, shown %t", s.sets, w.system.on.On)
	}
	s.act(u, func() { w.system.how.SetSelected(systemByFixed) }) // while it is on, the other way takes effect at once
	if !slices.Equal(s.sets, []string{"true false", "true true"}) {
		t.Fatalf("after the other way: %q", s.sets)
	}
	s.act(u, func() { test.Tap(w.system.on) })
	if got := s.sets[len(s.sets)-1]; got != "false true" || w.system.on.On {
		t.Fatalf("after the second click: %q, shown %t", s.sets, w.system.on.On)
	}

	// A failure leaves the switch as the setting is, and is told.
	s.fails = errors.New("gsettings is missing")
	s.act(u, func() { test.Tap(w.system.on) })
	if w.system.on.On {
		t.Error("it shows on, and is off")
	}
	if o := w.window.Canvas().Overlays().Top(); o == nil {
		t.Error("the failure isn't told")
	}
	s.fails = nil

	// What somebody else does shows as it happens.
	s.state = SystemProxyState{Desktop: "GNOME", On: true, Note: "the address was changed by somebody else"}
	w.system.ask()
	u.settle()
	if !w.system.on.On {
		t.Error("what was set elsewhere is not shown")
	}
	if got := w.system.text.String(); !strings.Contains(got, "The address was changed by somebody else") || !w.system.note.Visible() {
		t.Errorf("the note says %q", got)
	}
}

func TestConnectWithoutSystemProxy(t *testing.T) {
	s := &system{state: SystemProxyState{Note: "Xfce has no proxy setting"}}
	u, w := openConnect(t, s)
	defer u.Close()
	if !w.system.on.Disabled() || !w.system.how.Disabled() {
		t.Error("a setting that isn't there can be set")
	}
	s.act(u, func() { test.Tap(w.system.on) })
	if len(s.sets) > 0 {
		t.Errorf("it was set: %q", s.sets)
	}
	if got := w.system.text.String(); !strings.Contains(got, "Xfce has no proxy setting") {
		t.Errorf("the note says %q", got)
	}
}

func TestConnectSelf(t *testing.T) {
	s := &system{off: 9 * time.Hour}
	u, w := openConnect(t, s)
	defer u.Close()
	if got := w.self.off.Selected; got != offLabel(9*time.Hour) {
		t.Errorf("off after %q", got)
	}
	s.act(u, func() { w.self.off.SetSelected("Never") })
	if s.off != 0 || w.self.off.Selected != "Never" {
		t.Errorf("set to %v, shown %q", s.off, w.self.off.Selected)
	}
	s.off = 90 * time.Minute // set in the file
	u.look(w)
	if got := w.self.off.Selected; got != "After 1h30m0s" {
		t.Errorf("a time of one's own is shown as %q", got)
	}
	s.wrong = errors.New("the settings file has a mistake in line 2")
	u.look(w)
	if got := w.self.offHelp.String(); !strings.Contains(got, "The settings file has a mistake in line 2") {
		t.Errorf("of a mistake in the settings file it says %q", got)
	}
	s.wrong = nil
	u.look(w)
	if got := w.self.offHelp.String(); !strings.Contains(got, offHelp) {
		t.Errorf("once that is corrected it says %q", got)
	}
	s.act(u, func() { test.Tap(w.self.login) })
	if !s.login || !w.self.login.On {
		t.Errorf("login %t, shown %t", s.login, w.self.login.On)
	}
	s.fails = errors.New("started by 'go run': install Corsage first")
	u.look(w)
	if !w.self.login.Disabled() || !strings.Contains(w.self.loginHelp.String(), "Started by 'go run'") {
		t.Errorf("disabled %t: %s", w.self.login.Disabled(), w.self.loginHelp.String())
	}
}

func TestConnectCopies(t *testing.T) {
	u, w := openConnect(t, &system{})
	defer u.Close()
	w.window.Resize(fyne.NewSize(780, 960))
	var copies []*widget.Button
	for _, o := range test.LaidOutObjects(w.window.Content()) {
		if b, ok := o.(*widget.Button); ok && b.Text == "Copy" {
			copies = append(copies, b)
		}
	}
	if len(copies) != 3 {
		t.Fatalf("%d buttons to copy", len(copies))
	}
	for i, want := range []string{u.PACURL, u.Addr, u.CertPath} {
		test.Tap(copies[i])
		if got := u.app.Clipboard().Content(); got != want || copies[i].Text != "Copied" {
			t.Errorf("%q was copied, want %q; the button says %s", got, want, copies[i].Text)
		}
		if i > 0 && copies[i-1].Text != "Copy" {
			t.Errorf("two buttons say that what is copied is theirs")
		}
	}
	if u.show(w.window); copies[2].Text != "Copy" {
		t.Error("opened anew, a button still says Copied")
	}
}

// TestConnectLook draws the window in both themes; CORSAGE_SCREENSHOTS names a
// folder to look at them.
func TestConnectLook(t *testing.T) {
	for name, variant := range map[string]fyne.ThemeVariant{"dark": theme.VariantDark, "light": theme.VariantLight} {
		for part, state := range map[string]SystemProxyState{
			"off":  {Desktop: "GNOME"},
			"on":   {Desktop: "GNOME", On: true, Before: "http://proxy.corp:3128"},
			"none": {Note: "Xfce has no setting that programs follow: open a browser from above, or a terminal from below."},
		} {
			s := &system{state: state, off: 9 * time.Hour}
			if part == "none" {
				s.wrong = errors.New("the settings file /home/me/.config/corsage/settings.yaml: line 2: system-proxy: \"on\" is not allowed: write pac or fixed")
			}
			u, w := openConnect(t, s)
			u.app.Settings().SetTheme(fixed{NewTheme(), variant})
			u.look(w)
			w.window.Resize(fyne.NewSize(780, 960))
			shoot(t, w.window.Canvas(), fmt.Sprintf("%s-connect-%s", name, part))
			u.Close()
		}
	}
}
