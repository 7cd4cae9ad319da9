package browser_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"corsage/proxy/browser"
)

// TestMain is also the Corsage that TestKilled kills.
func TestMain(m *testing.M) {
	if program := os.Getenv("BROWSER_TEST_LAUNCH"); program != "" {
		b := browser.Browser{Name: "Fake", Path: program}
		if _, err := b.Launch(context.Background(), browser.Options{Proxy: "127.0.0.1:1", Profile: os.Getenv("BROWSER_TEST_PROFILE")}); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		time.Sleep(time.Hour)
	}
	os.Exit(m.Run())
}

// fake is a browser that writes its process's ID into the folder of its profile,
// and lives on, unless it has the profile already.
func fake(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "fake")
	if err := os.WriteFile(path, []byte(`#!/bin/sh
for a; do case "$a" in --user-data-dir=*) dir="${a#*=}";; esac; done
[ -e "$dir/pid" ] && exit 0
echo $$ > "$dir/pid.new" && mv "$dir/pid.new" "$dir/pid"
exec sleep 3600
`), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

// launched starts a Corsage that opens the program, and returns it and the
// program's process, both running.
func launched(t *testing.T, program, profile, temp string) (corsage *exec.Cmd, pid int) {
	t.Helper()
	corsage = exec.Command(os.Args[0])
	corsage.Env = append(os.Environ(), "BROWSER_TEST_LAUNCH="+program, "BROWSER_TEST_PROFILE="+profile, "TMPDIR="+temp)
	if err := corsage.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = corsage.Process.Kill(); _ = corsage.Wait() })
	at := filepath.Join(profile, "pid")
	if profile == "" {
		at = filepath.Join(temp, "corsage-browser-*", "pid")
	}
	await(t, "the browser to run", func() bool {
		for _, name := range glob(at) {
			text, err := os.ReadFile(name)
			pid, _ = strconv.Atoi(strings.TrimSpace(string(text)))
			return err == nil && pid > 0
		}
		return false
	})
	t.Cleanup(func() { _ = syscall.Kill(pid, syscall.SIGKILL) })
	return corsage, pid
}

func glob(pattern string) []string {
	list, _ := filepath.Glob(pattern)
	return list
}

// alive reports whether the process runs; one that nobody has asked for yet how
// it ended does not.
func alive(pid int) bool {
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return false
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if state, ok := strings.CutPrefix(s.Text(), "State:"); ok {
			return !strings.HasPrefix(strings.TrimSpace(state), "Z")
		}
	}
	return false
}

// A Corsage that is killed leaves no temporary browser behind, and the next
// start, of a kept profile too, deletes its profile; but not one that is in use.
func TestKilledWithATemporaryBrowser(t *testing.T) {
	program, temp := fake(t), t.TempDir()
	t.Setenv("TMPDIR", temp)
	corsage, pid := launched(t, program, "", temp)
	b := browser.Browser{Name: "Fake", Path: program}

	p, err := b.Launch(t.Context(), browser.Options{Proxy: "127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	if len(glob(filepath.Join(temp, "corsage-browser-*"))) != 2 || !alive(pid) {
		t.Error("a profile that is in use was deleted")
	}
	p.Close()

	_ = corsage.Process.Kill()
	_ = corsage.Wait()
	await(t, "the browser to end", func() bool { return !alive(pid) })
	p, err = b.Launch(t.Context(), browser.Options{Proxy: "127.0.0.1:1", Profile: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if left := glob(filepath.Join(temp, "corsage-browser-*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// In a folder for temporary files that is everybody's, others may leave links that
// lead to a user's own folders and files.
func TestSweepFollowsNoLinks(t *testing.T) {
	program, temp, own := fake(t), t.TempDir(), t.TempDir()
	t.Setenv("TMPDIR", temp)
	theirs := filepath.Join(temp, "corsage-browser-2")
	if err := errors.Join(os.Symlink(own, filepath.Join(temp, "corsage-browser-1")), os.Mkdir(theirs, 0o755),
		os.Symlink(filepath.Join(own, "file"), filepath.Join(theirs, "corsage.lock")),
		os.Chtimes(own, time.Time{}, time.Unix(1, 0)), os.Chtimes(theirs, time.Time{}, time.Unix(1, 0))); err != nil {
		t.Fatal(err)
	}
	p, err := browser.Browser{Name: "Fake", Path: program}.Launch(t.Context(), browser.Options{Proxy: "127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	p.Close()
	if made := glob(filepath.Join(own, "*")); len(made) != 0 {
		t.Errorf("made through links: %v", made)
	}
}

// A browser with a kept profile outlives a Corsage that is killed; the next one
// knows that it is open.
func TestKilledWithAKeptBrowser(t *testing.T) {
	program, profile := fake(t), t.TempDir()
	corsage, pid := launched(t, program, profile, t.TempDir())
	_ = corsage.Process.Kill()
	_ = corsage.Wait()
	b, o := browser.Browser{Name: "Fake", Path: program}, browser.Options{Proxy: "127.0.0.1:1", Profile: profile}
	p, err := b.Launch(t.Context(), o)
	if err != nil || !p.Joined() || !alive(pid) {
		t.Fatalf("the open browser is not seen: %v", err)
	}
	<-p.Done()
	closed := p.Closed(t.Context())
	select {
	case <-closed:
		t.Error("the open browser is taken for closed")
	case <-time.After(time.Second):
	}
	_ = syscall.Kill(pid, syscall.SIGKILL)
	await(t, "the browser to end", func() bool { return !alive(pid) })
	select {
	case <-closed:
	case <-time.After(patience):
		t.Error("it is not told that the browser was closed")
	}
	_ = os.Remove(filepath.Join(profile, "pid"))
	p, err = b.Launch(t.Context(), o)
	if err != nil || p.Joined() {
		t.Fatalf("the browser that ended is taken for open: %v", err)
	}
	p.Close()
	if p.Err() == nil {
		t.Error("nothing is told of its end")
	}
}
