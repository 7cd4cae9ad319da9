package browser_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"corsage/proxy/browser"
)

// background are hosts that browsers ask by themselves, for lists and clocks,
// and for themselves: none of them shows a page.
var background = []string{
	"accounts.google.com", "clients2.google.com", "optimizationguide-pa.googleapis.com", "update.googleapis.com", "redirector.gvt1.com",
	"firefox.settings.services.mozilla.com", "firefox-settings-attachments.cdn.mozilla.net", "firefox-settings.mozilla-backup.org",
	"push.services.mozilla.com", "incoming.telemetry.mozilla.org", "aus5.mozilla.org", "content-signature-2.cdn.mozilla.net",
}

// installed are the browsers of this machine, of both families in CI.
func installed(t *testing.T) []browser.Browser {
	t.Helper()
	if testing.Short() {
		t.Skip("starts real browsers")
	}
	found := browser.Find(t.Context())
	kinds := map[browser.Kind]bool{}
	for _, b := range found {
		kinds[b.Kind] = true
	}
	if len(kinds) < 2 {
		if os.Getenv("CI") != "" {
			t.Fatalf("found only %v: Chromium and Firefox are needed (.ci/setup --tests)", found)
		}
		if len(kinds) == 0 {
			t.Skip("no browser is installed (.ci/setup --tests)")
		}
	}
	return found
}

// Each browser that is installed opens a page on localhost through the proxy,
// and the page loads something from an intercepted https host, which proves
// that it trusts the root. Nothing else is opened. Then it ends and leaves
// nothing behind.
func TestLaunchTemporary(t *testing.T) {
	found := installed(t)
	screen(t)
	for _, b := range found {
		t.Run(b.Title(), func(t *testing.T) {
			temp, home := t.TempDir(), t.TempDir()
			t.Setenv("TMPDIR", temp)
			t.Setenv("HOME", home)
			t.Setenv("XDG_CONFIG_HOME", filepath.Join(home, ".config"))
			s := newStage(t)
			if b.Version == "" {
				t.Error("its version is not known")
			}
			p, err := b.Launch(t.Context(), s.options("/start", ""))
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			if cookie := s.opens(t, p, "/start"); cookie != "" || p.Joined() {
				t.Errorf("its profile is not new: it sent %q", cookie)
			}
			p.Close()
			for _, host := range s.heads.hosts() {
				if host != "localhost" && host != "127.0.0.1" && host != "dev.example.com" && !slices.Contains(background, host) {
					t.Errorf("it asked %s as well", host)
				}
			}
			if left, _ := filepath.Glob(filepath.Join(temp, "corsage-browser-*")); len(left) != 0 {
				t.Errorf("left behind: %v", left)
			}
			if _, err := os.Stat(filepath.Join(home, ".pki")); b.Kind == browser.Firefox && err == nil {
				t.Error("the user's own NSS database was touched")
			}
			if left, _ := filepath.Glob(filepath.Join(home, ".config", "*", "Crash Reports")); b.Kind == browser.Chromium && len(left) != 0 {
				t.Errorf("it would leave what it had in memory when it crashed in %v", left)
			}
		})
	}
}

// A kept profile keeps a login over starts. While it is open, a second start
// opens its page there; one for another address of the proxy or another root
// says what to do. The next start trusts the roots of then, and no older one.
func TestLaunchKept(t *testing.T) {
	found := installed(t)
	screen(t)
	for _, b := range found {
		t.Run(b.Title(), func(t *testing.T) {
			t.Setenv("TMPDIR", t.TempDir())
			t.Setenv("HOME", t.TempDir())
			s := newStage(t)
			dir, err := b.ProfileDir(t.TempDir(), "Shop")
			if err != nil {
				t.Fatal(err)
			}
			first, err := b.Launch(t.Context(), s.options("/first", dir))
			if err != nil {
				t.Fatal(err)
			}
			defer first.Close()
			if cookie := s.opens(t, first, "/first"); cookie != "" {
				t.Errorf("a new profile sent %q", cookie)
			}

			second, err := b.Launch(t.Context(), s.options("/second", dir))
			if err != nil {
				t.Fatal(err)
			}
			if cookie := s.opens(t, first, "/second"); cookie != "login=mine" || !second.Joined() {
				t.Errorf("the second page is not in the same browser: it sent %q", cookie)
			}
			<-second.Done()

			other := s.options("/other", dir)
			other.Proxy = "127.0.0.1:1"
			if _, err := b.Launch(t.Context(), other); !errors.Is(err, browser.ErrOutdated) {
				t.Errorf("another proxy in the open browser: %v", err)
			}
			s.trust(t, "second")
			if _, err := b.Launch(t.Context(), s.options("/other", dir)); !errors.Is(err, browser.ErrOutdated) || !strings.Contains(err.Error(), "close its windows") {
				t.Errorf("another root in the open browser: %v", err)
			}
			if b.Kind == browser.Firefox { // which writes by and by, and is not asked before it ends
				await(t, "the cookie to be written", func() bool {
					text, _ := os.ReadFile(filepath.Join(dir, "cookies.sqlite-wal"))
					return bytes.Contains(text, []byte("login"))
				})
			}
			first.Close()

			third, err := b.Launch(t.Context(), s.options("/third", dir))
			if err != nil {
				t.Fatal(err)
			}
			defer third.Close()
			if cookie := s.opens(t, third, "/third"); cookie != "login=mine" || third.Joined() {
				t.Errorf("after a restart it sent %q", cookie)
			}
			third.Close()
			if _, err := os.Stat(dir); err != nil {
				t.Errorf("the profile was not kept: %v", err)
			}
			if b.Kind == browser.Firefox {
				out, err := exec.Command("certutil", "-L", "-d", "sql:"+dir).Output()
				if n := strings.Count(string(out), "Corsage"); err != nil || n != 1 {
					t.Errorf("%d roots are trusted, %v:\n%s", n, err, out)
				}
			}
		})
	}
}
