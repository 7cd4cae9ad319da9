package ui

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

// A half-written or wrong expression leaves the list as it is, and says so; a blank
// field has no line below it once it is left.
func TestFilterField(t *testing.T) {
	u := newTestUI(t, "Shop")
	l, m := u.openLog(t)
	for _, e := range sampleEntries(30) {
		u.Recorder.Add(e)
	}
	u.feedLog(m)
	all := len(l.view.rows)
	c := l.window.Canvas()
	if l.hint.content.Visible() {
		t.Error("the line below the field is there before anybody writes")
	}
	c.Focus(l.filter)
	if !l.hint.content.Visible() || !strings.HasPrefix(l.hint.text.Text, "All terms must hold") {
		t.Errorf("the line says %q", l.hint.text.Text)
	}
	for _, step := range []struct {
		text, hint string
		applied    string
	}{
		{"met", "Tab: method:  (the method", ""},
		{"get met", "Tab: method:  (the method", "get "},
		{"get method:", "Tab: method:GET   method:POST", "get "},
		{"method:OPT", "Tab: method:OPTIONS", "method:OPT"},
		{"method:OPTIONS", "- before a term", "method:OPTIONS"},
		{"method:OPTIONS is:", "Tab: is:blocked   is:changed", "method:OPTIONS"},
		{"method:OPTIONS is:bx", "Is: knows no \"bx\"; it may be blocked", "method:OPTIONS"},
		{"method:OPTIONS is:bx sta", "Is: knows no \"bx\"", "method:OPTIONS"},
		{"method:GET profile:S", "Tab: profile:Shop", "method:GET profile:S"},
		{"toggle:allow-o", "Tab: toggle:allow-origin", "toggle:allow-o"},
		{`"two`, `The quote that begins here does not end`, "toggle:allow-o"},
		{"", "All terms must hold", ""},
	} {
		l.filter.SetText(step.text)
		u.feedLog(m)
		if !strings.HasPrefix(l.hint.text.Text, step.hint) || l.filter.applied != step.applied {
			t.Errorf("%q: the line says %q, and %q is applied", step.text, l.hint.text.Text, l.filter.applied)
		}
		if n := len(l.view.rows); n == 0 || (strings.TrimSpace(step.applied) == "") != (n == all) {
			t.Errorf("%q: %d rows of %d", step.text, n, all)
		}
	}
	l.filter.SetText("is:")
	c.Unfocus()
	if !l.hint.content.Visible() || !strings.Contains(l.hint.text.Text, "needs a value") {
		t.Errorf("a fault is no longer said: %q", l.hint.text.Text)
	}
	l.filter.SetText("is:unblocked")
	if l.hint.content.Visible() {
		t.Error("the line stays below a field that has been left")
	}
	u.feedLog(m)
	if n := len(l.view.rows); n == 0 || n == all {
		t.Errorf("%d rows of %d are unblocked", n, all)
	}
}

func TestFilterTab(t *testing.T) {
	u := newTestUI(t, "Shop")
	l, _ := u.openLog(t)
	l.window.Canvas().Focus(l.filter)
	test.Type(l.filter, "get -sta")
	tab := &fyne.KeyEvent{Name: fyne.KeyTab}
	for _, want := range []string{"get -state:", "get -state:aborted"} {
		if !l.filter.AcceptsTab() {
			t.Fatalf("at %q Tab would leave the field", l.filter.Text)
		}
		l.filter.TypedKey(tab)
		if l.filter.Text != want {
			t.Errorf("Tab made %q, want %q", l.filter.Text, want)
		}
	}
	if l.filter.AcceptsTab() {
		t.Error("with nothing to complete, Tab is kept from the next widget")
	}
	test.Type(l.filter, " x") // at the end
	if l.filter.Text != "get -state:aborted x" {
		t.Errorf("typing on made %q", l.filter.Text)
	}
}

func TestFilterHelp(t *testing.T) {
	u := newTestUI(t, "Shop")
	l, _ := u.openLog(t)
	test.Tap(l.filter.ActionItem.(fyne.Tappable))
	c := l.window.Canvas()
	if c.Overlays().Top() == nil {
		t.Fatal("no help shows")
	}
	size := c.Size()
	pop := showFilterHelp(c, l.filter.ActionItem)
	if need := pop.MinSize(); need.Height > pop.Content.Size().Height+8 {
		t.Errorf("the help needs a height of %v and has %v", need.Height, pop.Content.Size().Height)
	}
	at := pop.Content.Position()
	if end := at.Add(pop.Content.Size()); at.X < 0 || end.X > size.Width || end.Y > size.Height {
		t.Errorf("the help reaches from %v to %v, and the window to %v", at, end, size)
	}
}
