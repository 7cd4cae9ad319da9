package ui

import (
	"net/http"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"corsage/profiles"
	"corsage/proxy/record"
)

// framedEntry is a document that the browser keeps out of an allowed page's frame.
func framedEntry() *record.Entry {
	e := sampleEntry(1)
	request := e.Request.Head.Header()
	request.Del("Origin")
	request.Set("Sec-Fetch-Mode", "navigate")
	request.Set("Sec-Fetch-Dest", "iframe")
	e.Request.Head = record.NewHead(request)
	e.Response.Head = record.NewHead(http.Header{"Content-Type": {"text/html"}, "X-Frame-Options": {"DENY"}})
	e.Changes, e.Applied = nil, nil
	return e
}

func (u *testUI) profile(t *testing.T) *profiles.Profile {
	t.Helper()
	items := u.Store.Items()
	if len(items) != 1 || items[0].Profile == nil {
		t.Fatalf("%+v", items)
	}
	return items[0].Profile
}

func TestAdviceIsSetByOneClickAndUndone(t *testing.T) {
	u := newTestUI(t, "Shop")
	l, m := u.openLog(t)
	u.Recorder.Add(framedEntry())
	u.Recorder.Add(sampleEntry(2))
	u.feedLog(m)
	bar := l.details.advice
	settle := func() {
		u.settle()
		u.profilesChanged()
	}

	l.list.pick(l.view.rows[1])
	if bar.box.Visible() {
		t.Errorf("an exchange that needs nothing is advised %q", bar.text.Text)
	}
	l.list.pick(l.view.rows[0])
	if !bar.box.Visible() || !strings.HasPrefix(bar.text.Text, "Advice: Let allowed pages frame the backend's documents. X-Frame-Options: DENY forbids") {
		t.Fatalf("it says %q", bar.text.Text)
	}
	l.window.Resize(fyne.NewSize(1240, 721))
	shoot(t, l.window.Canvas(), "advice")

	test.Tap(bar.set)
	settle()
	if !u.profile(t).On("relax-frame-options") {
		t.Error("the click did not turn relax-frame-options on")
	}
	if bar.set.Text != "Undo" || !strings.Contains(bar.text.Text, "next request") {
		t.Errorf("then it says %q and offers %q", bar.text.Text, bar.set.Text)
	}
	shoot(t, l.window.Canvas(), "advice-done")
	l.list.pick(l.view.rows[1])
	if bar.box.Visible() {
		t.Errorf("another exchange says %q", bar.text.Text)
	}
	l.list.pick(l.view.rows[0])

	test.Tap(bar.set)
	settle()
	if u.profile(t).On("relax-frame-options") || bar.set.Text == "Undo" || !bar.box.Visible() {
		t.Errorf("undone, it says %q and offers %q", bar.text.Text, bar.set.Text)
	}

	// What somebody else changes afterwards is not undone along with it.
	test.Tap(bar.set)
	settle()
	p := u.profile(t)
	p.Set("cookie-httponly", true)
	if err := u.Store.Update(p.Name, *p); err != nil {
		t.Fatal(err)
	}
	settle()
	if bar.box.Visible() {
		t.Errorf("it offers %q for a profile that has changed since", bar.set.Text)
	}
}
