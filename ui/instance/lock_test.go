package instance

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// shortDir is a folder whose path leaves room for a socket's name; t.TempDir's
// may not.
func shortDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "corsage")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func TestAcquire(t *testing.T) {
	dir := filepath.Join(shortDir(t), "run")
	p, err := acquire(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := acquire(dir); !errors.Is(err, errHeld) {
		t.Errorf("a second acquire: %v, want errHeld", err)
	}
	if runtime.GOOS != "windows" {
		for path, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, socketFile): 0o600, filepath.Join(dir, lockFile): 0o600} {
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
				t.Errorf("%s: %v, %v, want mode %o", path, info.Mode(), err, want)
			}
		}
	}
	if err := p.release(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, socketFile)); !os.IsNotExist(err) {
		t.Errorf("the socket is still there after release: %v", err)
	}
	p, err = acquire(dir)
	if err != nil {
		t.Fatalf("after release: %v", err)
	}
	if err := p.release(); err != nil {
		t.Error(err)
	}
}

// A killed process leaves its socket; the system has given up its lock.
func TestAcquireOverStaleSocket(t *testing.T) {
	dir := shortDir(t)
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(dir, socketFile)})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
	p, err := acquire(dir)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("unix", filepath.Join(dir, socketFile))
	if err != nil {
		t.Errorf("the new socket: %v", err)
	} else {
		conn.Close()
	}
	if err := p.release(); err != nil {
		t.Error(err)
	}
}

func TestAcquireFaults(t *testing.T) {
	long := filepath.Join(shortDir(t), strings.Repeat("x", 120))
	if _, err := acquire(long); err == nil || !strings.Contains(err.Error(), "a system allows about 100") {
		t.Errorf("a path too long for a socket: %v", err)
	}
	file := filepath.Join(shortDir(t), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := acquire(file); err == nil {
		t.Error("a file was taken for the runtime folder")
	}
}
