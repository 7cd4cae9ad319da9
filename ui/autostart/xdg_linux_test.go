package autostart

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

func need(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("%v: .ci/setup --tests installs what the tests need", err)
		}
		t.Skipf("%v: .ci/setup --tests installs what this test needs", err)
	}
}

// await waits until ok holds.
func await(t *testing.T, ok func() bool) {
	t.Helper()
	late := time.After(time.Minute)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatal("waited in vain")
		}
	}
}

// The entry is as the specification wants it, and a desktop starts what it says,
// whatever stands in the path.
func TestXDGEntryForReal(t *testing.T) {
	need(t, "desktop-file-validate")
	need(t, "gio")
	dir := t.TempDir()
	e := newXDGEntry(dir, nil)
	path := program(t)
	if err := e.enable(path); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("desktop-file-validate", e.user).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%v: %s", err, out)
	}
	out := filepath.Join(dir, "out")
	cmd := exec.Command("gio", "launch", e.user)
	cmd.Env = append(os.Environ(), "OUT="+out, "XDG_CONFIG_HOME="+dir, "HOME="+dir, "DBUS_SESSION_BUS_ADDRESS=")
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	await(t, func() bool { _, err := os.Stat(out); return !errors.Is(err, fs.ErrNotExist) })
	if got, err := os.ReadFile(out); err != nil || string(got) != path+"|--hidden\n" {
		t.Errorf("the desktop started %q, %v; want %q", got, err, path)
	}
}
