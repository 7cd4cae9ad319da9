package instance

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Whatever of the runtime folder vanishes, or the whole, comes back.
func TestRuntimeFolderVanishes(t *testing.T) {
	t.Parallel()
	dirs := testDirs(t)
	i, log := begin(t, Options{Dirs: dirs})
	client := NewClient(dirs)
	reached := func() bool { s, err := client.Status(t.Context()); return err == nil && s.PID == os.Getpid() }
	// In one step, since the instance may look at any time.
	move := func(n int) error { return os.Rename(dirs.Runtime, fmt.Sprint(dirs.Runtime, n)) }
	for n, vanish := range []func() error{
		func() error { return move(0) },
		func() error { return os.Remove(filepath.Join(dirs.Runtime, socketFile)) },
		func() error { return os.Remove(filepath.Join(dirs.Runtime, lockFile)) },
	} {
		if err := vanish(); err != nil {
			t.Fatal(err)
		}
		await(t, "the socket to be there again", func() bool {
			return strings.Count(log.String(), "was gone, and is there again") == n+1 && reached()
		})
		if _, err := acquire(dirs.Runtime); !errors.Is(err, errHeld) {
			t.Errorf("after the loss %d the lock is free: %v", n, err)
		}
	}
	// While the folder can't be made, it says so once and goes on trying.
	moved := 0
	await(t, "a file to take the folder's place", func() bool {
		moved++
		return errors.Join(move(moved), os.WriteFile(dirs.Runtime, nil, 0o600)) == nil
	})
	await(t, "it to say that the socket is gone", func() bool { return strings.Contains(log.String(), "can't be made again yet") })
	if err := os.Remove(dirs.Runtime); err != nil {
		t.Fatal(err)
	}
	await(t, "the socket to be there again", reached)
	if n := strings.Count(log.String(), "can't be made again yet"); n != 1 {
		t.Errorf("it said so %d times", n)
	}
	if err := i.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(filepath.Join(dirs.Runtime, socketFile)); err == nil {
		t.Error("the socket is left behind")
	}
}

// If another instance has taken the place meanwhile, its socket stays.
func TestRuntimeFolderTaken(t *testing.T) {
	t.Parallel()
	dirs := testDirs(t)
	i, log := begin(t, Options{Dirs: dirs})
	var p *primary
	moved := 0
	await(t, "another one to be quicker", func() bool {
		moved++
		err := os.Rename(dirs.Runtime, fmt.Sprint(dirs.Runtime, moved))
		if err == nil {
			p, err = acquire(dirs.Runtime)
		}
		return err == nil
	})
	await(t, "it to see that", func() bool { return strings.Contains(log.String(), errHeld.Error()) })
	if err := i.Close(); err != nil {
		t.Error(err)
	}
	if !p.intact() {
		t.Error("the other one's lock or socket was removed")
	}
	if err := p.release(); err != nil {
		t.Error(err)
	}
}

// A lock that is held on another machine, where both use one home folder, is not
// waited for.
func TestLockOfAnotherMachine(t *testing.T) {
	dirs := testDirs(t)
	p, err := acquire(dirs.Runtime)
	if err != nil {
		t.Fatal(err)
	}
	defer p.release()
	text, err := json.Marshal(holder{PID: 1, Host: "elsewhere"})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dirs.Runtime, holderFile), text, 0o600); err != nil {
		t.Fatal(err)
	}
	_, log := begin(t, Options{Dirs: dirs, Windows: true})
	if !strings.Contains(log.String(), "machine=elsewhere") || !strings.Contains(log.String(), "Set XDG_RUNTIME_DIR") {
		t.Errorf("it said %s", log)
	}
}

// quit returns when everything is given up.
func TestQuit(t *testing.T) {
	t.Parallel()
	dirs := testDirs(t)
	if err := NewClient(dirs).Quit(t.Context()); !errors.Is(err, ErrNotRunning) {
		t.Errorf("without one: %v", err)
	}
	i, _ := begin(t, Options{Dirs: dirs})
	closed := make(chan error, 1)
	go func() { <-i.Quitting(); closed <- i.Close() }()
	quit := make(chan error, 1)
	go func() { quit <- NewClient(dirs).Quit(t.Context()) }()
	await(t, "the lock to be free", func() bool { return released(dirs.Runtime) })
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if err := <-quit; err != nil { // after some time, since this process does not end
		t.Error(err)
	}
}
