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

// A disk that is full before or after the key leaves no half of a root, and an old
// root as it was.
func TestForOnAFullDisk(t *testing.T) {
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
	}{{"nothing", 0}, {"half a key", 100}, {"the key, not the certificate", 300}} {
		dir := t.TempDir()
		full := func(do func()) {
			now := before
			now.Cur = c.room
			if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &now); err != nil {
				t.Fatal(err)
			}
			do()
			if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
				t.Fatal(err)
			}
		}
		roots := rootsAt(t, dir, &clock{})
		full(func() {
			a, err := roots.For(someProfile, []string{"one.test"})
			if a != nil || !errors.Is(err, syscall.EFBIG) || !strings.Contains(err.Error(), "free some space") {
				t.Errorf("room for %s: %v", c.name, err)
			}
		})
		if left, err := os.ReadDir(filepath.Join(dir, rootsDir)); err != nil || len(left) != 0 {
			t.Errorf("room for %s: it left %q (%v)", c.name, left, err)
		}
		old := mustRoot(t, roots, someProfile, "one.test")
		full(func() {
			a, err := roots.For(someProfile, []string{"one.test", "two.test"})
			if a != old || !errors.Is(err, syscall.EFBIG) {
				t.Errorf("room for %s, renewing: %v", c.name, err)
			}
		})
		if again := mustRoot(t, roots, someProfile, "one.test"); again != old {
			t.Errorf("room for %s: the old root was lost", c.name)
		}
		if now := mustRoot(t, roots, someProfile, "one.test", "two.test"); now == old || !now.Permits("two.test") {
			t.Errorf("room for %s: the root was not renewed once there was room", c.name)
		}
	}
}
