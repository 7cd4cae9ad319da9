//go:build !windows

package instance

import (
	"os"
	"testing"
	"time"
)

// quit returns as well where the next instance has the lock before anybody could see
// that it was free, as under a supervisor that starts it again at once.
func TestQuitWithSuccessor(t *testing.T) {
	t.Parallel()
	dir := shortDir(t)
	dirs := dirsIn(dir)
	i, _ := begin(t, Options{Dirs: dirs})
	next, _ := begins(t, os.Geteuid(), "succeed", dir)
	closed := make(chan error, 1)
	go func() { <-i.Quitting(); closed <- i.Close() }()
	begun := time.Now()
	if err := NewClient(dirs).Quit(t.Context()); err != nil {
		t.Errorf("after %v: %v", time.Since(begun), err)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if line, err := next.out.ReadString('\n'); err != nil || line != "ready\n" {
		t.Errorf("the next one said %q, %v", line, err)
	}
}
