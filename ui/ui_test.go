package ui

import (
	"context"
	"errors"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"go.uber.org/goleak"

	"corsage/profiles"
	"corsage/proxy"
	"corsage/proxy/authority/trust"
	"corsage/proxy/browser"
	"corsage/proxy/record"
)

// testApp is fyne's test app with a tray, and with a note of what was done.
type testApp struct {
	fyne.App
	menus   []*fyne.Menu // that were set
	icons   []fyne.Resource
	quits   int
	notices []*fyne.Notification
}

func (a *testApp) SetSystemTrayMenu(m *fyne.Menu)        { a.menus = append(a.menus, m) }
func (a *testApp) SetSystemTrayIcon(r fyne.Resource)     { a.icons = append(a.icons, r) }
func (a *testApp) SetSystemTrayWindow(fyne.Window)       {}
func (a *testApp) Quit()                                 { a.quits++ }
func (a *testApp) SendNotification(n *fyne.Notification) { a.notices = append(a.notices, n) }
func (a *testApp) menu() *fyne.Menu                      { return a.menus[len(a.menus)-1] }
func (a *testApp) item(t *testing.T, label string) *fyne.MenuItem {
	return menuItem(t, a.menu(), label)
}

func menuItem(t *testing.T, m *fyne.Menu, label string) *fyne.MenuItem {
	t.Helper()
	for _, i := range m.Items {
		if i.Label == label {
			return i
		}
	}
	t.Fatalf("no %q in the menu:\n%s", label, menuText(m.Items))
	return nil
}

// testUI is a UI on a store in a temporary folder.
type testUI struct {
	*UI
	app      *testApp
	tray     bool // what Front.Tray says
	launched []string
	failure  error // of the next launch
}

// newTestUI has the profiles of these names, each for a backend of its own.
func newTestUI(t *testing.T, names ...string) *testUI {
	t.Helper()
	a := test.NewTempApp(t)
	a.Settings().SetTheme(NewTheme())
	store, err := profiles.Open(profiles.Dirs{Config: t.TempDir(), State: t.TempDir()}, nil, func(*proxy.Ruleset) {})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, name := range names {
		p, err := profiles.FromURL("https://" + strings.ToLower(name) + ".example.com")
		if err != nil {
			t.Fatal(err)
		}
		p.Name = name
		if err := store.Create(p); err != nil {
			t.Fatal(err)
		}
	}
	u := &testUI{app: &testApp{App: a}, tray: true}
	u.UI = New(Front{
		App: u.app, Store: store, Recorder: record.New(logLimit), Addr: "127.0.0.1:8899", PACURL: "http://127.0.0.1:8899/proxy.pac",
		Browsers: func(context.Context) []browser.Browser {
			return []browser.Browser{{Name: "Chromium"}, {Name: "Firefox"}}
		},
		Launch: func(_ context.Context, b browser.Browser, v Visit) error {
			where := v.Profile
			if v.Temporary {
				where = "temporary"
			}
			u.launched = append(u.launched, strings.Join(strings.Fields(b.Title()+" "+where+" "+v.URL), " "))
			return u.failure
		},
		Demo: func(context.Context) (string, error) { return "http://localhost:4000", u.failure },
		Trust: &TrustStores{
			Roots:  func() ([]TrustRoot, error) { return nil, nil },
			Look:   func(context.Context) []trust.Found { return nil },
			Forget: func([]trust.Found) error { return nil },
		},
		Tray: func() bool { return u.tray },
	})
	t.Cleanup(u.Close)
	u.UI.tray.started = true
	u.findBrowsers()
	u.settle()
	return u
}

// settle waits for what runs in the background.
func (u *testUI) settle() { u.running.Wait() }

// enable turns a profile on or off as the user does.
func (u *testUI) enable(name string, on bool) {
	u.SetEnabled(name, on)
	u.settle()
	u.profilesChanged()
}

// feedLog brings the log window up to date, as its goroutine does.
func (u *testUI) feedLog(m *logModel) {
	u.log.feed.step(m)
	u.log.refresh()
}

// openLog builds the log window without its goroutine.
func (u *testUI) openLog(t *testing.T) (*logWindow, *logModel) {
	t.Helper()
	u.log = newLogWindow(u.UI)
	u.adopt(u.log.window)
	u.show(u.log.window)
	t.Cleanup(u.log.window.Close)
	u.log.window.Resize(fyne.NewSize(1240, 720))
	return u.log, &logModel{recorder: u.Recorder}
}

func TestStartAndCloseLeaveNothingRunning(t *testing.T) {
	u := newTestUI(t, "Shop")
	before := goleak.IgnoreCurrent()
	u.Start()
	if u.log == nil || !u.isShown(u.log.window) {
		t.Error("the request log is not shown at the start")
	}
	u.Recorder.Add(sampleEntry(1))
	u.Close()
	u.Close()
	goleak.VerifyNone(t, before)
}

// At login no window pops up, unless there is no tray that leads to one.
func TestStartHidden(t *testing.T) {
	u := newTestUI(t, "Shop")
	u.Hidden = true
	u.Start()
	if len(u.shown) > 0 || u.log != nil {
		t.Errorf("a window is shown at the start: %v", u.shown)
	}
	u.Close()
	for _, tray := range []bool{true, false} {
		u := newTestUI(t, "Shop")
		looked := make(chan struct{}, 1)
		u.Tray = func() bool { looked <- struct{}{}; u.Tray = func() bool { return tray }; return tray }
		u.awaitTray(0)
		<-looked
		u.Close()
		if shown := u.log != nil && u.isShown(u.log.window); shown == tray {
			t.Errorf("with a tray (%v), the request log is shown: %v", tray, shown)
		}
	}
}

func TestRaise(t *testing.T) {
	u := newTestUI(t)
	u.Raise()
	if u.welcome == nil || !u.isShown(u.welcome) {
		t.Error("without a profile the welcome is not shown")
	}
	u = newTestUI(t, "Shop")
	u.openLog(t)
	u.Hide(u.log.window)
	u.Raise()
	if !u.isShown(u.log.window) {
		t.Error("the request log is not shown again")
	}
}

func TestClosingWindows(t *testing.T) {
	u := newTestUI(t, "Shop")
	l, _ := u.openLog(t)
	u.ShowProfiles()
	u.tray = false
	u.Hide(u.UI.profiles)
	if u.app.quits != 0 {
		t.Fatal("the app quit while a window was open")
	}
	u.tray = true
	u.Hide(l.window)
	if u.app.quits != 0 {
		t.Error("the app quit though the tray leads back to it")
	}
	u.show(l.window)
	u.tray = false
	u.Hide(l.window)
	if u.app.quits != 1 {
		t.Error("without a tray, closing the last window does not quit")
	}
}

func TestATrayThatGoesAwayLeavesAWindow(t *testing.T) {
	u := newTestUI(t, "Shop")
	l, _ := u.openLog(t)
	if l.noTray.Visible() {
		t.Error("the note about a missing tray shows though there is one")
	}
	u.Hide(l.window)
	u.tray = false
	u.TrayChanged()
	if !u.isShown(l.window) || !l.noTray.Visible() {
		t.Error("nothing leads back to the app, or it does not say why")
	}
	u.tray = true
	u.TrayChanged()
	if l.noTray.Visible() {
		t.Error("the note stays though the tray is back")
	}
}

func TestFailuresAreShown(t *testing.T) {
	u := newTestUI(t, "Shop")
	u.Fail(errors.New("no window is open"))
	if len(u.app.notices) != 1 || u.app.notices[0].Content != "no window is open" {
		t.Errorf("notifications: %v", u.app.notices)
	}
	l, _ := u.openLog(t)
	u.SetEnabled("Nowhere", true)
	u.settle()
	if l.window.Canvas().Overlays().Top() == nil || len(u.app.notices) != 1 {
		t.Error("a failure is not shown in the open window")
	}
}

// A failure is told where it is seen: in the window that was opened last, and not
// in one that was closed meanwhile.
func TestFailuresAreSeen(t *testing.T) {
	u := newTestUI(t, "Shop")
	l, _ := u.openLog(t)
	told := func(w fyne.Window) string {
		top := w.Canvas().Overlays().Top()
		if top == nil {
			return ""
		}
		w.Canvas().Overlays().Remove(top)
		return allText(top)
	}
	for range 20 { // an order that is left to chance would show
		other := newCookiesWindow(u.UI).window
		u.adopt(other)
		u.show(other)
		u.Fail(errors.New("no disk"))
		if told(other) == "" || told(l.window) != "" {
			t.Fatal("it is told in a window behind the one that was opened last")
		}
		u.Hide(other)
		u.FailIn(other, errors.New("no memory"))
		if told(other) != "" || !strings.Contains(told(l.window), "No memory.") {
			t.Fatal("it is told in a window that is closed")
		}
	}
	u.Hide(l.window)
	u.FailIn(l.window, errors.New("no time"))
	if len(u.app.notices) != 1 || u.app.notices[0].Content != "no time" {
		t.Errorf("with all windows closed: %v", u.app.notices)
	}
}

// Escape closes a dialog, and before that no key does anything in the window below.
func TestEscapeClosesDialogs(t *testing.T) {
	u := newTestUI(t, "Shop")
	l, m := u.openLog(t)
	for _, e := range sampleEntries(3) {
		u.Recorder.Add(e)
	}
	u.feedLog(m)
	c := l.window.Canvas()
	press := func(key fyne.KeyName) { c.OnTypedKey()(&fyne.KeyEvent{Name: key}) }
	u.FailIn(l.window, errors.New("no disk"))
	press(fyne.KeyDown)
	if l.list.selected != 0 {
		t.Error("a key moved the list below the dialog")
	}
	press(fyne.KeyEscape)
	if c.Overlays().Top() != nil {
		t.Error("Escape did not close the dialog")
	}
	press(fyne.KeyDown)
	if l.list.selected == 0 {
		t.Error("the window's own keys are gone")
	}
	u.ShowRecipes("")
	recipes := u.recipes.window.Canvas()
	u.FailIn(u.recipes.window, errors.New("no disk"))
	recipes.OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if recipes.Overlays().Top() != nil {
		t.Error("Escape did not close the dialog of a window without keys of its own")
	}
}

func TestOpenBrowser(t *testing.T) {
	u := newTestUI(t, "Shop")
	u.openDemo()
	u.settle()
	if len(u.launched) != 1 || u.launched[0] != "Chromium temporary http://localhost:4000" {
		t.Errorf("launched %q", u.launched)
	}
	u.failure = errors.New("it is broken")
	u.OpenBrowser(u.browsers[1], "")
	u.settle()
	u.openDemo()
	u.settle()
	if len(u.app.notices) != 2 || u.app.notices[0].Content != "Firefox did not open: it is broken" ||
		u.app.notices[1].Content != "the demo did not start: it is broken" {
		t.Errorf("notifications: %v", u.app.notices)
	}
	u.browsers, u.failure = nil, nil
	u.openDemo()
	u.settle()
	if len(u.app.notices) != 3 || u.app.notices[2].Content != "the demo's page is at http://localhost:4000, but "+errNoBrowser.Error() {
		t.Errorf("without a browser: %v", u.app.notices)
	}
}
