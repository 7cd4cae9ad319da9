package ui

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"corsage/profiles"
	"corsage/proxy"
)

func TestEveryToggleOfTheCatalogueHasASwitch(t *testing.T) {
	p := newTestProfiles(t, map[string]string{"shop.yaml": shopFile})
	for _, m := range profiles.Catalog() {
		r := p.editor.toggles.row(t, m.Name)
		if r.on.On != m.Default || r.changed() {
			t.Errorf("%s is shown as %v, changed %v", m.Name, r.on.On, r.changed())
		}
		if text := r.text.String(); !strings.Contains(text, m.Label) || !strings.Contains(text, m.Help) {
			t.Errorf("%s is shown as %q", m.Name, text)
		}
	}
}

func TestToggleActsAtOnceAndResets(t *testing.T) {
	p := newTestProfiles(t, map[string]string{"shop.yaml": shopFile})
	r := p.editor.toggles.row(t, "cookie-httponly")
	test.Tap(r.on)
	p.settle()
	if !p.only().Profile.On("cookie-httponly") {
		t.Error("the store has it off")
	}
	if got := p.read("shop.yaml"); !strings.HasPrefix(got, shopFile) || !strings.Contains(got, "cookie-httponly: true") {
		t.Errorf("the file holds\n%s", got)
	}
	if !r.changed() || !strings.Contains(r.text.String(), "changed from the default") {
		t.Errorf("it is not marked: %q", r.text.String())
	}
	r.reset.OnTapped()
	p.settle()
	if r.changed() || r.on.On || p.only().Profile.On("cookie-httponly") || strings.Contains(p.read("shop.yaml"), "cookie-httponly: true") {
		t.Errorf("reset left\n%s", p.read("shop.yaml"))
	}
}

func TestListSwitchEnables(t *testing.T) {
	p := newTestProfiles(t, map[string]string{"shop.yaml": shopFile})
	row := newProfileRow()
	row.show(p.items[0], false, func(on bool) { p.setEnabled(p.items[0], on) })
	if row.name.Text != "Shop" || row.about.Text != "https://dev.example.com" || row.mark.Visible() {
		t.Errorf("the row says %q, %q", row.name.Text, row.about.Text)
	}
	test.Tap(row.on)
	p.settle()
	if !p.only().Enabled {
		t.Error("it is off")
	}
	p.wantFile("shop.yaml", shopFile)
}

func TestTextIsWrittenWhenItIsRightAndFinal(t *testing.T) {
	p := newTestProfiles(t, map[string]string{"shop.yaml": shopFile})
	url := p.editor.backends.rows[0].fields[0]
	p.window.Canvas().Focus(url.entry)
	fill(url, "dev2.example.com")
	if text := url.wrong.String(); !url.wrong.Visible() || !strings.Contains(text, "has no scheme") {
		t.Errorf("while typing the field says %q", text)
	}
	p.leave()
	p.wantFile("shop.yaml", shopFile)
	if !p.unsaved(p.chosen) {
		t.Error("the list does not tell of unsaved text")
	}
	p.window.Canvas().Focus(url.entry)
	fill(url, "https://dev2.example.com")
	p.wantFile("shop.yaml", shopFile)
	p.leave()
	p.wantFile("shop.yaml", strings.Replace(shopFile, "dev.example", "dev2.example", 1))
	if url.wrong.Visible() || p.unsaved(p.chosen) {
		t.Error("it still says that something is wrong")
	}
}

func TestRightFieldsAreSavedBesideWrongOnes(t *testing.T) {
	p := newTestProfiles(t, map[string]string{"shop.yaml": shopFile})
	p.enter(p.editor.backends.rows[0].fields[0], "x://y")
	p.enter(p.editor.name, "Store")
	p.wantFile("shop.yaml", strings.Replace(shopFile, "Shop", "Store", 1))
	if got := p.editor.backends.rows[0].fields[0].entry.Text; got != "x://y" {
		t.Errorf("the wrong text became %q", got)
	}
}

func TestRenameKeepsTheProfileOn(t *testing.T) {
	p := newTestProfiles(t, map[string]string{"shop.yaml": shopFile})
	p.setEnabled(p.items[0], true)
	p.settle()
	p.enter(p.editor.name, "Store")
	if i := p.only(); i.Profile.Name != "Store" || !i.Enabled {
		t.Errorf("%+v", i)
	}
}

func TestEscapeTakesTheFilesText(t *testing.T) {
	p := newTestProfiles(t, map[string]string{"shop.yaml": shopFile})
	fill(p.editor.name, "typed")
	p.editor.name.entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if got := p.editor.name.entry.Text; got != "Shop" || p.unsaved(p.chosen) {
		t.Errorf("the field holds %q", got)
	}
}

func TestOutsideChangeIsShownAndTypedTextKept(t *testing.T) {
	p := newTestProfiles(t, map[string]string{"shop.yaml": shopFile})
	url := p.editor.backends.rows[0].fields[0]
	fill(url, "https://dev2.")
	p.outside("shop.yaml", "name: Store\nbackends: [{url: \"https://other.example.com\"}]\ntoggles: {drop-hsts: false}\n")
	if p.editor.name.entry.Text != "Store" || p.editor.toggles.row(t, "drop-hsts").on.On {
		t.Errorf("the window shows %q", p.editor.name.entry.Text)
	}
	if url.entry.Text != "https://dev2." || !p.editor.moved.Visible() {
		t.Errorf("the field holds %q, told %v", url.entry.Text, p.editor.moved.Visible())
	}
	p.editor.discard()
	if url.entry.Text != "https://other.example.com" || p.editor.moved.Visible() {
		t.Errorf("after discarding the field holds %q", url.entry.Text)
	}
}

func TestBadFileIsShownAndNeverWritten(t *testing.T) {
	p := newTestProfiles(t, map[string]string{"shop.yaml": shopFile})
	p.setEnabled(p.items[0], true)
	p.settle()
	bad := strings.Replace(shopFile, "https://", "", 1)
	p.outside("shop.yaml", bad)
	e := p.editor
	if !e.problem.box.Visible() || !strings.Contains(e.problem.err, "has no scheme") {
		t.Fatalf("the window says %q", e.problem.err)
	}
	if code := e.problem.code; !code.Visible() || !strings.Contains(code.Text, ">   4") {
		t.Errorf("the excerpt is %q", code.Text)
	}
	if _, about := describeItem(p.only()); about != "Error in line 4" {
		t.Errorf("the list says %q", about)
	}
	if e.name.entry.Text != "Shop" || !e.name.entry.Disabled() || !e.toggles.rows[0].on.Disabled() || !e.duplicate.Disabled() {
		t.Error("the last good version can be edited")
	}
	fill(e.name, "typed")
	e.commit()
	test.Tap(e.toggles.rows[0].on)
	e.toggles.rows[0].reset.OnTapped()
	p.settle()
	p.wantFile("shop.yaml", bad)
	p.outside("shop.yaml", shopFile)
	if e.problem.box.Visible() || p.editor.name.entry.Disabled() {
		t.Error("the corrected file still shows as bad")
	}
}

func TestFileThatWasNeverGood(t *testing.T) {
	p := newTestProfiles(t, map[string]string{"shop.yaml": "name: [\n"})
	if name, _ := describeItem(p.only()); name != "shop.yaml" || p.editor.readable || !p.editor.problem.box.Visible() {
		t.Errorf("the list says %q", name)
	}
	p.outside("shop.yaml", shopFile)
	if !p.editor.readable || p.editor.name.entry.Text != "Shop" {
		t.Error("the corrected file is not shown")
	}
}

func TestWarningsAreShown(t *testing.T) {
	p := newTestProfiles(t, map[string]string{"shop.yaml": shopFile})
	if text := p.editor.oddities.String(); !p.editor.odd.Visible() || !strings.Contains(text, "Line 5") || !strings.Contains(text, "owner") {
		t.Errorf("shown is %q", text)
	}
}

func TestDeleteAndUndo(t *testing.T) {
	p := newTestProfiles(t, map[string]string{"shop.yaml": shopFile})
	p.setEnabled(p.items[0], true)
	p.settle()
	test.Tap(p.editor.remove)
	p.settle()
	if len(p.Store.Items()) != 0 || !p.undo.box.Visible() || p.adding == nil {
		t.Fatalf("%d profiles, bar %v", len(p.Store.Items()), p.undo.box.Visible())
	}
	test.Tap(p.undo.undo)
	p.settle()
	p.wantFile("shop.yaml", shopFile)
	if !p.only().Enabled || p.undo.box.Visible() || p.editor.title.String() != "Shop" || p.adding != nil {
		t.Errorf("after undo: %+v", p.only())
	}
}

func TestDuplicateOpensTheCopy(t *testing.T) {
	p := newTestProfiles(t, map[string]string{"shop.yaml": shopFile})
	test.Tap(p.editor.duplicate)
	p.settle()
	items := p.Store.Items()
	if len(items) != 2 || items[1].Enabled {
		t.Fatalf("%+v", items)
	}
	if p.chosen == filepath.Join(p.dir, "shop.yaml") || p.editor.item.Profile.Backends[0].URL != "https://dev.example.com" {
		t.Errorf("opened is %s", p.chosen)
	}
	p.enter(p.editor.name, "Shop")
	if !p.editor.name.wrong.Visible() || p.editor.item.Profile.Name == "Shop" {
		t.Error("two profiles may have one name")
	}
}

func TestCreateFromPastedURL(t *testing.T) {
	p := newTestProfiles(t, map[string]string{"shop.yaml": shopFile})
	p.add()
	n := p.adding
	fill(n.address, "shop")
	if !n.create.Disabled() || !n.address.wrong.Visible() {
		t.Error("a word passes as an address")
	}
	p.app.Clipboard().SetContent(" https://new.example.com/login?next=/ \n")
	fill(n.address, strings.TrimSpace(p.app.Clipboard().Content()))
	if n.title.entry.Text != "new.example.com" || n.create.Disabled() {
		t.Errorf("the name would be %q", n.title.entry.Text)
	}
	fill(n.title, "Shop")
	if !n.create.Disabled() || !n.title.wrong.Visible() {
		t.Error("a second Shop can be made")
	}
	fill(n.title, "New")
	p.refresh()
	if p.adding == nil {
		t.Fatal("a refresh closed the form")
	}
	test.Tap(n.create)
	p.settle()
	items := p.Store.Items()
	if len(items) != 2 || items[0].Profile.Name != "New" || items[0].Profile.Backends[0].URL != "https://new.example.com" || !items[0].Enabled {
		t.Fatalf("%+v", items)
	}
	if p.adding != nil || p.chosen != items[0].File {
		t.Error("the new profile is not opened")
	}
}

func TestBrokenStateIsTold(t *testing.T) {
	p := newTestProfiles(t, map[string]string{"shop.yaml": shopFile})
	if p.hitch.Visible() {
		t.Errorf("told is %q", p.hitch.String())
	}
	wake, cancel := p.Store.Subscribe()
	defer cancel()
	if err := os.WriteFile(filepath.Join(p.state, "enabled.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	select {
	case <-wake:
	case <-time.After(time.Minute):
		t.Fatal("the store did not notice the change")
	}
	p.refresh()
	if !p.hitch.Visible() || !strings.Contains(p.hitch.String(), "enabled.json") {
		t.Errorf("told is %q", p.hitch.String())
	}
}

func TestGivenFilesSayWhyNothingIsAdded(t *testing.T) {
	p := newTestProfiles(t, map[string]string{"shop.yaml": shopFile})
	store, err := profiles.OpenFiles([]string{filepath.Join(p.dir, "shop.yaml")}, t.TempDir(), nil, func(*proxy.Ruleset) {})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	p.Store = store
	test.Tap(p.editor.remove)
	p.settle()
	if p.window.Canvas().Overlays().Top() == nil || len(store.Items()) != 1 {
		t.Error("no dialog says why it can't be deleted")
	}
}

func TestWindowsFitASmallScreen(t *testing.T) {
	p := newTestProfiles(t, map[string]string{"shop.yaml": shopFile})
	w := openWelcome(p.UI)
	for name, window := range map[string]fyne.Window{"profiles": p.window, "welcome": w.window} {
		if got := window.Canvas().Content().MinSize(); got.Width > 900 || got.Height > 600 {
			t.Errorf("%s needs %v", name, got)
		}
	}
}

// A long name has the width of the page, in one line: between the buttons it would
// break by the letter, and make the window higher than any screen.
func TestProfilesWithALongName(t *testing.T) {
	p := newTestProfiles(t, map[string]string{"shop.yaml": strings.Replace(shopFile, "name: Shop", "name: "+strings.Repeat("Qualitätssicherung", 7), 1)})
	if !strings.Contains(p.editor.title.String(), "QualitätssicherungQualitätssicherung") {
		t.Fatalf("the title is %q", p.editor.title)
	}
	p.window.Resize(p.window.Content().MinSize())
	if got := p.editor.title.Size(); got.Width < 500 || got.Height > 60 {
		t.Errorf("in the smallest window it has %v", got)
	}
}

func TestSwitchByKeyboard(t *testing.T) {
	test.NewTempApp(t)
	flips := 0
	s := newSwitch("x", false, func(bool) { flips++ })
	w := test.NewTempWindow(t, s)
	w.Canvas().Focus(s)
	s.TypedRune(' ')
	s.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	s.SetOn(true)
	s.Disable()
	test.Tap(s)
	if flips != 2 || !s.On {
		t.Errorf("%d flips, on %v", flips, s.On)
	}
}
