//go:build unix

package authority

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// childFull, in the environment, makes the test binary a process that may limit
// itself.
const childFull = "AUTHORITY_TEST_FULL"

// A disk that is full before or after the key leaves nothing that is no CA, and
// the next Open makes one of what there is.
func TestOpenOnAFullDisk(t *testing.T) {
	if os.Getenv(childFull) == "" {
		child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
		child.Env = append(os.Environ(), childFull+"=yes")
		if out, err := child.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		room uint64 // for one file, in bytes
		left []string
	}{
		{"nothing", 0, []string{"ca.lock"}},
		{"half a key", 100, []string{"ca.lock"}},
		{"the key", 300, []string{"ca-key.pem", "ca.lock"}},
	} {
		dir := t.TempDir()
		now := before
		now.Cur = c.room
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &now); err != nil {
			t.Fatal(err)
		}
		_, err := Open(dir)
		if e := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before); e != nil {
			t.Fatal(e)
		}
		if !errors.Is(err, syscall.EFBIG) || !strings.Contains(err.Error(), "free some space") {
			t.Errorf("room for %s: %v", c.name, err)
		}
		var left []string
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			left = append(left, e.Name())
		}
		if strings.Join(left, " ") != strings.Join(c.left, " ") {
			t.Errorf("room for %s: it left %q, want %q", c.name, left, c.left)
		}
		key, _ := os.ReadFile(filepath.Join(dir, keyFile))
		a := mustOpen(t, dir)
		if key != nil && read(t, filepath.Join(dir, keyFile)) != string(key) {
			t.Errorf("room for %s: the key was replaced", c.name)
		}
		if again := mustOpen(t, dir); !again.Certificate().Equal(a.Certificate()) {
			t.Errorf("room for %s: another CA", c.name)
		}
	}
}
