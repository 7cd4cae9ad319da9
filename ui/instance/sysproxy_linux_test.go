package instance

import (
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"corsage/profiles"
	"corsage/proxy/sysproxy/desktoptest"
)

// TestSystemProxy has real GSettings lead to an instance: the PAC file says what
// was set before, its address in the setting follows the profiles, and the end of
// the instance puts everything back.
func TestSystemProxy(t *testing.T) {
	session := desktoptest.Start(t, "GNOME", "gsettings", "dconf")
	session.Setenv(t)
	for _, set := range []string{
		"org.gnome.system.proxy.http host proxy.corp", "org.gnome.system.proxy.http port 3128",
		"org.gnome.system.proxy ignore-hosts ['*.corp']", "org.gnome.system.proxy mode manual",
	} {
		session.Run(t, "gsettings", append([]string{"set"}, strings.Fields(set)...)...)
	}
	before := session.Run(t, "dconf", "dump", "/")
	dirs := testDirs(t)
	i, said := begin(t, Options{Dirs: dirs})
	setting := func() string {
		return strings.Trim(session.Run(t, "gsettings", "get", "org.gnome.system.proxy", "autoconfig-url"), "'\n")
	}
	client := NewClient(dirs)
	state, _, err := client.SetSystemProxy(t.Context(), true, nil)
	if err != nil || !state.On || state.Fixed || state.Previous.HTTP != "proxy.corp:3128" {
		t.Fatalf("%+v, %v", state, err)
	}
	first := setting()
	if !strings.HasPrefix(first, i.PACURL()+"?") {
		t.Errorf("the setting is %s", first)
	}
	resp, err := http.Get(first)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if text, err := io.ReadAll(resp.Body); err != nil || !regexp.MustCompile(`proxy\.corp:3128`).Match(text) {
		t.Errorf("the PAC file has lost the proxy: %s, %v", text, err)
	}
	if err := i.Store.Create(profiles.Profile{Name: "Site", Backends: []profiles.Backend{{URL: "http://dev.example.com"}}}); err != nil {
		t.Fatal(err)
	}
	if err := client.SetEnabled(t.Context(), "Site", true); err != nil {
		t.Fatal(err)
	}
	await(t, "the setting to have the file's new address", func() bool { return setting() == i.SystemPACURL() && setting() != first })

	fixed := true
	if state, _, err = client.SetSystemProxy(t.Context(), true, &fixed); err != nil || !state.On || !state.Fixed {
		t.Errorf("%+v, %v", state, err)
	}
	if now := setting(); now != "" {
		t.Errorf("fixed, the setting has a PAC file: %s", now)
	}
	if err := i.Close(); err != nil {
		t.Fatal(err)
	}
	if now := session.Run(t, "dconf", "dump", "/"); now != before {
		t.Errorf("it left\n%s\nbefore it was\n%s", now, before)
	}
	if !strings.Contains(said.String(), "the system's proxy setting was put back") {
		t.Errorf("log: %s", said)
	}
}

// A setting that leads to another Corsage, with folders of its own, is that one's:
// if this one took it for what was there before, it would be put back to one that
// has ended.
func TestSystemProxyOfAnother(t *testing.T) {
	session := desktoptest.Start(t, "GNOME", "gsettings", "dconf")
	session.Setenv(t)
	before := session.Run(t, "dconf", "dump", "/")
	first, _ := begin(t, Options{Dirs: testDirs(t)})
	second, _ := begin(t, Options{Dirs: testDirs(t)})
	for _, fixed := range []bool{false, true} {
		if _, err := first.SetSystemProxy(t.Context(), true, fixed); err != nil {
			t.Fatal(err)
		}
		set := session.Run(t, "dconf", "dump", "/")
		if _, err := second.SetSystemProxy(t.Context(), true, fixed); err == nil || !strings.Contains(err.Error(), "another corsage, at "+first.Addr()) {
			t.Errorf("fixed %t: %v", fixed, err)
		}
		if now := session.Run(t, "dconf", "dump", "/"); now != set {
			t.Errorf("fixed %t: the second changed it to\n%s", fixed, now)
		}
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if now := session.Run(t, "dconf", "dump", "/"); now != before {
		t.Errorf("it left\n%s", now)
	}
	if _, err := second.SetSystemProxy(t.Context(), true, false); err != nil {
		t.Errorf("once the other has ended: %v", err)
	}
}

// A system whose commands take longer than a question may is waited for, and a
// change that failed is not said to have been made.
func TestSystemProxyTakesItsTime(t *testing.T) {
	session := desktoptest.Start(t, "GNOME", "gsettings", "dconf")
	session.Setenv(t)
	real, err := exec.LookPath("gsettings")
	if err != nil {
		t.Fatal(err)
	}
	slow, path := t.TempDir(), os.Getenv("PATH")
	if err := os.WriteFile(filepath.Join(slow, "gsettings"), []byte("#!/bin/sh\nsleep 0.5\nexec "+real+" \"$@\"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	dirs := testDirs(t)
	i, said := begin(t, Options{Dirs: dirs})
	t.Setenv("PATH", slow+string(os.PathListSeparator)+path)
	if state, _, err := newClient(dirs.Runtime, 2*time.Second).SetSystemProxy(t.Context(), true, nil); err != nil || !state.On {
		t.Errorf("%+v, %v", state, err)
	}
	t.Setenv("PATH", path)

	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := i.SetSystemProxy(ended, false, false); err == nil || strings.Contains(said.String(), "put back") {
		t.Errorf("%v, log: %s", err, said)
	}
	if state, err := i.SystemProxy(t.Context()); err != nil || !state.On {
		t.Errorf("%+v, %v", state, err)
	}
	if err := i.Close(); err != nil || !strings.Contains(said.String(), "put back") {
		t.Errorf("%v, log: %s", err, said)
	}
}
