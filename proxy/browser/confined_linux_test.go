package browser

import (
	"os"
	"path/filepath"
	"testing"
)

func TestConfined(t *testing.T) {
	for text, want := range map[string]bool{
		"#!/bin/sh\nexec /snap/bin/firefox \"$@\"\n": true,
		"#!/bin/sh\nexec /usr/lib/firefox \"$@\"\n":  false,
		"\x7fELF /snap/bin/":                         false,
		"":                                           false,
	} {
		path := filepath.Join(t.TempDir(), "firefox")
		if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
		if got := confined(path); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
	if !confined("/snap/firefox/current/firefox") || !confined("/usr/bin/snap") {
		t.Error("a snap's own path is not seen")
	}
}
