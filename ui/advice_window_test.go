package ui

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// newLoginWall is a backend that sends a preflight to its login.
func newLoginWall(t *testing.T) (url string, asked *atomic.Int32) {
	asked = new(atomic.Int32)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if r.Method == http.MethodOptions {
			http.Redirect(w, r, "/login/?next=/", http.StatusFound)
			return
		}
		w.Header().Set("Set-Cookie", "sessionid=1; HttpOnly; SameSite=Lax")
	}))
	t.Cleanup(s.Close)
	return s.URL, asked
}

// said is all text in the window's results.
func (w *adviceWindow) said() string {
	var b strings.Builder
	for _, o := range test.LaidOutObjects(w.results) {
		switch o := o.(type) {
		case *widget.RichText:
			b.WriteString(o.String() + "\n")
		case *canvas.Text:
			b.WriteString(o.Text + "\n")
		}
	}
	return b.String()
}

func TestAdviceWindow(t *testing.T) {
	backend, asked := newLoginWall(t)
	p := newTestProfiles(t, map[string]string{"shop.yaml": "name: Shop\nbackends:\n  - url: " + backend + "\ntoggles: {answer-preflight: false, hold-session: false}\n"})
	test.Tap(button(t, p.window, "Advice"))
	w := p.advice
	if w == nil || !p.isShown(w.window) || w.page.Text != "http://localhost:3000" || w.backend.Text != backend {
		t.Fatalf("the window shows %+v", w)
	}
	if asked.Load() != 0 || len(w.results.Objects) != 0 {
		t.Error("it asks before it is told to")
	}
	test.Tap(w.look)
	p.settle()
	if n := asked.Load(); n != 3 {
		t.Errorf("the backend was asked %d times, want 3", n)
	}
	for _, want := range []string{"A login stands before the backend", "answer preflights", "Hold the session", "Lay the page over the backend", "never redirected"} {
		if !strings.Contains(w.said(), want) {
			t.Errorf("it does not say %q:\n%s", want, w.said())
		}
	}
	before := len(w.steps)
	test.Tap(w.steps[0])
	p.settle()
	p.profilesChanged()
	if !p.only().Profile.On("answer-preflight") || len(w.steps) != before-1 || !strings.Contains(w.said(), "The profile was changed") {
		t.Errorf("after the click answer-preflight is %v, %d steps are left of %d:\n%s", p.only().Profile.On("answer-preflight"), len(w.steps), before, w.said())
	}
	test.Tap(button(t, w.window, "Undo"))
	p.settle()
	p.profilesChanged()
	if p.only().Profile.On("answer-preflight") || len(w.steps) != before {
		t.Errorf("after Undo answer-preflight is %v, with %d steps", p.only().Profile.On("answer-preflight"), len(w.steps))
	}

	// Another browser is judged from the answers that are there.
	w.browser.SetSelectedIndex(len(w.browser.Options) - 1)
	if asked.Load() != 3 || !strings.Contains(w.said(), "Hold the session") {
		t.Errorf("in WebKit, asked %d times, it says\n%s", asked.Load(), w.said())
	}

	for _, c := range []struct{ page, backend, want string }{
		{"localhost:3000", backend, "Page: \"localhost:3000\" is no origin"},
		{"http://localhost:3000", "dev.example.com", "is no address of a backend"},
		{"http://localhost:3000", "https://other.example.com/", "none of the profile's backends"},
	} {
		w.page.SetText(c.page)
		w.backend.SetText(c.backend)
		test.Tap(w.look)
		p.settle()
		if !strings.Contains(w.said(), c.want) {
			t.Errorf("of %s and %s it says\n%s", c.page, c.backend, w.said())
		}
	}
}

// An answer that comes after the window has turned to another profile is nobody's:
// its steps would be written into that one.
func TestAdviceOfAnotherProfile(t *testing.T) {
	release := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	t.Cleanup(s.Close)
	p := newTestProfiles(t, map[string]string{
		"a.yaml": "name: A\nbackends:\n  - url: " + s.URL + "\n", "b.yaml": "name: B\nbackends:\n  - url: https://b.example.com\n",
	})
	p.ShowAdvice("A")
	w := p.advice
	test.Tap(w.look)
	p.ShowAdvice("B")
	if w.look.Disabled() || w.busy.Visible() {
		t.Error("the look at A's backend keeps B waiting")
	}
	close(release)
	p.settle()
	if w.asked != nil || len(w.results.Objects) != 0 || w.backend.Text != "https://b.example.com" {
		t.Errorf("of B it says, by what A's backend answered:\n%s", w.said())
	}
}

// A change that could not be written leaves the advice in sight, to be tried again.
func TestAdviceThatCannotBeWritten(t *testing.T) {
	backend, _ := newLoginWall(t)
	p := newTestProfiles(t, map[string]string{"shop.yaml": "name: Shop\nbackends:\n  - url: " + backend + "\ntoggles: {hold-session: false}\n"})
	p.ShowAdvice("Shop")
	w := p.advice
	test.Tap(w.look)
	p.settle()
	before := len(w.steps)
	bad := p.only().Profile.Clone()
	bad.Name = ""
	w.write(bad, nil)
	p.settle()
	if !strings.Contains(w.said(), "could not be changed") || len(w.steps) != before {
		t.Fatalf("%d steps are left of %d:\n%s", len(w.steps), before, w.said())
	}
	test.Tap(w.steps[0])
	p.settle()
	p.profilesChanged()
	if strings.Contains(w.said(), "could not be changed") || !p.only().Profile.On("hold-session") {
		t.Errorf("once it is written, it says\n%s", w.said())
	}
}

// TestAdviceWindowLook draws the window; CORSAGE_SCREENSHOTS names a folder to
// look at it.
func TestAdviceWindowLook(t *testing.T) {
	backend, _ := newLoginWall(t)
	for name, variant := range map[string]fyne.ThemeVariant{"dark": theme.VariantDark, "light": theme.VariantLight} {
		p := newTestProfiles(t, map[string]string{"shop.yaml": "name: Shop\nbackends:\n  - url: " + backend + "\ntoggles: {hold-session: false}\n"})
		p.app.Settings().SetTheme(fixed{NewTheme(), variant})
		p.ShowAdvice("Shop")
		test.Tap(p.advice.look)
		p.settle()
		p.advice.window.Resize(fyne.NewSize(859, 1000))
		p.advice.window.Resize(fyne.NewSize(860, 1000))
		shoot(t, p.advice.window.Canvas(), name+"-advice-window")
	}
}
