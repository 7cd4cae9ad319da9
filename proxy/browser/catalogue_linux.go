package browser

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
)

func catalogue() []known {
	return []known{
		{"Chromium", Chromium, []string{"chromium", "chromium-browser"}},
		{"Google Chrome", Chromium, []string{"google-chrome", "google-chrome-stable", "/opt/google/chrome/chrome"}},
		{"Google Chrome Beta", Chromium, []string{"google-chrome-beta"}},
		{"Microsoft Edge", Chromium, []string{"microsoft-edge", "microsoft-edge-stable"}},
		{"Brave", Chromium, []string{"brave-browser", "brave"}},
		{"Vivaldi", Chromium, []string{"vivaldi", "vivaldi-stable"}},
		{"Firefox", Firefox, []string{"firefox"}},
		{"Firefox ESR", Firefox, []string{"firefox-esr"}},
		{"Firefox Developer Edition", Firefox, []string{"firefox-developer-edition"}},
		{"LibreWolf", Firefox, []string{"librewolf"}},
	}
}

func missingCertutil() error {
	return errors.New("certutil is needed to make Firefox trust Corsage: install libnss3-tools (Debian, Ubuntu), nss-tools (Fedora) or nss (Arch)")
}

// confined reports a program that a snap starts: it sees neither a profile in
// the folder for temporary files nor the trust store that is made there.
func confined(path string) bool {
	if strings.HasPrefix(path, "/snap/") || filepath.Base(path) == "snap" {
		return true
	}
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 4096)
	n, _ := io.ReadFull(f, head)
	script := bytes.HasPrefix(head[:n], []byte("#!"))
	return script && bytes.Contains(head[:n], []byte("/snap/bin/"))
}
