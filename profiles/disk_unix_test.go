//go:build unix

package profiles

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// limited, in the environment, makes the test binary a process that may set
// limits of its own.
const limited = "PROFILES_TEST_LIMITED"

// alone runs the test in a process of its own. It reports true in that process.
func alone(t *testing.T) bool {
	t.Helper()
	if os.Getenv(limited) != "" {
		return true
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), limited+"=yes")
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Errorf("%v\n%s", err, out)
	}
	return false
}

// limit sets one of the process's limits, and returns what puts it back.
func limit(t *testing.T, resource int, n uint64) (restore func()) {
	t.Helper()
	var before syscall.Rlimit
	must(t, syscall.Getrlimit(resource, &before))
	now := before
	now.Cur = n
	must(t, syscall.Setrlimit(resource, &now))
	return func() { must(t, syscall.Setrlimit(resource, &before)) }
}

// The system takes some bytes of a file and no more, as a full disk does.
func TestDiskFull(t *testing.T) {
	if !alone(t) {
		return
	}
	d := tempDirs(t)
	file, state := filepath.Join(d.Config, "shop.yaml"), filepath.Join(d.State, "enabled.json")
	write(t, file, shop)
	s, a := open(t, d)
	must(t, s.SetEnabled("Shop", true))
	rule, enabled := a.rules()[0], string(readFile(t, state))
	changes := []struct {
		what string
		do   func() error
	}{
		{"toggle", func() error { return s.SetToggle("Shop", "drop-hsts", false) }},
		{"rename", func() error { return s.Update("Shop", profileOf("Other", "https://shop.test")) }},
		{"create", func() error { return s.Create(profileOf("New", "https://new.test")) }},
		{"duplicate", func() error { _, err := s.Duplicate("Shop"); return err }},
		{"disable", func() error { return s.SetEnabled("Shop", false) }},
	}
	for _, room := range []uint64{0, 10} {
		restore := limit(t, syscall.RLIMIT_FSIZE, room)
		for _, c := range changes {
			err := c.do()
			if !errors.Is(err, syscall.EFBIG) || !strings.Contains(err.Error(), "free some space") {
				t.Errorf("%s with room for %d bytes: %v", c.what, room, err)
			}
			if got := string(readFile(t, file)); got != shop {
				t.Errorf("%s: the file is\n%s", c.what, got)
			}
			if got := string(readFile(t, state)); got != enabled {
				t.Errorf("%s: the state is\n%s", c.what, got)
			}
			if r := a.rules(); len(r) != 1 || r[0] != rule || len(s.Items()) != 1 || !item(t, s, file).Enabled {
				t.Errorf("%s: rules %q, items %+v", c.what, a.urls(), s.Items())
			}
			if list, err := os.ReadDir(d.Config); err != nil || len(list) != 1 {
				t.Errorf("%s: left over %v, %v", c.what, list, err)
			}
		}
		restore()
	}
	for _, c := range changes[:1] {
		must(t, c.do())
	}
	must(t, s.SetEnabled("Shop", false))
	if len(a.rules()) != 0 {
		t.Errorf("with room again, after a change: %q", a.urls())
	}
}

// Without descriptors nothing can be read: what is known stays in force.
func TestNoDescriptors(t *testing.T) {
	if !alone(t) {
		return
	}
	d := tempDirs(t)
	write(t, filepath.Join(d.Config, "shop.yaml"), shop)
	s, a := open(t, d)
	must(t, s.SetEnabled("Shop", true))
	restore := limit(t, syscall.RLIMIT_NOFILE, 0)
	s.refresh(nil)
	items, err := s.Items(), s.Err()
	restore()
	if a.urls() != "https://shop.test" || len(items) != 1 || !items[0].Enabled {
		t.Errorf("rules %q, items %+v", a.urls(), items)
	}
	if err == nil || !strings.Contains(err.Error(), "too many open files") {
		t.Errorf("it says %v", err)
	}
	s.refresh(nil)
	if err := s.Err(); err != nil || a.urls() != "https://shop.test" || s.Items()[0].Err != nil {
		t.Errorf("afterwards: %v, %q, %+v", err, a.urls(), s.Items())
	}
}

// Folders that vanish take what was in them along, and come back with a change.
func TestFoldersVanish(t *testing.T) {
	d := tempDirs(t)
	write(t, filepath.Join(d.Config, "shop.yaml"), shop)
	s, a := open(t, d)
	must(t, s.SetEnabled("Shop", true))

	must(t, os.RemoveAll(d.State))
	must(t, s.SetEnabled("Shop", true))
	if a.urls() != "https://shop.test" || !strings.Contains(string(readFile(t, filepath.Join(d.State, "enabled.json"))), "Shop") {
		t.Errorf("without the state's folder: %q", a.urls())
	}

	must(t, os.RemoveAll(d.Config))
	await(t, s, "the profile is gone", func() bool { return len(s.Items()) == 0 })
	if err := s.SetToggle("Shop", "drop-hsts", false); err == nil || !strings.Contains(err.Error(), "there is no profile") {
		t.Errorf("a change of what is gone: %v", err)
	}
	must(t, s.Create(profileOf("New", "https://new.test")))
	must(t, s.SetEnabled("New", true))
	if a.urls() != "https://new.test" {
		t.Errorf("a new one: %q", a.urls())
	}
}

// A folder that can't be written keeps what is in it, and says so.
func TestReadOnlyFolders(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write everywhere")
	}
	d := tempDirs(t)
	file, state := filepath.Join(d.Config, "shop.yaml"), filepath.Join(d.State, "enabled.json")
	write(t, file, shop)
	s, a := open(t, d)
	must(t, s.SetEnabled("Shop", true))
	enabled := string(readFile(t, state))
	for _, dir := range []string{d.Config, d.State} {
		must(t, os.Chmod(dir, 0o500))
		t.Cleanup(func() { _ = os.Chmod(dir, 0o700) })
	}
	for what, err := range map[string]error{
		"toggle":  s.SetToggle("Shop", "drop-hsts", false),
		"create":  s.Create(profileOf("New", "https://new.test")),
		"disable": s.SetEnabled("Shop", false),
		"delete":  func() error { _, err := s.Delete("Shop"); return err }(),
	} {
		if !errors.Is(err, os.ErrPermission) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if string(readFile(t, file)) != shop || string(readFile(t, state)) != enabled || a.urls() != "https://shop.test" {
		t.Errorf("something changed: %q", a.urls())
	}
}
