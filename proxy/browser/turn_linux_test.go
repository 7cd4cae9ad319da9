package browser_test

import (
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"corsage/proxy/browser"
)

// Starts with one profile at the same time give one browser with all pages, also
// where that is slow to begin: what is started second doesn't come before it.
func TestLaunchTogether(t *testing.T) {
	for _, kind := range []browser.Kind{browser.Chromium, browser.Firefox} {
		program := filepath.Join(t.TempDir(), "slow")
		// The first has a long way until the profile is its own. Who has none then
		// hands over and ends.
		if err := os.WriteFile(program, []byte(`#!/bin/sh
while [ $# -gt 0 ]; do
	case "$1" in --user-data-dir=*) dir="${1#*=}" mine=SingletonLock;; -profile) dir="$2" mine=lock;; esac
	shift
done
mkdir "$dir/first" 2>/dev/null && sleep 1
ln -s "here:$$" "$dir/$mine" 2>/dev/null || exit 0
exec sleep 3600
`), 0o700); err != nil {
			t.Fatal(err)
		}
		b, dir := browser.Browser{Name: "Slow", Kind: kind, Path: program}, filepath.Join(t.TempDir(), "profile")
		var together sync.WaitGroup
		opened := make(chan *browser.Process, 3)
		for range cap(opened) {
			together.Go(func() {
				p, err := b.Launch(t.Context(), browser.Options{Proxy: "127.0.0.1:1", Profile: dir})
				if err != nil {
					t.Error(err)
					return
				}
				opened <- p
			})
		}
		together.Wait()
		close(opened)
		running := 0
		for p := range opened {
			if !p.Joined() {
				running++
				t.Cleanup(func() { p.Close() })
			} else if !ended(p) {
				t.Error("what has handed over goes on")
			}
		}
		if running != 1 {
			t.Errorf("%d browsers have the profile", running)
		}
	}
}

func ended(p *browser.Process) bool {
	select {
	case <-p.Done():
		return true
	case <-time.After(patience):
		return false
	}
}
