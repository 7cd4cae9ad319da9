package ui

import (
	"fmt"
	"image/color"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

func TestEmptyStateSaysWhatToDo(t *testing.T) {
	u := newTestUI(t)
	l, _ := u.openLog(t)
	check := func(step, title, text string, offers ...string) {
		t.Helper()
		a := l.empty.hint(l.view, l.filter.Text)
		var got []string
		for _, o := range a.buttons {
			got = append(got, o.label)
		}
		if a.title != title || !strings.Contains(a.text, text) || strings.Join(got, "|") != strings.Join(offers, "|") {
			t.Errorf("%s: %q, %q, %q", step, a.title, a.text, got)
		}
		if l.empty.title.Text != title || len(l.empty.buttons.Objects) != len(offers) {
			t.Errorf("%s: the window shows %q with %d buttons", step, l.empty.title.Text, len(l.empty.buttons.Objects))
		}
	}
	check("no profile", "No requests yet", "Make a profile", "Make a profile…", "Try the demo")

	u = newTestUI(t, "Shop")
	l, m := u.openLog(t)
	check("none enabled", "No requests yet", "Enable a profile", "Enable Shop", "Profiles…")
	test.Tap(l.empty.buttons.Objects[0].(*widget.Button))
	u.settle()
	u.profilesChanged()
	check("enabled", "No requests yet", "backends of Shop", "Open Chromium", "Connect…")
	test.Tap(l.empty.buttons.Objects[0].(*widget.Button))
	u.settle()
	if len(u.launched) != 1 {
		t.Error("the button opened no browser")
	}

	u.Recorder.Add(sampleEntry(1))
	l.filter.SetText("nonsense")
	u.feedLog(m)
	check("filtered", "No request matches “nonsense”", "1 request without", "Clear the filter")
	test.Tap(l.empty.buttons.Objects[0].(*widget.Button))
	u.feedLog(m)
	if l.filter.Text != "" || l.body.Objects[0] != l.table {
		t.Error("the filter was not cleared")
	}
}

func TestClickShowsDetailsEscapeHidesThem(t *testing.T) {
	u := newTestUI(t, "Shop")
	l, m := u.openLog(t)
	for _, e := range sampleEntries(60) {
		u.Recorder.Add(e)
	}
	u.feedLog(m)
	c := l.window.Canvas()
	// a row of the list, where the eye would click it
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(l.list)
	test.TapCanvas(c, at.AddXY(300, l.list.Size().Height-1.5*l.list.pitch()))
	if l.list.selected != 59 || l.body.Objects[0] != fyne.CanvasObject(l.split) {
		t.Fatalf("row %d is selected", l.list.selected)
	}
	if want := "GET " + sampleEntries(60)[58].URL; l.details.title.Text != want {
		t.Errorf("details of %q, want %q", l.details.title.Text, want)
	}
	if l.details.changesTab.Text != "Changes (7)" {
		t.Errorf("tab %q", l.details.changesTab.Text)
	}
	if c.Focused() != fyne.Focusable(l.list) {
		t.Error("the list has no focus, so arrows do nothing")
	}
	l.list.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if l.list.selected != 0 || l.body.Objects[0] != l.table {
		t.Error("escape did not close the details")
	}
}

func TestDetailsFollowAnOpenExchange(t *testing.T) {
	u := newTestUI(t, "Shop")
	l, m := u.openLog(t)
	for _, e := range sampleEntries(7) {
		u.Recorder.Add(e)
	}
	u.feedLog(m)
	l.list.pick(l.view.rows[6])
	before := l.details.response.table.box.Objects[0]
	if !strings.Contains(l.details.facts.Text, "under way for 42.00 s") {
		t.Fatalf("facts: %q", l.details.facts.Text)
	}
	next := *l.view.rows[6].Entry
	next.Duration *= 2
	u.Recorder.Update(&next)
	u.feedLog(m)
	if !strings.Contains(l.details.facts.Text, "under way for 1.4 min") {
		t.Errorf("facts: %q", l.details.facts.Text)
	}
	if l.details.response.table.box.Objects[0] != before {
		t.Error("the headers were rebuilt though they are the same: scrolling and selection are lost")
	}
}

func TestLogShortcuts(t *testing.T) {
	u := newTestUI(t, "Shop")
	l, m := u.openLog(t)
	u.Recorder.Add(sampleEntry(1))
	u.feedLog(m)
	press := func(target fyne.Shortcutable, key fyne.KeyName) {
		target.TypedShortcut(&desktop.CustomShortcut{KeyName: key, Modifier: fyne.KeyModifierShortcutDefault})
	}
	press(l.filter, fyne.KeyF)
	if l.window.Canvas().Focused() != fyne.Focusable(l.filter) {
		t.Error("Ctrl+F does not lead to the filter")
	}
	press(l.filter, fyne.KeyP)
	if !l.paused || l.pause.Text != "Resume" {
		t.Error("Ctrl+P in the filter does not pause")
	}
	press(l.filter, fyne.KeyP)
	press(l.filter, fyne.KeyL)
	u.feedLog(m)
	if len(l.view.rows) != 0 {
		t.Error("Ctrl+L in the filter does not clear")
	}
	l.filter.SetText("abc")
	l.filter.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if l.filter.Text != "" {
		t.Error("escape does not empty the filter")
	}
	l.filter.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if l.window.Canvas().Focused() != nil {
		t.Error("escape does not leave the filter")
	}
	u.Recorder.Add(sampleEntry(2))
	u.feedLog(m)
	l.window.Canvas().Focus(l.filter)
	l.filter.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if l.window.Canvas().Focused() != fyne.Focusable(l.list) {
		t.Error("escape does not lead from the filter to the list")
	}
}

func TestStatusLine(t *testing.T) {
	u := newTestUI(t, "Shop", "Bank")
	l, _ := u.openLog(t)
	if !strings.HasPrefix(l.status.active.Text, "No profile is enabled") {
		t.Error(l.status.active.Text)
	}
	u.enable("Shop", true)
	u.enable("Bank", true)
	if l.status.active.Text != "Active: Bank, Shop" {
		t.Error(l.status.active.Text)
	}
}

func TestCopyDetails(t *testing.T) {
	u := newTestUI(t, "Shop")
	l, m := u.openLog(t)
	u.Recorder.Add(sampleEntry(1))
	u.feedLog(m)
	l.list.pick(l.view.rows[0])
	for label, want := range map[string]string{
		"URL": "https://dev.example.com/api/orders/1/?page=2", "Request headers": "+ Origin: https://dev.example.com\n", "Request body": "",
		"Response headers": "+ Access-Control-Allow-Credentials: true\n", "Response body": "\"count\": 2,\n", "Everything": "took 84 ms",
	} {
		item := menuItem(t, fyne.NewMenu("", l.details.copyItems()...), label)
		if item.Disabled != (want == "") {
			t.Errorf("%s: disabled is %v", label, item.Disabled)
		}
		item.Action()
		if got := u.app.Clipboard().Content(); !strings.Contains(got, want) {
			t.Errorf("%s: copied %q", label, got)
		}
	}
}

// fixed is a theme with one variant, whatever the desktop says.
type fixed struct {
	fyne.Theme
	variant fyne.ThemeVariant
}

func (f fixed) Color(n fyne.ThemeColorName, _ fyne.ThemeVariant) color.Color {
	return f.Theme.Color(n, f.variant)
}

// TestLooks draws the windows in both themes; CORSAGE_SCREENSHOTS names a folder
// to look at them.
func TestLooks(t *testing.T) {
	for name, variant := range map[string]fyne.ThemeVariant{"dark": theme.VariantDark, "light": theme.VariantLight} {
		t.Run(name, func(t *testing.T) {
			u := newTestUI(t, "Shop")
			u.app.Settings().SetTheme(fixed{NewTheme(), variant})
			u.tray = name == "dark"
			l, m := u.openLog(t)
			look := func(part string) {
				t.Helper()
				l.window.Resize(fyne.NewSize(1240, 721))
				l.window.Resize(fyne.NewSize(1240, 720))
				shoot(t, l.window.Canvas(), fmt.Sprintf("%s-%s", name, part))
			}
			look("empty")
			u.enable("Shop", true)
			for _, e := range sampleEntries(60) {
				u.Recorder.Add(e)
			}
			u.feedLog(m)
			look("log")
			c := l.window.Canvas()
			c.Focus(l.filter)
			look("filter-empty")
			l.filter.SetText("-method:OPTIONS is:")
			u.feedLog(m)
			look("filter-completions")
			l.filter.SetText("-method:OPTIONS stauts-code:404 ")
			look("filter-fault")
			showFilterHelp(c, l.filter.ActionItem)
			look("filter-help")
			c.Overlays().Remove(c.Overlays().Top())
			l.filter.SetText("")
			c.Unfocus()
			u.feedLog(m)
			l.list.pick(l.view.rows[55])
			look("verdict")
			l.list.pick(l.view.rows[57])
			look("verdict-cookies")
			l.list.pick(l.view.rows[59])
			look("verdict-blocked")
			l.list.pick(l.view.rows[55])
			l.details.tabs.SelectIndex(1)
			look("changes")
			l.details.tabs.SelectIndex(2)
			look("request")
			l.list.pick(l.view.rows[49])
			l.details.tabs.SelectIndex(3)
			look("response")
		})
	}
}

// TestContrast holds the texts readable in both themes (WCAG 2, 1.4.3).
func TestContrast(t *testing.T) {
	th := NewTheme()
	for name, variant := range map[string]fyne.ThemeVariant{"dark": theme.VariantDark, "light": theme.VariantLight} {
		for _, ground := range []fyne.ThemeColorName{theme.ColorNameBackground, theme.ColorNameHeaderBackground} {
			for _, text := range []fyne.ThemeColorName{
				theme.ColorNameForeground, theme.ColorNamePlaceHolder, theme.ColorNamePrimary, theme.ColorNameSuccess, theme.ColorNameWarning, theme.ColorNameError,
			} {
				if got := contrast(th.Color(text, variant), th.Color(ground, variant)); got < 4.5 {
					t.Errorf("%s: %s on %s has a contrast of %.2f, want 4.5", name, text, ground, got)
				}
			}
		}
	}
}
