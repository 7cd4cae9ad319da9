package browser_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"corsage/proxy/browser"
)

// What a browser had in memory when it crashed stays in its profile, or is not
// written at all.
func TestCrashReports(t *testing.T) {
	out := filepath.Join(t.TempDir(), "environment")
	program := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(program, []byte("#!/bin/sh\nenv > '"+out+"'\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, c := range []struct {
		kind browser.Kind
		want string
	}{
		{browser.Chromium, "BREAKPAD_DUMP_LOCATION=" + filepath.Join(dir, "Crash Reports")},
		{browser.Firefox, "MOZ_CRASHREPORTER_DISABLE=1"},
	} {
		p, err := browser.Browser{Name: "Fake", Kind: c.kind, Path: program}.Launch(t.Context(), browser.Options{Proxy: "127.0.0.1:1", Profile: dir})
		if err != nil {
			t.Fatal(err)
		}
		<-p.Done()
		text, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(string(text), "\n")
		if !slices.Contains(lines, c.want) || !slices.Contains(lines, "PATH="+os.Getenv("PATH")) {
			t.Errorf("no %s in %q", c.want, lines)
		}
	}
}
