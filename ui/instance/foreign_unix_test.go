//go:build !windows

package instance

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/adrg/xdg"
)

// Another user who gets as far as the socket is not answered, whatever its mode.
func TestForeignClient(t *testing.T) {
	uid := nobody(t)
	dir := shortDir(t)
	dirs := dirsIn(dir)
	begin(t, Options{Dirs: dirs})
	socket := filepath.Join(dirs.Runtime, socketFile)
	for path, mode := range map[string]os.FileMode{dir: 0o755, dirs.Runtime: 0o755, socket: 0o666} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	if _, said := begins(t, uid, "knock", socket); said != `answer: ""` {
		t.Errorf("another user got the %s", said)
	}
	if _, said := begins(t, os.Geteuid(), "knock", socket); !strings.Contains(said, `\"pid\"`) {
		t.Errorf("this user got the %s", said)
	}
	if _, said := begins(t, uid, "status", dir); !strings.Contains(said, "not to be trusted") || !strings.Contains(said, "belongs to another user (0)") {
		t.Errorf("another user's client said %s", said)
	}
}

// A client tells nothing to a socket that may be another user's.
func TestForeignSocket(t *testing.T) {
	uid := nobody(t)
	for name, c := range map[string]struct {
		arrange func(t *testing.T, dir, socket string) error // after the other user listens in dir
		want    string
	}{
		"folder": {func(*testing.T, string, string) error { return nil }, "run belongs to another user (65534)"},
		"socket": {func(_ *testing.T, dir, _ string) error {
			return errors.Join(os.Chown(dir, 0, 0), os.Chmod(dir, 0o700))
		}, "control.sock belongs to another user (65534)"},
		"process": {func(_ *testing.T, dir, socket string) error {
			return errors.Join(os.Chown(dir, 0, 0), os.Chmod(dir, 0o700), os.Chown(socket, 0, 0), os.Chmod(socket, 0o600))
		}, "the process at the other end of the control socket is another user's (65534)"},
		"open folder": {func(_ *testing.T, dir, _ string) error {
			return errors.Join(os.Chown(dir, 0, 0), os.Chmod(dir, 0o777))
		}, "run is open to other users (mode 0777)"},
		"open socket": {func(_ *testing.T, dir, socket string) error {
			return errors.Join(os.Chown(dir, 0, 0), os.Chmod(dir, 0o700), os.Chown(socket, 0, 0), os.Chmod(socket, 0o660))
		}, "control.sock is open to other users (mode 0660)"},
		"link to a folder": {func(_ *testing.T, dir, _ string) error {
			return errors.Join(os.Rename(dir, dir+"2"), os.Symlink(dir+"2", dir))
		}, "which corsage did not put there"},
		"link to a socket": {func(_ *testing.T, dir, socket string) error {
			return errors.Join(os.Chown(dir, 0, 0), os.Chmod(dir, 0o700), os.Rename(socket, socket+"2"), os.Symlink(socket+"2", socket))
		}, "which corsage did not put there"},
	} {
		t.Run(name, func(t *testing.T) {
			parent := shortDir(t)
			dirs := dirsIn(parent)
			if err := errors.Join(os.Mkdir(dirs.Runtime, 0o700), os.Chown(dirs.Runtime, uid, uid), os.Chmod(parent, 0o755)); err != nil {
				t.Fatal(err)
			}
			socket := filepath.Join(dirs.Runtime, socketFile)
			begins(t, uid, "listen", socket)
			if err := c.arrange(t, dirs.Runtime, socket); err != nil {
				t.Fatal(err)
			}
			_, err := NewClient(dirs).Status(t.Context())
			if err == nil || !strings.HasPrefix(err.Error(), "the control socket is not to be trusted: ") || !strings.Contains(err.Error(), c.want) || errors.Is(err, ErrNotRunning) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

// With another user's folder in the way an instance runs all the same, and says that
// it can't be reached and what to do; what others left in its own folder is no
// hindrance.
func TestForeignFolder(t *testing.T) {
	uid := nobody(t)
	dir := shortDir(t)
	dirs := dirsIn(dir)
	if err := errors.Join(os.Chmod(dir, 0o755), os.Mkdir(dirs.Runtime, 0o700), os.Chown(dirs.Runtime, uid, uid)); err != nil {
		t.Fatal(err)
	}
	i, log := begin(t, Options{Dirs: dirs})
	if !strings.Contains(log.String(), "has no control socket") || !strings.Contains(log.String(), "set XDG_RUNTIME_DIR") {
		t.Errorf("it said %s", log)
	}
	if err := i.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dirs.Runtime, 0o777); err != nil {
		t.Fatal(err)
	}
	begins(t, uid, "lock", filepath.Join(dirs.Runtime, lockFile))
	begins(t, uid, "listen", filepath.Join(dirs.Runtime, socketFile))
	if err := os.Chown(dirs.Runtime, os.Geteuid(), os.Getegid()); err != nil {
		t.Fatal(err)
	}
	_, log = begin(t, Options{Dirs: dirs})
	if s, err := NewClient(dirs).Status(t.Context()); err != nil || s.PID != os.Getpid() {
		t.Errorf("%+v, %v\n%s", s, err, log)
	}
}

// Where a socket's path would be too long in the session's runtime folder, that is
// not used.
func TestLongRuntimeDir(t *testing.T) {
	t.Cleanup(xdg.Reload) // once the variables are as they were
	t.Setenv("XDG_STATE_HOME", "/nowhere/state")
	dir := shortDir(t)
	longest := maxSocketPath - len("/corsage/"+socketFile)
	for n, want := range map[int]string{longest: "its own", longest + 1: "/nowhere/state/corsage/run"} {
		long := filepath.Join(dir, strings.Repeat("x", n-len(dir)-1))
		if err := os.Mkdir(long, 0o700); err != nil {
			t.Fatal(err)
		}
		if want == "its own" {
			want = filepath.Join(long, "corsage")
			p, err := acquire(want)
			if err != nil {
				t.Fatal(err)
			}
			if err := p.release(); err != nil {
				t.Fatal(err)
			}
		}
		t.Setenv("XDG_RUNTIME_DIR", long)
		xdg.Reload()
		if got := DefaultDirs().Runtime; got != want {
			t.Errorf("with %d bytes it is %s, want %s", len(long), got, want)
		}
	}
}

// Where the session's runtime folder is another's, as after su, it is not used.
func TestForeignRuntimeDir(t *testing.T) {
	uid := nobody(t)
	dir := shortDir(t)
	t.Cleanup(xdg.Reload) // once the variables are as they were
	t.Setenv("XDG_RUNTIME_DIR", dir)
	t.Setenv("XDG_STATE_HOME", "/nowhere/state")
	xdg.Reload()
	if got := DefaultDirs().Runtime; got != filepath.Join(dir, "corsage") {
		t.Errorf("its own is %s", got)
	}
	if err := os.Chown(dir, uid, uid); err != nil {
		t.Fatal(err)
	}
	if got := DefaultDirs().Runtime; got != "/nowhere/state/corsage/run" {
		t.Errorf("another's is %s", got)
	}
}

// A stopped instance: a second start says which process it is and what to do, and
// starts nothing; a client says the same.
func TestHungInstance(t *testing.T) {
	t.Parallel()
	dir := shortDir(t)
	p, _ := begins(t, os.Geteuid(), "start", dir)
	if err := p.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	await(t, "all of its threads to stop", func() bool {
		threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", p.cmd.Process.Pid)) // macOS has none
		return err == nil && !slices.ContainsFunc(threads, func(thread string) bool {
			stat, err := os.ReadFile(thread)
			return err == nil && !strings.Contains(string(stat), ") T ")
		})
	})
	asked := make(chan error, 1)
	go func() {
		_, err := NewClient(dirsIn(dir)).Status(t.Context())
		asked <- err
	}()
	begun := time.Now()
	_, started := Start(t.Context(), Options{Listen: "127.0.0.1:0", Dirs: dirsIn(dir), Windows: true, Log: slog.New(slog.DiscardHandler)})
	if took := time.Since(begun); took > 30*time.Second {
		t.Errorf("the second start took %v", took)
	}
	for what, err := range map[string]error{"the second start": started, "a client": <-asked} {
		var hung *HungError
		if !errors.As(err, &hung) || hung.PID != p.cmd.Process.Pid {
			t.Errorf("%s: %v", what, err)
			continue
		}
		for _, want := range []string{"does not answer", "kill -CONT ", "kill -KILL "} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %q", what, err, want)
			}
		}
	}
	if err := p.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	if _, err := Start(t.Context(), Options{Dirs: dirsIn(dir), Windows: true, Log: slog.New(slog.DiscardHandler)}); !errors.Is(err, ErrRaised) {
		t.Errorf("once it goes on: %v, want ErrRaised", err)
	}
}
