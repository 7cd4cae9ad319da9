package browser

import "errors"

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
