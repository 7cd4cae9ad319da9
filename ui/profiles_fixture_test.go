package ui

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"corsage/profiles"
	"corsage/proxy"
)

const shopFile = `# kept by the shop team
name: Shop
backends:
  - url: https://dev.example.com # the shared one
owner: team-shop
`

// testProfiles is the Profiles window over files in a temporary folder.
type testProfiles struct {
	*calmUI
	*profilesWindow
	t     *testing.T
	dir   string // of the profile files
	state string // of what is enabled
}

func newTestProfiles(t *testing.T, files map[string]string) *testProfiles {
	t.Helper()
	p := &testProfiles{calmUI: calm(t, newTestUI(t)), t: t, dir: t.TempDir(), state: t.TempDir()}
	for name, text := range files {
		p.write(name, text)
	}
	store, err := profiles.Open(profiles.Dirs{Config: p.dir, State: p.state}, nil, func(*proxy.Ruleset) {})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	p.Store = store
	p.profilesWindow = openProfiles(p.UI)
	p.show(p.window)
	return p
}

func (p *testProfiles) write(name, text string) {
	p.t.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

func (p *testProfiles) read(name string) string {
	p.t.Helper()
	data, err := os.ReadFile(filepath.Join(p.dir, name))
	if err != nil {
		p.t.Fatal(err)
	}
	return string(data)
}

// outside changes a file as another program does, and returns when the window
// has heard of it.
func (p *testProfiles) outside(name, text string) {
	p.t.Helper()
	wake, cancel := p.Store.Subscribe()
	defer cancel()
	p.write(name, text)
	timeout := time.After(time.Minute)
	for !p.hasRead(name, text) { // a wake-up may be for what the window itself wrote before
		select {
		case <-wake:
		case <-timeout:
			p.t.Fatal("the store did not notice the change")
		}
	}
	p.profilesChanged()
	p.settle()
}

// hasRead reports whether the store has what the text says.
func (p *testProfiles) hasRead(name, text string) bool {
	want, _, err := profiles.Parse(name, []byte(text))
	for _, item := range p.Store.Items() {
		if filepath.Base(item.File) == name {
			return err != nil && item.Err != nil || err == nil && item.Err == nil && reflect.DeepEqual(item.Profile, want)
		}
	}
	return false
}

// fill replaces an entry's text and leaves it there, as typing does.
func fill(f *field, text string) { f.entry.SetText(text) }

func (p *testProfiles) enter(f *field, text string) {
	p.window.Canvas().Focus(f.entry)
	fill(f, text)
	f.entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	p.settle()
}

// leave takes the focus away.
func (p *testProfiles) leave() {
	p.window.Canvas().Unfocus()
	p.settle()
}

func (p *testProfiles) only() profiles.Item {
	p.t.Helper()
	items := p.Store.Items()
	if len(items) != 1 {
		p.t.Fatalf("%d profiles", len(items))
	}
	return items[0]
}

func (p *testProfiles) wantFile(name, text string) {
	p.t.Helper()
	if got := p.read(name); got != text {
		p.t.Errorf("%s holds\n%s\nwant\n%s", name, got, text)
	}
}

func (v *togglesView) row(t *testing.T, name string) *toggleRow {
	t.Helper()
	for _, r := range v.rows {
		if r.m.Name == name {
			return r
		}
	}
	t.Fatalf("no switch for %s", name)
	return nil
}
