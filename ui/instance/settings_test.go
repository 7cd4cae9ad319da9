package instance

import (
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"corsage/profiles"
)

func TestReadSettings(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       Settings
		unknown    string
		fault      string // part of the error; "" for none
	}{
		{"no text", "", DefaultSettings(), "", ""},
		{"comments only", "# nothing\n", DefaultSettings(), "", ""},
		{"all", "auto-off: 1h30m\nsystem-proxy: fixed\n", Settings{90 * time.Minute, SystemProxyFixed}, "", ""},
		{"never", "auto-off: never\n", Settings{0, SystemProxyPAC}, "", ""},
		{"quoted, flow", `{"auto-off": "45m"}`, Settings{45 * time.Minute, SystemProxyPAC}, "", ""},
		{"of a later version", "auto-off: 2h\ncolour: blue\n", Settings{2 * time.Hour, SystemProxyPAC}, "colour", ""},
		{"a number", "\nauto-off: 9\n", DefaultSettings(), "", `line 2: auto-off: "9" is no duration: write never, or hours and minutes such as 9h or 1h30m`},
		{"too short", "auto-off: 59s\n", DefaultSettings(), "", `line 1: auto-off: "59s" is too short: write never, or at least 1m`},
		{"negative", "auto-off: -9h\n", DefaultSettings(), "", "too short"},
		{"no value", "auto-off:\n", DefaultSettings(), "", "line 1: auto-off needs a value"},
		{"a list", "auto-off: [9h]\n", DefaultSettings(), "", "line 1: auto-off needs a value"},
		{"another word", "system-proxy: on\n", DefaultSettings(), "", `line 1: system-proxy: "on" is not allowed: write pac or fixed`},
		{"two faults", "auto-off: x\nsystem-proxy: y\n", DefaultSettings(), "", "line 2"},
		{"twice", "auto-off: 1h\nauto-off: 2h\n", DefaultSettings(), "", "line 2: auto-off stands there twice"},
		{"no mapping", "9h\n", DefaultSettings(), "", "line 1: write one setting a line"},
		{"broken", "auto-off: [\n", DefaultSettings(), "", "it is no YAML"},
		{"two documents", "auto-off: 1h\n---\nauto-off: 2h\n", DefaultSettings(), "", "more than one document"},
	} {
		got, unknown, err := readSettings([]byte(c.text))
		if (err == nil) != (c.fault == "") || err != nil && !strings.Contains(err.Error(), c.fault) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.fault)
		}
		if err == nil && (got != c.want || strings.Join(unknown, ",") != c.unknown) {
			t.Errorf("%s: %+v, unknown %q", c.name, got, unknown)
		}
	}
}

func TestWriteSettings(t *testing.T) {
	for _, c := range []struct {
		name, text string
		now        Settings
		want       string
	}{
		{"first", "", Settings{0, SystemProxyPAC}, "# What you chose in Corsage, for all profiles.\nauto-off: never\n"},
		{"what is there stays", "# mine\ncolour: blue # of another version\nauto-off: 9h # a day\n", Settings{time.Hour, SystemProxyFixed},
			"# mine\ncolour: blue # of another version\nauto-off: 1h # a day\nsystem-proxy: fixed\n"},
		{"comments alone", "# auto-off: 1h\n\n# as it was\n", Settings{0, SystemProxyPAC}, "# auto-off: 1h\n\n# as it was\nauto-off: never\n"},
		{"comments apart", "# mine\n\nauto-off: 1h\n# of the next\nsystem-proxy: pac\n\n# the end\n", Settings{0, SystemProxyPAC},
			"# mine\n\nauto-off: never\n# of the next\nsystem-proxy: pac\n\n# the end\n"},
		{"to the default", "auto-off: 1h\n", DefaultSettings(), "auto-off: 9h\n"},
		{"quoted", "auto-off: \"1h\"\n", DefaultSettings(), "auto-off: 9h\n"},
	} {
		was, _, err := readSettings([]byte(c.text))
		if err != nil {
			t.Fatal(err)
		}
		got, err := writeSettings([]byte(c.text), was, c.now)
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %q, %v, want %q", c.name, got, err, c.want)
		}
	}
}

func TestAutoOffText(t *testing.T) {
	for _, c := range []struct {
		d    time.Duration
		text string
	}{
		{0, "never"}, {time.Minute, "1m"}, {10 * time.Minute, "10m"}, {90 * time.Minute, "1h30m"}, {9 * time.Hour, "9h"},
		{30 * time.Hour, "30h"}, {time.Hour + 30*time.Second, "1h0m30s"},
	} {
		if got := FormatAutoOff(c.d); got != c.text {
			t.Errorf("%v: %q, want %q", c.d, got, c.text)
		}
		if got, err := ParseAutoOff(c.text); got != c.d || err != nil {
			t.Errorf("%q: %v, %v", c.text, got, err)
		}
	}
}

// FuzzSettings: whatever the text, reading it ends with settings that are
// allowed, and a file that could be read can be changed.
func FuzzSettings(f *testing.F) {
	for _, text := range []string{"", "auto-off: 9h\n", "# x\n{auto-off: never, system-proxy: fixed}", "a: &a 1\nb: *a\n", "? [a]\n: b\n", "auto-off: &x 2h\nc: *x\n", "\xfe\xff"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		was, _, err := readSettings(text)
		for _, s := range allSettings() {
			if err := s.set(new(Settings), s.get(was)); err != nil {
				t.Fatalf("%q gave %+v: %v", text, was, err)
			}
		}
		if err != nil {
			return
		}
		now := Settings{AutoOff: was.AutoOff + 3*time.Hour, SystemProxy: SystemProxyFixed}
		out, err := writeSettings(text, was, now)
		if err != nil {
			return // an alias of a value that changed, for example
		}
		if got, _, err := readSettings(out); err != nil || got != now {
			t.Fatalf("%q became %q, which is %+v, %v; want %+v", text, out, got, err, now)
		}
	})
}

func TestSettingsFileFollowsItsFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "corsage", "settings.yaml")
	var said notices
	s := OpenSettings(path, slog.New(slog.NewTextHandler(&said, nil)))
	defer s.Close()
	wake, cancel := s.Subscribe()
	defer cancel()
	if got := s.Get(); got != DefaultSettings() {
		t.Fatalf("without a file: %+v", got)
	}
	save := func(text string) {
		t.Helper()
		if err := profiles.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	until := func(what string, ok func() bool) {
		t.Helper()
		late := time.After(time.Minute)
		for !ok() {
			select {
			case <-wake:
			case <-late:
				t.Fatalf("waited in vain: %s; %+v, %v", what, s.Get(), s.Err())
			}
		}
	}
	save("auto-off: 2h\n")
	until("a new file counts", func() bool { return s.Get().AutoOff == 2*time.Hour })
	save("auto-off: two hours\n")
	until("a mistake is told", func() bool { return s.Err() != nil })
	if s.Get().AutoOff != 2*time.Hour || !strings.Contains(said.String(), path+": line 1: auto-off") {
		t.Errorf("bad text made it %+v, and the log says %q", s.Get(), said.String())
	}
	if err := s.Update(func(s *Settings) { s.AutoOff = 0 }); err == nil || !strings.Contains(err.Error(), "correct their file first") {
		t.Errorf("a bad file was changed: %v", err)
	}
	save("auto-off: 3h\n")
	until("the corrected file counts", func() bool { return s.Err() == nil && s.Get().AutoOff == 3*time.Hour })
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	until("without the file it is as before", func() bool { return s.Get() == DefaultSettings() })
}

// A mistake in one key takes nothing from the others, at the start either.
func TestSettingsFileWithAMistake(t *testing.T) {
	path := filepath.Join(t.TempDir(), "settings.yaml")
	for text, want := range map[string]Settings{
		"auto-off: never\nsystem-proxy: on\n":        {0, SystemProxyPAC},
		"auto-off: sometimes\nsystem-proxy: fixed\n": {WorkingDay, SystemProxyFixed},
		"auto-off: [\n": DefaultSettings(),
	} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		s := OpenSettings(path, slog.New(slog.DiscardHandler))
		if s.Get() != want || s.Err() == nil {
			t.Errorf("%q: %+v, %v; want %+v", text, s.Get(), s.Err(), want)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestSettingsUpdate(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "settings.yaml")
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	s := OpenSettings(path, log)
	defer s.Close()
	if err := s.Update(func(*Settings) {}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no change made a file: %v", err)
	}
	if err := s.Update(func(s *Settings) { s.AutoOff = time.Second }); err == nil || s.Get() != DefaultSettings() {
		t.Errorf("a second was allowed: %v, %+v", err, s.Get())
	}
	if err := s.Update(func(s *Settings) { s.AutoOff = 0 }); err != nil || s.Get().AutoOff != 0 {
		t.Fatalf("%v, %+v", err, s.Get())
	}
	other := OpenSettings(path, log)
	defer other.Close()
	if got := other.Get(); got.AutoOff != 0 {
		t.Errorf("another reader has %+v", got)
	}
	memory := OpenSettings("", log)
	defer memory.Close()
	if err := memory.Update(func(s *Settings) { s.SystemProxy = SystemProxyFixed }); err != nil || memory.Get().SystemProxy != SystemProxyFixed {
		t.Errorf("in memory: %v, %+v", err, memory.Get())
	}
}

// A settings file that is a link into a folder of dotfiles stays a link.
func TestSettingsFileThatIsALink(t *testing.T) {
	dotfiles, dir := t.TempDir(), t.TempDir()
	real, path := filepath.Join(dotfiles, "corsage.yaml"), filepath.Join(dir, "settings.yaml")
	if err := os.WriteFile(real, []byte("auto-off: 1h\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(real, path); err != nil {
		t.Skip(err)
	}
	s := OpenSettings(path, slog.New(slog.NewTextHandler(io.Discard, nil)))
	defer s.Close()
	if err := s.Update(func(s *Settings) { s.AutoOff = 2 * time.Hour }); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(real)
	if err != nil || string(text) != "auto-off: 2h\n" {
		t.Errorf("%q, %v", text, err)
	}
	if err := os.Remove(real); err != nil { // as before the first checkout of the dotfiles
		t.Fatal(err)
	}
	if err := s.Update(func(s *Settings) { s.AutoOff = 3 * time.Hour }); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(real); err != nil || !strings.Contains(string(text), "auto-off: 3h\n") {
		t.Errorf("%q, %v", text, err)
	}
	if info, err := os.Lstat(path); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("%v, %v", info, err)
	}
}
