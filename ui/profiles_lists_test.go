package ui

import (
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2/test"

	"corsage/profiles"
	"corsage/proxy"
)

func TestNullOriginIsASwitch(t *testing.T) {
	p := newTestProfiles(t, map[string]string{"shop.yaml": shopFile})
	test.Tap(p.editor.origins.null)
	p.settle()
	if got, want := p.only().Profile.Origins, append(proxy.DefaultOrigins(), "null"); !slices.Equal(got, want) {
		t.Errorf("the origins are %q", got)
	}
	if !p.editor.origins.reset.Visible() {
		t.Error("no way back to the default")
	}
	test.Tap(p.editor.origins.reset)
	p.settle()
	if got := p.only().Profile.Origins; len(got) != 0 || p.editor.origins.null.On {
		t.Errorf("after reset the origins are %q", got)
	}
}

func TestOriginsAddAndRemove(t *testing.T) {
	p := newTestProfiles(t, map[string]string{"shop.yaml": shopFile})
	v := p.editor.origins
	test.Tap(v.add)
	if f := v.fields[6]; f.wrong.Visible() || p.window.Canvas().Focused() != f.entry {
		t.Error("the new field complains already, or has no focus")
	}
	p.enter(v.fields[6], "https://my.test")
	test.Tap(v.removes[0])
	p.settle()
	if got, want := p.only().Profile.Origins, append(proxy.DefaultOrigins()[1:], "https://my.test"); !slices.Equal(got, want) {
		t.Errorf("the origins are %q, want %q", got, want)
	}
	p.enter(v.fields[0], "*")
	if !strings.Contains(v.fields[0].wrong.String(), "would let every page") {
		t.Errorf("the field says %q", v.fields[0].wrong.String())
	}
}

func TestBackendsAddMoveRemove(t *testing.T) {
	p := newTestProfiles(t, map[string]string{"shop.yaml": shopFile})
	v := p.editor.backends
	test.Tap(v.add)
	p.enter(v.rows[1].fields[0], "https://b.example.com/v2")
	test.Tap(v.rows[1].buttons[0]) // up
	p.settle()
	test.Tap(v.rows[0].more)
	p.enter(v.rows[0].fields[1], "^/api/")
	test.Tap(v.rows[0].insecure)
	p.settle()
	want := []profiles.Backend{{URL: "https://b.example.com/v2", Path: "^/api/", Insecure: true}, {URL: "https://dev.example.com"}}
	if got := p.only().Profile.Backends; !slices.Equal(got, want) {
		t.Fatalf("the backends are %+v", got)
	}
	if got := p.read("shop.yaml"); !strings.Contains(got, "# the shared one") || !strings.Contains(got, "owner: team-shop") {
		t.Errorf("the file lost what others wrote:\n%s", got)
	}
	test.Tap(v.rows[0].buttons[2]) // remove
	p.settle()
	if got := p.only().Profile.Backends; !slices.Equal(got, want[1:]) {
		t.Errorf("the backends are %+v", got)
	}
	if !v.rows[0].buttons[2].Disabled() {
		t.Error("the last backend can be removed")
	}
}

func TestCSRFNames(t *testing.T) {
	p := newTestProfiles(t, map[string]string{"shop.yaml": shopFile})
	p.enter(p.editor.csrf[0], "XSRF-TOKEN")
	if got := p.only().Profile.CSRF.Cookie; got != "XSRF-TOKEN" {
		t.Errorf("the cookie is %q", got)
	}
	p.enter(p.editor.csrf[1], "no token")
	if f := p.editor.csrf[1]; !f.wrong.Visible() || f.entry.Text != "no token" || p.only().Profile.CSRF.Header != "" {
		t.Errorf("the field holds %q and says %q", f.entry.Text, f.wrong.String())
	}
}
