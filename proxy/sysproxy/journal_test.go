package sysproxy

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// A journal that was damaged is set aside, and nothing is guessed.
func TestDamagedJournal(t *testing.T) {
	for _, c := range []struct {
		name   string
		damage func(text string) string
	}{
		{"empty", func(string) string { return "" }},
		{"cut off", func(text string) string { return text[:len(text)/2] }},
		{"a letter", func(text string) string { return strings.Replace(text, "none", "nome", 1) }},
		{"no checksum", func(text string) string { line, _, _ := strings.Cut(text, "\n"); return line + "\n" }},
		{"zeros", func(text string) string { return strings.Repeat("\x00", len(text)) }},
	} {
		m, dir := newMemory(), t.TempDir()
		s := m.opened(t, dir)
		if err := s.On(t.Context(), wantPAC); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, journalFile)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(c.damage(string(text))), 0o600); err != nil {
			t.Fatal(err)
		}
		_ = s.lock.Close()
		on := maps.Clone(m.values)
		next := m.opened(t, dir)
		var damaged *DamagedError
		if _, err := next.State(t.Context()); !errors.As(err, &damaged) {
			t.Errorf("%s: state: %v", c.name, err)
		}
		if _, err := next.Off(t.Context()); !errors.As(err, &damaged) || damaged.Aside != path+".broken" {
			t.Errorf("%s: off: %v", c.name, err)
		}
		if kept, err := os.ReadFile(path + ".broken"); err != nil || string(kept) != c.damage(string(text)) {
			t.Errorf("%s: set aside: %q, %v", c.name, kept, err)
		}
		if !reflect.DeepEqual(m.values, on) {
			t.Errorf("%s: guessed %v", c.name, m.values)
		}
		if err := next.On(t.Context(), wantPAC); err != nil {
			t.Errorf("%s: the switch no longer works: %v", c.name, err)
		}
	}
}

// FuzzJournal: whatever the text, it is refused, or it is a journal that means
// the same when it is written again.
func FuzzJournal(f *testing.F) {
	m := newMemory()
	find := func(string) (desktop, error) { return m, nil }
	for _, j := range []journal{
		{Version: 1, Desktop: "memory"},
		{Version: 2, Desktop: "memory"},
		{Version: 1, Desktop: "memory", Entries: []entry{{Key: "mode", Ours: []string{"auto"}, With: []string{"url"}, Decides: true}}},
		{Version: 1, Desktop: "memory", Entries: []entry{{Key: "nonsense", Ours: []string{"auto"}}}},
	} {
		text, err := j.encode()
		if err != nil {
			f.Fatal(err)
		}
		line, _, _ := strings.Cut(string(text), "\n")
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		text := []byte(signed(line))
		j, _, err := decodeJournal(text, find)
		if err != nil {
			return
		}
		again, err := j.encode()
		if err != nil {
			t.Fatal(err)
		}
		k, _, err := decodeJournal(again, find)
		if err != nil {
			t.Fatalf("%s: %v", again, err)
		}
		if third, err := k.encode(); err != nil || string(third) != string(again) {
			t.Fatalf("%s became %s, %v", again, third, err)
		}
		for _, e := range j.Entries {
			if !m.has(e.Key) || len(e.Ours) == 0 {
				t.Fatalf("accepted %+v", e)
			}
		}
	})
}
