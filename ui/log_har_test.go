package ui

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"corsage/proxy/record/filter"
	"corsage/ui/logstream"
)

// saveDialog is the file dialog as it is shown.
type saveDialog struct {
	name         *widget.Entry
	save, cancel *widget.Button
	text         string
}

func (u *testUI) saveDialog(t *testing.T) saveDialog {
	t.Helper()
	top := u.log.window.Canvas().Overlays().Top()
	if top == nil {
		t.Fatal("no dialog is shown")
	}
	d := saveDialog{text: allText(top)}
	for _, o := range test.LaidOutObjects(top) {
		if e, ok := o.(*widget.Entry); ok {
			d.name = e
		}
	}
	for _, b := range buttonsIn(top) {
		switch b.Text {
		case "Save":
			d.save = b
		case "Cancel":
			d.cancel = b
		}
	}
	if d.name == nil || d.save == nil || d.cancel == nil {
		t.Fatalf("not a dialog to save a file: %+v", d)
	}
	return d
}

// entriesOf are the entries of a HAR file.
func entriesOf(t *testing.T, name string) []any {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Log struct {
			Version string
			Creator struct{ Name, Version string }
			Entries []any
		}
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	if l := file.Log; l.Version != "1.2" || l.Creator.Name != "Corsage" || l.Creator.Version != "1.2.3" {
		t.Errorf("it is of %+v %s", l.Creator, l.Version)
	}
	return file.Log.Entries
}

// streamed are the entries that `corsage log --har` has for a filter.
func (u *testUI) streamed(t *testing.T, text string) (all []any) {
	t.Helper()
	f, err := filter.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := logstream.New(&out, logstream.Options{Format: logstream.HAR, Filter: f, Ring: logLimit, Last: -1}).Once(u.Recorder); err != nil {
		t.Fatal(err)
	}
	for d := json.NewDecoder(&out); d.More(); {
		var e any
		if err := d.Decode(&e); err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}

// openHAR opens the log of a program whose version is known, and whose user has a
// home folder for the files.
func openHAR(t *testing.T) (u *testUI, l *logWindow, m *logModel, home string) {
	t.Helper()
	home = t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home)
	u = newTestUI(t, "Shop")
	u.Version = "1.2.3"
	l, m = u.openLog(t)
	return u, l, m, home
}

func TestSaveHAR(t *testing.T) {
	u, l, m, home := openHAR(t)
	if !l.save.Disabled() {
		t.Error("it can be clicked with nothing to save")
	}
	press := func() {
		l.filter.TypedShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyS, Modifier: fyne.KeyModifierShortcutDefault})
	}
	if press(); l.window.Canvas().Overlays().Top() != nil {
		t.Error("the shortcut opened a dialog with nothing to save")
	}
	for _, e := range sampleEntries(40) {
		u.Recorder.Add(e)
	}
	l.filter.SetText("status-code:201 -method:OPTIONS")
	u.feedLog(m)

	test.Tap(l.save)
	d := u.saveDialog(t)
	if !strings.Contains(d.text, "look before you share it") || !strings.HasPrefix(d.name.Text, "corsage-") || filepath.Ext(d.name.Text) != ".har" {
		t.Errorf("the dialog says %q and offers %q", d.text, d.name.Text)
	}
	name := filepath.Join(home, d.name.Text)
	u.Recorder.Add(sampleEntries(3)[2]) // what comes while one chooses is shown, and so it is saved
	u.feedLog(m)
	test.Tap(d.save)
	u.settle()
	got, want := entriesOf(t, name), u.streamed(t, l.filter.Text)
	if len(want) < 3 || len(want) > 20 || !reflect.DeepEqual(got, want) {
		t.Errorf("%d entries were saved; corsage log --har has %d, or others", len(got), len(want))
	}
	if info, err := os.Stat(name); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("its mode is %v, %v", info.Mode(), err)
	}
	if l.save.Text != "Saved" || l.save.Disabled() || l.window.Canvas().Overlays().Top() != nil {
		t.Errorf("the button says %q", l.save.Text)
	}

	// Another time, without the filter, over the first file, which is asked.
	l.clearFilter()
	u.feedLog(m)
	press()
	d = u.saveDialog(t)
	d.name.SetText(filepath.Base(name))
	test.Tap(d.save)
	for _, b := range buttonsIn(l.window.Canvas().Overlays().Top()) {
		if b.Text == "Yes" {
			test.Tap(b)
		}
	}
	u.settle()
	if got := entriesOf(t, name); len(got) != 41 {
		t.Errorf("%d entries of 41 were saved over another file", len(got))
	}

	press()
	d = u.saveDialog(t)
	test.Tap(d.cancel)
	u.settle()
	if left, _ := filepath.Glob(filepath.Join(home, "*.har")); len(left) != 1 {
		t.Errorf("left there: %q", left)
	}
}

// What is paused is what is saved.
func TestSaveHARWhilePaused(t *testing.T) {
	u, l, m, _ := openHAR(t)
	u.Recorder.Add(sampleEntry(1))
	u.feedLog(m)
	l.togglePause()
	u.feedLog(m)
	u.Recorder.Add(sampleEntry(2))
	u.feedLog(m)
	name := filepath.Join(t.TempDir(), "a.har")
	l.writeHAR(name)
	u.settle()
	if got := entriesOf(t, name); len(got) != 1 {
		t.Errorf("%d entries of the one that is shown", len(got))
	}
}

// Traffic goes on while a file is written: the recorder, which it waits for, is not
// asked.
func TestSaveHARDuringTraffic(t *testing.T) {
	u, l, m, _ := openHAR(t)
	for _, e := range sampleEntries(300) {
		u.Recorder.Add(e)
	}
	u.feedLog(m)
	rows := l.view.rows
	var traffic sync.WaitGroup
	stop := make(chan struct{})
	traffic.Go(func() {
		for i := 1; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			e := *rows[i%len(rows)].Entry
			e.Duration++
			u.Recorder.Update(&e)
			u.Recorder.Add(sampleEntry(i))
		}
	})
	name := filepath.Join(t.TempDir(), "a.har")
	err := writeHARFile(t.Context(), name, "1.2.3", rows)
	close(stop)
	traffic.Wait()
	if err != nil {
		t.Fatal(err)
	}
	if got := entriesOf(t, name); len(got) != 300 {
		t.Errorf("%d entries", len(got))
	}
}

// A failure says why and what to do, leaves nothing behind, and the next try works.
func TestSaveHARFails(t *testing.T) {
	u, l, m, home := openHAR(t)
	u.Recorder.Add(sampleEntry(1))
	u.feedLog(m)
	failed := func(step, why string) {
		t.Helper()
		u.settle()
		top := l.window.Canvas().Overlays().Top()
		if top == nil {
			t.Fatalf("%s: it says nothing", step)
		}
		if text := allText(top); !strings.Contains(text, why) || !strings.Contains(text, "Choose another folder or another name.") {
			t.Errorf("%s: it says %q", step, text)
		}
		if l.save.Disabled() || l.save.Text == "Saved" {
			t.Errorf("%s: the button says %q, disabled: %t", step, l.save.Text, l.save.Disabled())
		}
		l.window.Canvas().Overlays().Remove(top)
	}

	test.Tap(l.save)
	d := u.saveDialog(t)
	d.name.SetText(filepath.Join("nowhere", "a.har"))
	test.Tap(d.save)
	failed("the folder is gone", "a.har")

	l.writeHAR(filepath.Join(home, "nowhere", "a.har"))
	failed("the folder went", "the HAR file "+filepath.Join(home, "nowhere", "a.har"))

	if runtime.GOOS == "linux" {
		l.writeHAR("/dev/full")
		failed("the disk is full", "no space left on device")
	}

	name := filepath.Join(home, "a.har")
	if err := os.WriteFile(name, nil, 0o600); err != nil { // as the dialog makes it
		t.Fatal(err)
	}
	u.stop()
	if err := writeHARFile(u.ctx, name, "1.2.3", l.view.rows); err == nil {
		t.Error("it was written though the app has ended")
	}
	if left, _ := filepath.Glob(filepath.Join(home, "*.har")); len(left) != 0 {
		t.Errorf("left there: %q", left)
	}
}
