package ui

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"corsage/proxy/session"
)

// The browsers in these tests.
const (
	chrome  = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"
	firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0"
)

// held is the held session of the profile, and a URL of its backend.
func (u *testUI) held(t *testing.T, name string) (*session.Store, *url.URL) {
	t.Helper()
	for _, item := range u.Store.Items() {
		if item.Profile != nil && item.Profile.Name == name {
			at, err := url.Parse(item.Profile.Backends[0].URL + "/")
			if err != nil {
				t.Fatal(err)
			}
			return item.Session, at
		}
	}
	t.Fatalf("no profile %q", name)
	return nil, nil
}

// logIn has Shop and Blog hold something for two browsers.
func (u *testUI) logIn(t *testing.T) {
	t.Helper()
	shop, at := u.held(t, "Shop")
	shop.Learn(chrome, at, nil, []string{"sessionid=adas-secret; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=1209600", "csrftoken=ada-token; Path=/; SameSite=Lax; Max-Age=31449600"})
	shop.Learn(firefox, at, nil, []string{"sessionid=eves-secret; Path=/; HttpOnly; Secure; SameSite=Lax"})
	blog, at := u.held(t, "Blog")
	blog.LearnSent(chrome, at, []string{"wp=old-secret"})
	blog.Learn(chrome, at, nil, []string{"theme=dark; Domain=example.com; Path=/; Max-Age=3000"})
}

// text is what the rows say.
func (w *cookiesWindow) text() (lines []string) {
	for _, r := range w.list.rows {
		if r.heading != "" {
			lines = append(lines, fmt.Sprintf("== %s (%d)", r.heading, r.count))
			continue
		}
		var cells []string
		for _, c := range cookieColumns {
			cells = append(cells, c.text(&r.Cookie, w.list.now.Add(-time.Second)))
		}
		lines = append(lines, strings.Join(cells, " | "))
	}
	return lines
}

// choose selects the row of a cookie.
func (w *cookiesWindow) choose(t *testing.T, name string) {
	t.Helper()
	i := slices.IndexFunc(w.list.rows, func(r cookieRow) bool { return r.heading == "" && r.Name == name })
	if i < 0 {
		t.Fatalf("no %s in\n%s", name, strings.Join(w.text(), "\n"))
	}
	w.list.OnSelected(i)
}

// said is the value of a line of the details.
func (w *cookiesWindow) said(name string) string {
	for _, l := range w.details.lines {
		if l.name == name {
			return l.value
		}
	}
	return ""
}

func TestCookiesOfAllAndOfOne(t *testing.T) {
	u := newTestUI(t, "Shop", "Blog")
	w := newCookiesWindow(u.UI)
	if w.body.Objects[0] != fyne.CanvasObject(w.empty) || !strings.Contains(w.why.Text, "Log in") || !w.clear.Disabled() {
		t.Errorf("without cookies it says %q", w.why.Text)
	}
	u.logIn(t)
	w.refresh()
	want := []string{
		"== Blog  ·  Chrome 156 on Linux (2)",
		"wp | blog.example.com | / | no end | Secure | sent by its pages",
		"theme | .example.com | / | in 50 minutes |  | set by the backend",
		"== Shop  ·  Chrome 156 on Linux (2)",
		"csrftoken | shop.example.com | / | in 364 days | SameSite=Lax | set by the backend",
		"sessionid | shop.example.com | / | in 14 days | Secure, HttpOnly, SameSite=Lax | set by the backend",
		"== Shop  ·  Firefox 153 on Linux (1)",
		"sessionid | shop.example.com | / | no end | Secure, HttpOnly, SameSite=Lax | set by the backend",
	}
	if got := w.text(); !slices.Equal(got, want) {
		t.Errorf("it shows\n%s", strings.Join(got, "\n"))
	}
	if w.total.Text != "5 cookies" || w.body.Objects[0] != w.table {
		t.Errorf("it counts %q", w.total.Text)
	}
	w.choice.SetSelected("Shop")
	if got := w.text(); len(got) != 5 || got[0] != "== Chrome 156 on Linux (2)" || w.total.Text != "3 cookies" {
		t.Errorf("of Shop it shows\n%s", strings.Join(got, "\n"))
	}
	if err := u.Store.SetToggle("Shop", "hold-session", false); err != nil {
		t.Fatal(err)
	}
	if _, err := u.Store.Forget("Shop", nil); err != nil {
		t.Fatal(err)
	}
	if w.refresh(); !strings.Contains(w.why.Text, "is off") {
		t.Errorf("with the toggle off it says %q", w.why.Text)
	}
	if _, err := u.Store.Delete("Shop"); err != nil {
		t.Fatal(err)
	}
	if w.refresh(); w.profile != "" || w.choice.Selected != allProfiles || w.count != 2 {
		t.Errorf("after Shop is deleted it shows %q: %s", w.choice.Selected, strings.Join(w.text(), "\n"))
	}
}

// A value shows when it is asked for, and hides again.
func TestCookieValues(t *testing.T) {
	u := newTestUI(t, "Shop", "Blog")
	u.logIn(t)
	w := newCookiesWindow(u.UI)
	seen := func() string {
		var all []string
		for _, l := range w.details.lines {
			all = append(all, l.value)
		}
		return strings.Join(append(all, w.text()...), "\n")
	}
	w.choose(t, "wp")
	if w.body.Objects[0] != fyne.CanvasObject(w.split) || strings.Contains(seen(), "secret") || w.said("Value") != hiddenValue {
		t.Errorf("it shows\n%s", seen())
	}
	if i := slices.IndexFunc(w.details.lines, func(l tableLine) bool { return l.name == "Learned" }); len(w.details.lines[i].notes) != 1 {
		t.Errorf("how it was learned: %+v", w.details.lines[i])
	}
	test.Tap(w.reveal)
	if w.said("Value") != "old-secret" || w.reveal.Text != "Hide value" {
		t.Errorf("asked for, it is %q", w.said("Value"))
	}
	if w.refresh(); w.said("Value") != "old-secret" {
		t.Error("a refresh hides it")
	}
	w.list.TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
	if w.said("Name") != "theme" || w.said("Value") != hiddenValue || w.said("Goes") != "to example.com and all hosts below it, on / and below" {
		t.Errorf("the next one shows\n%s", seen())
	}
	w.list.TypedKey(&fyne.KeyEvent{Name: fyne.KeyUp})
	if w.said("Value") != hiddenValue {
		t.Error("back at the first it still shows")
	}
	w.list.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if w.body.Objects[0] != w.table {
		t.Error("Escape leaves the details open")
	}
	for range 9 { // past headings and the end
		w.list.TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
	}
	if w.said("Name") != "sessionid" || w.said("Browser") != "Firefox 153 on Linux" {
		t.Errorf("at the end is %s", w.said("Name"))
	}
}

func TestCookieRemoveAndClear(t *testing.T) {
	u := calm(t, newTestUI(t, "Shop", "Blog"))
	u.logIn(t)
	w := newCookiesWindow(u.UI)
	w.window.Show()
	w.choose(t, "sessionid")
	w.list.TypedKey(&fyne.KeyEvent{Name: fyne.KeyDelete})
	u.settle()
	shop, at := u.held(t, "Shop")
	if w.count != 4 || w.list.find() != nil || len(shop.Missing(chrome, at, nil)) != 1 || len(shop.Missing(firefox, at, nil)) != 1 {
		t.Errorf("after one was removed:\n%s", strings.Join(w.text(), "\n"))
	}
	w.of("Shop")
	test.Tap(w.clear)
	tapLabel(t, w.window, "Cancel")
	u.settle()
	if w.count != 2 {
		t.Fatalf("cancelled, and %d are left", w.count)
	}
	test.Tap(w.clear)
	tapLabel(t, w.window, "Clear")
	u.settle()
	if w.count != 0 || len(shop.All()) != 0 {
		t.Errorf("after Clear:\n%s", strings.Join(w.text(), "\n"))
	}
	if blog, at := u.held(t, "Blog"); len(blog.Missing(chrome, at, nil)) != 2 {
		t.Error("the other profile's are gone too")
	}
}

// tapLabel taps the button of that label in the topmost dialog.
func tapLabel(t *testing.T, w fyne.Window, label string) {
	t.Helper()
	var found *widget.Button
	for _, o := range test.LaidOutObjects(w.Canvas().Overlays().Top()) {
		if b, ok := o.(*widget.Button); ok && b.Text == label {
			found = b
		}
	}
	if found == nil {
		t.Fatalf("no button %q", label)
	}
	test.Tap(found)
}

// The window follows what is learned, by new profiles too, and ends with the UI.
func TestCookiesAreLive(t *testing.T) {
	u := calm(t, newTestUI(t, "Shop"))
	w := newCookiesWindow(u.UI)
	w.start()
	await := func(what string, n int) {
		t.Helper()
		for deadline := time.Now().Add(time.Minute); w.count != n; time.Sleep(5 * time.Millisecond) {
			for _, f := range u.queue.take() {
				f()
			}
			if time.Now().After(deadline) {
				t.Fatalf("%s: it shows %d cookies, not %d", what, w.count, n)
			}
		}
	}
	shop, at := u.held(t, "Shop")
	shop.Learn(chrome, at, nil, []string{"a=1"})
	await("learned", 1)
	shop.Learn(chrome, at, nil, []string{"b=1"})
	await("learned again", 2)
	shop.Learn(chrome, at, nil, []string{"a=; Max-Age=0"})
	await("ended", 1)
	if _, err := u.Store.Duplicate("Shop"); err != nil {
		t.Fatal(err)
	}
	other, at := u.held(t, "Shop copy")
	other.Learn(chrome, at, nil, []string{"a=1"})
	await("of a new profile", 2)
	u.Close() // returns only when nothing is followed any more
}

// The ways to the window.
func TestCookiesAreReached(t *testing.T) {
	p := newTestProfiles(t, map[string]string{"shop.yaml": shopFile})
	button := func(label string) *widget.Button {
		for _, o := range test.LaidOutObjects(p.window.Content()) {
			if b, ok := o.(*widget.Button); ok && b.Text == label {
				return b
			}
		}
		t.Fatalf("no button %q", label)
		return nil
	}
	p.UI.cookies = newCookiesWindow(p.UI) // not started: settle waits for all that runs
	test.Tap(button("Show cookies"))
	if !p.isShown(p.cookies.window) || p.cookies.profile != "Shop" {
		t.Errorf("the editor's button shows %q", p.cookies.profile)
	}
	menu := p.UI.tray.items()
	i := slices.IndexFunc(menu, func(m *fyne.MenuItem) bool { return m.Label == "Held cookies" })
	if menu[i].Action(); p.cookies.profile != "" {
		t.Errorf("the tray shows %q", p.cookies.profile)
	}
}

// The editor's switch writes the field and takes it back.
func TestKeepSessionSwitch(t *testing.T) {
	p := newTestProfiles(t, map[string]string{"shop.yaml": shopFile})
	test.Tap(p.editor.keep)
	p.settle()
	if !p.only().Profile.KeepSession || !strings.Contains(p.read("shop.yaml"), "keep-session: true\n") {
		t.Errorf("on, the file says\n%s", p.read("shop.yaml"))
	}
	p.outside("shop.yaml", shopFile)
	if p.editor.keep.On {
		t.Error("the switch does not follow the file")
	}
	test.Tap(p.editor.keep)
	p.settle()
	test.Tap(p.editor.keep)
	p.settle()
	if p.wantFile("shop.yaml", shopFile); p.only().Profile.KeepSession {
		t.Error("it is still on")
	}
}

// TestCookiesLook draws the window in both themes; CORSAGE_SCREENSHOTS names a
// folder to look at it.
func TestCookiesLook(t *testing.T) {
	for name, variant := range map[string]fyne.ThemeVariant{"dark": theme.VariantDark, "light": theme.VariantLight} {
		u := newTestUI(t, "Shop", "Blog")
		u.app.Settings().SetTheme(fixed{NewTheme(), variant})
		w := newCookiesWindow(u.UI)
		w.window.Show()
		look := func(part string) {
			t.Helper()
			w.window.Resize(fyne.NewSize(1000, 621))
			w.window.Resize(fyne.NewSize(1000, 620))
			shoot(t, w.window.Canvas(), name+"-cookies-"+part)
		}
		look("empty")
		u.logIn(t)
		w.refresh()
		look("all")
		w.choose(t, "wp")
		look("details")
		w.of("Shop")
		w.choose(t, "sessionid")
		test.Tap(w.reveal)
		look("value")
		test.Tap(w.clear)
		look("clear")
	}
}
