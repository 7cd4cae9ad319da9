package e2e

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"corsage/profiles"
	"corsage/proxy/sysproxy/desktoptest"
	"corsage/ui/instance"
)

// TestSystemSetting starts browsers without a word about proxies, in desktop
// sessions whose settings Corsage changes: they follow it at once, also to a
// profile that is enabled meanwhile, and when it is switched off.
func TestSystemSetting(t *testing.T) {
	if testing.Short() {
		t.Skip("starts browsers, which -short is there to avoid")
	}
	for _, c := range []struct {
		name, desktop string
		programs      []string
		start         func(testing.TB, browserOptions) browser
	}{
		{"Chromium, GNOME", "GNOME", []string{"gsettings", "dconf"}, startChromium(false)},
		{"Firefox, GNOME", "GNOME", []string{"gsettings", "dconf"}, startFirefox(standard)},
		{"Chromium, KDE", "KDE", []string{"kwriteconfig5", "kreadconfig5"}, startChromium(false)},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"} {
				t.Setenv(name, "")
			}
			session := desktoptest.Start(t, c.desktop, c.programs...)
			session.Setenv(t)
			var options browserOptions
			if c.desktop == "KDE" {
				options.home = session.Get("HOME") // Chromium looks for KDE's setting below it
				// It watches the file only if it is there when Chromium starts.
				if err := os.WriteFile(session.Config("kioslaverc"), []byte("[Proxy Settings]\nProxyType=0\n"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.WriteString(w, "hello "+r.URL.RawQuery)
			}))
			t.Cleanup(backend.Close)
			i := startInstance(t)
			for _, name := range []string{"first", "second"} {
				err := i.Store.Create(profiles.Profile{Name: name, Origins: []string{"http://localhost:*"}, Backends: []profiles.Backend{
					{URL: "http://" + name + ".test", Upstream: backend.URL},
				}})
				if err != nil {
					t.Fatal(err)
				}
			}
			enable := func(name string, on bool) {
				t.Helper()
				if err := i.Store.SetEnabled(name, on); err != nil {
					t.Fatal(err)
				}
			}
			enable("first", true)
			enable("second", false)
			page := c.start(t, options).open(t, strings.Replace(backend.URL, "127.0.0.1", "localhost", 1))

			calls := 0
			reaches := func(host string) bool {
				calls++
				query := fmt.Sprintf("%s-%d", host, calls)
				text, err := page.eval(fmt.Sprintf("fetch('http://%s/?%s').then(r => r.text(), e => 'failed')", host, query))
				return err == nil && text == "hello "+query
			}
			set := func(on, fixed bool) {
				t.Helper()
				if _, err := i.SetSystemProxy(t.Context(), on, fixed); err != nil {
					t.Fatal(err)
				}
			}
			if reaches("first.test") {
				t.Fatal("it goes through Corsage before anything was set")
			}
			for _, step := range []struct {
				what  string
				do    func()
				first bool
				other bool
			}{
				{"its PAC file is set", func() { set(true, false) }, true, false},
				{"another profile is enabled", func() { enable("second", true) }, true, true},
				{"it is off", func() { set(false, false) }, false, false},
				{"it is set as the proxy", func() { set(true, true) }, true, true},
				{"it ends", func() { _ = i.Close() }, false, false},
			} {
				step.do()
				if !eventually(func() bool { return reaches("first.test") == step.first && reaches("second.test") == step.other }) {
					t.Errorf("%s: first %t, second %t", step.what, reaches("first.test"), reaches("second.test"))
				}
			}
		})
	}
}

// startInstance starts Corsage in this process, with folders of its own.
func startInstance(t *testing.T) *instance.Instance {
	t.Helper()
	dir := t.TempDir()
	i, err := instance.Start(t.Context(), instance.Options{
		Listen: "127.0.0.1:0", Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Dirs: instance.Dirs{
			Profiles:  profiles.Dirs{Config: filepath.Join(dir, "config"), State: filepath.Join(dir, "state")},
			Authority: filepath.Join(dir, "ca"), Runtime: filepath.Join(dir, "run"),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = i.Close() })
	return i
}
