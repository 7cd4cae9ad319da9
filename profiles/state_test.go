package profiles

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

func TestBrokenState(t *testing.T) {
	for name, text := range map[string]string{
		"empty":    "",
		"cut":      `{"enabled": ["Sh`,
		"trailing": `{"enabled": ["Shop"]} {}`,
		"type":     `{"enabled": "Shop"}`,
	} {
		t.Run(name, func(t *testing.T) {
			d := tempDirs(t)
			file := filepath.Join(d.State, "enabled.json")
			write(t, filepath.Join(d.Config, "shop.yaml"), shop)
			write(t, file, text)
			s, a := open(t, d)
			if err := s.Err(); err == nil || !strings.Contains(err.Error(), file) || len(a.rules()) != 0 {
				t.Errorf("got %v and rules %q", err, a.urls())
			}
			if got := string(readFile(t, file)); got != text {
				t.Errorf("it was overwritten: %s", got)
			}
			must(t, s.SetEnabled("Shop", true))
			if got := string(readFile(t, file+".broken")); got != text {
				t.Errorf("put aside: %s", got)
			}
			if s.Err() != nil || a.urls() != "https://shop.test" {
				t.Errorf("after a change: %v, %q", s.Err(), a.urls())
			}
		})
	}
}

// Two processes that change the state at once lose nothing.
func TestSharedState(t *testing.T) {
	d := tempDirs(t)
	const n = 8
	for i := range n {
		write(t, filepath.Join(d.Config, fmt.Sprintf("p%d.yaml", i)), strings.Replace(shop, "Shop", fmt.Sprintf("P%d", i), 1))
	}
	one, a := open(t, d)
	two, b := open(t, d)
	var wg sync.WaitGroup
	errs := make([]error, n)
	for i := range n {
		wg.Go(func() {
			s := one
			if i%2 == 1 {
				s = two
			}
			errs[i] = s.SetEnabled(fmt.Sprintf("P%d", i), true)
		})
	}
	wg.Wait()
	must(t, errors.Join(errs...))
	await(t, one, "the first has all", func() bool { return len(a.rules()) == n })
	await(t, two, "the second has all", func() bool { return len(b.rules()) == n })
	must(t, two.SetEnabled("P3", false))
	await(t, one, "the first hears of it", func() bool { return len(a.rules()) == n-1 })
}

// A write that fails leaves file, state and memory as they were.
func TestWriteFails(t *testing.T) {
	d := tempDirs(t)
	file := filepath.Join(d.Config, "shop.yaml")
	write(t, file, shop)
	s, a := open(t, d)
	must(t, s.SetEnabled("Shop", true))
	rule := a.rules()[0]
	state := string(readFile(t, filepath.Join(d.State, "enabled.json")))
	full := func(path string, _ []byte, _ fs.FileMode) error {
		return fmt.Errorf("%s is not saved; free some space: %w", path, syscall.ENOSPC)
	}
	check := func(what string, err, want error) {
		t.Helper()
		if !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", what, err, want)
		}
		if got := string(readFile(t, file)); got != shop {
			t.Errorf("%s: the file is\n%s", what, got)
		}
		if got := string(readFile(t, filepath.Join(d.State, "enabled.json"))); got != state {
			t.Errorf("%s: the state is\n%s", what, got)
		}
		if r := a.rules(); len(r) != 1 || r[0] != rule || len(s.Items()) != 1 || !item(t, s, file).Enabled {
			t.Errorf("%s: rules %q, items %+v", what, a.urls(), s.Items())
		}
		leftover, err := filepath.Glob(filepath.Join(d.Config, ".corsage-*"))
		if err != nil || len(leftover) > 0 {
			t.Errorf("%s: left over %q, %v", what, leftover, err)
		}
	}
	renamed := profileOf("Other", "https://shop.test")
	s.write = full
	check("toggle on a full disk", s.SetToggle("Shop", "drop-hsts", false), syscall.ENOSPC)
	check("rename on a full disk", s.Update("Shop", renamed), syscall.ENOSPC)
	check("create on a full disk", s.Create(profileOf("New", "https://new.test")), syscall.ENOSPC)
	s.write = WriteFile
	s.state.(*stateFile).write = full
	check("disable on a full disk", s.SetEnabled("Shop", false), syscall.ENOSPC)
	check("rename on a full disk for the state", s.Update("Shop", renamed), syscall.ENOSPC)
	s.state.(*stateFile).write = WriteFile
	must(t, os.Chmod(file, 0o444))
	check("a write-protected file", s.SetToggle("Shop", "drop-hsts", false), fs.ErrPermission)
	must(t, os.Chmod(file, 0o644))
	must(t, s.SetToggle("Shop", "drop-hsts", false))
}

func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "a")
	must(t, WriteFile(file, []byte("one"), 0o600))
	must(t, WriteFile(file, []byte("two"), 0o644))
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 || string(readFile(t, file)) != "two" {
		t.Errorf("%v, %v", info, err)
	}
	if err := WriteFile(filepath.Join(dir, "none", "a"), nil, 0o600); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "writable") {
		t.Errorf("got %v", err)
	}
	if err := WriteFile(dir, []byte("x"), 0o600); err == nil {
		t.Error("a folder was replaced")
	}
	if list, err := os.ReadDir(dir); err != nil || len(list) != 1 {
		t.Errorf("left over %v, %v", list, err)
	}
}
