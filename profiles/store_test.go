package profiles

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"corsage/proxy"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// applied is what a Store has handed to the engine so far.
type applied struct {
	mu    sync.Mutex
	last  *proxy.Ruleset
	times int
}

func (a *applied) apply(r *proxy.Ruleset) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.last = r
	a.times++
}

func (a *applied) rules() []*proxy.Rule {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.last.Rules()
}

func (a *applied) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.times
}

// urls returns the backends that the engine has, in order.
func (a *applied) urls() string {
	var urls []string
	for _, r := range a.rules() {
		urls = append(urls, r.Backend.String())
	}
	return strings.Join(urls, " ")
}

func tempDirs(t *testing.T) Dirs {
	dir := t.TempDir()
	return Dirs{Config: filepath.Join(dir, "config", "profiles"), State: filepath.Join(dir, "state")}
}

func open(t *testing.T, d Dirs) (*Store, *applied) {
	t.Helper()
	a := &applied{}
	s, err := Open(d, nil, a.apply)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { must(t, s.Close()) })
	return s, a
}

func openFiles(t *testing.T, files ...string) (*Store, *applied) {
	t.Helper()
	a := &applied{}
	s, err := OpenFiles(files, t.TempDir(), nil, a.apply)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { must(t, s.Close()) })
	return s, a
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(file), 0o755))
	must(t, os.WriteFile(file, []byte(text), 0o644))
}

// save writes as careful editors do: beside the file, then over it.
func save(t *testing.T, file, text string) {
	t.Helper()
	write(t, file+"~", text)
	must(t, os.Rename(file+"~", file))
}

// await waits until a condition holds, which is asked whenever s changes.
func await(t *testing.T, s *Store, what string, holds func() bool) {
	t.Helper()
	wake, cancel := s.Subscribe()
	defer cancel()
	ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
	defer stop()
	for !holds() {
		select {
		case <-wake:
		case <-ctx.Done():
			t.Fatalf("%s: still not so; items are %+v", what, s.Items())
		}
	}
}

// item returns the item of a file.
func item(t *testing.T, s *Store, file string) Item {
	t.Helper()
	for _, it := range s.Items() {
		if filepath.Base(it.File) == filepath.Base(file) {
			return it
		}
	}
	t.Fatalf("no item for %s in %+v", file, s.Items())
	return Item{}
}

func names(s *Store) []string {
	var all []string
	for _, it := range s.Items() {
		if it.Profile == nil {
			all = append(all, "-")
		} else {
			all = append(all, it.Profile.Name)
		}
	}
	return all
}

const shop = "# ours\nname: Shop   # the tray\n\nbackends:\n  - url: https://shop.test   # main\nx-team: [a,b]\n"

func profileOf(name, url string) Profile {
	return Profile{Name: name, Backends: []Backend{{URL: url}}}
}

func TestStoreStory(t *testing.T) {
	d := tempDirs(t)
	s, a := open(t, d)
	if a.count() != 1 || len(a.rules()) != 0 || len(s.Items()) != 0 {
		t.Fatalf("a new store: applied %d times, %v, %v", a.count(), a.rules(), s.Items())
	}
	must(t, s.Create(profileOf("Zoo & Söhne", "https://zoo.test")))
	must(t, s.Create(profileOf("Shop", "https://shop.test")))
	if got := names(s); !slices.Equal(got, []string{"Shop", "Zoo & Söhne"}) || len(a.rules()) != 0 {
		t.Errorf("after Create: %q, rules %q", got, a.urls())
	}
	if f := s.Items()[1].File; f != filepath.Join(d.Config, "zoo-sohne.yaml") {
		t.Errorf("file %s", f)
	}
	must(t, s.SetEnabled("Zoo & Söhne", true))
	must(t, s.SetEnabled("Shop", true))
	if a.urls() != "https://shop.test https://zoo.test" {
		t.Errorf("rules %q", a.urls())
	}
	zoo := a.rules()[1]
	must(t, s.SetToggle("Shop", "csrf-token", false))
	rules := a.rules()
	if rules[1] != zoo {
		t.Error("a change of one profile made new rules for another: its tunnels would be closed")
	}
	if got, want := len(rules[0].Modifiers), len(zoo.Modifiers)-1; got != want {
		t.Errorf("%d modifiers, want %d", got, want)
	}
	if rules[0].Sessions == nil || rules[0].Sessions == zoo.Sessions {
		t.Error("profiles share a held session or have none")
	}
	if rules[0].CSRF != (proxy.CSRF{Cookie: "csrftoken", Header: "X-CSRFToken"}) {
		t.Errorf("CSRF %v", rules[0].CSRF)
	}
	if got := string(readFile(t, filepath.Join(d.Config, "shop.yaml"))); got != "name: Shop\nbackends:\n  - url: https://shop.test\ntoggles:\n  csrf-token: false\n" {
		t.Errorf("file\n%s", got)
	}
	must(t, s.SetEnabled("Shop", false))
	if a.urls() != "https://zoo.test" || item(t, s, "shop.yaml").Enabled {
		t.Errorf("rules %q", a.urls())
	}

	again, b := open(t, d) // what is kept
	if b.urls() != "https://zoo.test" || !slices.Equal(names(again), names(s)) {
		t.Errorf("opened again: %q with rules %q", names(again), b.urls())
	}
}

func TestStoreRefuses(t *testing.T) {
	d := tempDirs(t)
	s, a := open(t, d)
	must(t, s.Create(profileOf("Shop", "https://shop.test")))
	must(t, s.Create(profileOf("Zoo", "https://zoo.test")))
	before := string(readFile(t, filepath.Join(d.Config, "shop.yaml")))
	tests := []struct {
		what, want string
		do         func() error
	}{
		{"enable nobody", `did you mean "Shop"?`, func() error { return s.SetEnabled("shop", true) }},
		{"no such toggle", `did you mean "csrf-token"?`, func() error { return s.SetToggle("Shop", "csrf_token", true) }},
		{"no such profile", `there is no profile "Nope"`, func() error { return s.SetToggle("Nope", "csrf-token", true) }},
		{"create taken", "is the name of the profile in", func() error { return s.Create(profileOf("Shop", "https://b.test")) }},
		{"create bad", "backends[0].url", func() error { return s.Create(profileOf("Bad", "b.test")) }},
		{"rename to taken", "name: ", func() error { return s.Update("Shop", profileOf("Zoo", "https://shop.test")) }},
		{"update bad", "backends[0].url", func() error { return s.Update("Shop", profileOf("Shop", "ftp://b.test")) }},
		{"ca is missing", "backends[0].ca", func() error {
			return s.Update("Shop", Profile{Name: "Shop", Backends: []Backend{{URL: "https://shop.test", CA: "no.pem"}}})
		}},
		{"update nobody", "there is no profile", func() error { return s.Update("Nope", profileOf("Nope", "https://b.test")) }},
		{"delete nobody", "there is no profile", func() error { _, err := s.Delete("Nope"); return err }},
		{"duplicate nobody", "there is no profile", func() error { _, err := s.Duplicate("Nope"); return err }},
	}
	for _, test := range tests {
		if err := test.do(); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want something with %s", test.what, err, test.want)
		}
	}
	if after := string(readFile(t, filepath.Join(d.Config, "shop.yaml"))); after != before || len(a.rules()) != 0 || len(s.Items()) != 2 {
		t.Errorf("something changed: %s", after)
	}
	must(t, s.Close())
	must(t, s.Close())
	if err := s.SetEnabled("Shop", true); !errors.Is(err, errClosed) {
		t.Errorf("after Close: %v", err)
	}
}

func TestUpdateKeeps(t *testing.T) {
	d := tempDirs(t)
	file := filepath.Join(d.Config, "shop.yaml")
	write(t, file, shop)
	s, a := open(t, d)
	must(t, s.SetEnabled("Shop", true))
	held := a.rules()[0].Sessions
	p := *item(t, s, file).Profile
	p.Name = "The Shop"
	p.Backends[0].Path = "^/api"
	must(t, s.Update("Shop", p))
	want := "# ours\nname: The Shop   # the tray\n\nbackends:\n  - url: https://shop.test   # main\n    path: ^/api\nx-team: [a,b]\n"
	if got := string(readFile(t, file)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if it := item(t, s, file); !it.Enabled || it.Profile.Name != "The Shop" || len(it.Warnings) != 1 {
		t.Errorf("item %+v", it)
	}
	if r := a.rules(); len(r) != 1 || r[0].Sessions != held || r[0].Profile != "The Shop" {
		t.Errorf("the renamed profile lost its session or is off: %+v", r)
	}
	// what somebody has changed meanwhile stays too
	save(t, file, strings.Replace(want, "# ours", "# theirs", 1))
	must(t, s.SetToggle("The Shop", "drop-hsts", false))
	must(t, s.SetToggle("The Shop", "drop-hsts", true))
	if got := string(readFile(t, file)); got != strings.Replace(want, "# ours", "# theirs", 1) {
		t.Errorf("got\n%s", got)
	}
	if err := os.Chmod(file, 0o600); err != nil {
		t.Fatal(err)
	}
	must(t, s.SetToggle("The Shop", "drop-hsts", false))
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestDuplicateDeleteUndo(t *testing.T) {
	d := tempDirs(t)
	file := filepath.Join(d.Config, "mine.yml")
	write(t, file, shop)
	s, a := open(t, d)
	must(t, s.SetEnabled("Shop", true))
	held := a.rules()[0].Sessions
	for _, want := range []string{"Shop copy", "Shop copy 2"} {
		if name, err := s.Duplicate("Shop"); err != nil || name != want {
			t.Errorf("got %q, %v; want %q", name, err, want)
		}
	}
	if got := string(readFile(t, filepath.Join(d.Config, "shop-copy.yaml"))); got != strings.Replace(shop, "Shop", "Shop copy", 1) {
		t.Errorf("copy\n%s", got)
	}
	if item(t, s, "shop-copy.yaml").Enabled || a.urls() != "https://shop.test" {
		t.Error("a copy is enabled")
	}
	undo, err := s.Delete("Shop")
	must(t, err)
	if _, err := os.Stat(file); err == nil || len(a.rules()) != 0 || len(s.Items()) != 2 {
		t.Errorf("after Delete: %v, %q, %q", err, a.urls(), names(s))
	}
	must(t, undo())
	if got := string(readFile(t, file)); got != shop || a.urls() != "https://shop.test" || a.rules()[0].Sessions != held {
		t.Errorf("after undo: %q\n%s", a.urls(), got)
	}
	if err := undo(); err == nil {
		t.Error("undone twice")
	}
	undo, err = s.Delete("Shop")
	must(t, err)
	must(t, s.Create(profileOf("Shop", "https://b.test")))
	if a.urls() != "" {
		t.Error("a new profile of a deleted one's name is enabled")
	}
	if err := undo(); err == nil || !strings.Contains(err.Error(), "is the name of") {
		t.Errorf("undo although the name is taken: %v", err)
	}
}

func TestBadFile(t *testing.T) {
	d := tempDirs(t)
	file := filepath.Join(d.Config, "shop.yaml")
	write(t, file, shop)
	write(t, filepath.Join(d.Config, "bad.yaml"), "name: [\n")
	s, a := open(t, d)
	must(t, s.SetEnabled("Shop", true))
	if it := item(t, s, "bad.yaml"); it.Err == nil || it.Profile != nil || it.Enabled {
		t.Errorf("bad from the beginning: %+v", it)
	}
	rule := a.rules()[0]
	bad := strings.Replace(shop, "https:", "ftp:", 1)
	save(t, file, bad)
	await(t, s, "the mistake is seen", func() bool { return item(t, s, file).Err != nil })
	var errs Errors
	it := item(t, s, file)
	if !errors.As(it.Err, &errs) || errs[0].Line != 5 || errs[0].Column != 10 || errs[0].Field != "backends[0].url" || errs[0].File != file {
		t.Errorf("error %+v", it.Err)
	}
	if it.Profile.Backends[0].URL != "https://shop.test" || !it.Enabled || !slices.Contains(a.rules(), rule) {
		t.Errorf("the last good version does not work on: %+v, %q", it, a.urls())
	}
	for what, err := range map[string]error{
		"Update":    s.Update("Shop", profileOf("Shop", "https://b.test")),
		"SetToggle": s.SetToggle("Shop", "drop-hsts", false),
		"Duplicate": func() error { _, err := s.Duplicate("Shop"); return err }(),
	} {
		if !errors.As(err, &errs) || errs[0].Line != 5 {
			t.Errorf("%s of a bad file: %v", what, err)
		}
	}
	if got := string(readFile(t, file)); got != bad {
		t.Errorf("a bad file was written to:\n%s", got)
	}
	must(t, s.SetEnabled("Shop", false)) // can be turned off all the same
	must(t, s.SetEnabled("Shop", true))
	save(t, file, strings.Replace(shop, "shop.test", "mended.test", 1))
	await(t, s, "it is mended", func() bool { return a.urls() == "https://mended.test" })
	if it := item(t, s, file); it.Err != nil {
		t.Error(it.Err)
	}
}

func TestSameName(t *testing.T) {
	d := tempDirs(t)
	write(t, filepath.Join(d.Config, "a.yaml"), shop)
	write(t, filepath.Join(d.Config, "b.yaml"), strings.Replace(shop, "shop.test", "b.test", 1))
	write(t, filepath.Join(d.State, "enabled.json"), `{"enabled": ["Shop"]}`)
	s, a := open(t, d)
	err := item(t, s, "b.yaml").Err
	if err == nil || !strings.Contains(err.Error(), "b.yaml:2:7: name: \"Shop\" is the name of the profile in "+filepath.Join(d.Config, "a.yaml")) {
		t.Errorf("got %v", err)
	}
	if a.urls() != "https://shop.test" || item(t, s, "a.yaml").Err != nil {
		t.Errorf("rules %q", a.urls())
	}
	must(t, os.Remove(filepath.Join(d.Config, "a.yaml")))
	await(t, s, "the other one takes its place", func() bool { return a.urls() == "https://b.test" })
}
