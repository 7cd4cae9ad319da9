package browser_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"corsage/proxy/browser"
)

// Snaps and flatpaks get their profile where their sandbox lets them have it, and
// are started by its program. (Stand-ins take their place: what the real ones do
// with it is by their documentation.)
func TestLaunchConfined(t *testing.T) {
	for _, c := range []struct {
		browser         browser.Browser
		temporary, kept []string // what it is started with; DIR is below the folder it may use
		reach           string   // that folder, below the home folder
	}{
		{
			browser.Browser{Name: "Chromium", Sandbox: browser.Snap, App: "chromium"},
			[]string{"--user-data-dir=DIR"}, []string{"--user-data-dir=DIR"}, "snap/chromium/common/corsage",
		}, {
			browser.Browser{Name: "Brave", Sandbox: browser.Flatpak, App: "com.brave.Browser"},
			[]string{"run", "--die-with-parent", "com.brave.Browser", "--user-data-dir=DIR"}, []string{"run", "com.brave.Browser", "--user-data-dir=DIR"}, ".var/app/com.brave.Browser/data/corsage",
		}, {
			browser.Browser{Name: "Firefox", Kind: browser.Firefox, Sandbox: browser.Flatpak, App: "org.mozilla.firefox"},
			[]string{"run", "--die-with-parent", "org.mozilla.firefox", "-profile", "DIR", "-no-remote"}, []string{"run", "org.mozilla.firefox", "-profile", "DIR"}, ".var/app/org.mozilla.firefox/data/corsage",
		},
	} {
		home, out := t.TempDir(), filepath.Join(t.TempDir(), "arguments")
		t.Setenv("HOME", home)
		c.browser.Path = filepath.Join(t.TempDir(), "program")
		script := "#!/bin/sh\nprintf '%s\\n' \"$@\" > " + out + "\n"
		if err := os.WriteFile(c.browser.Path, []byte(script), 0o700); err != nil {
			t.Fatal(err)
		}
		kept, err := c.browser.ProfileDir("/elsewhere", "Shop")
		if err != nil {
			t.Fatal(err)
		}
		for profile, want := range map[string][]string{"": c.temporary, kept: c.kept} {
			p, err := c.browser.Launch(t.Context(), browser.Options{Proxy: "127.0.0.1:1", Profile: profile})
			if err != nil {
				t.Fatalf("%s: %v", c.browser.App, err)
			}
			<-p.Done()
			text, err := os.ReadFile(out)
			if err != nil {
				t.Fatal(err)
			}
			args := strings.Fields(string(text))
			for i := range args {
				if flag, dir, ok := strings.Cut(args[i], filepath.Join(home, c.reach)+"/"); ok && dir != "" {
					args[i] = flag + "DIR"
				}
			}
			if len(args) < len(want) || !slices.Equal(args[:len(want)], want) {
				t.Errorf("%s is started with %q, want %q", c.browser.App, args, want)
			}
			if bytes.Contains(text, []byte("/tmp/corsage-browser")) {
				t.Errorf("%s: its profile is in a folder that it can't see:\n%s", c.browser.App, text)
			}
		}
		if left, _ := filepath.Glob(filepath.Join(home, c.reach, "corsage-browser-*")); len(left) != 0 {
			t.Errorf("left behind: %v", left)
		}
	}
}
