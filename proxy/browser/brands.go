package browser

import (
	"path/filepath"
	"strings"
)

// brand is a browser that is known by its names in the systems' packages.
type brand struct {
	name     string
	kind     Kind
	channel  string
	programs []string // on Linux
	snap     string   // its name
	flatpak  string   // its ID
	bundle   string   // its identifier on macOS
	windows  string   // its program, below the folder that holds programs
}

// brands are the known browsers, in the order in which they are offered.
func brands() []brand {
	return []brand{
		{"Chromium", Chromium, Stable, []string{"chromium", "chromium-browser"}, "chromium", "org.chromium.Chromium", "org.chromium.Chromium", `Chromium\Application\chrome.exe`},
		{"Google Chrome", Chromium, Stable, []string{"google-chrome-stable", "google-chrome", "chrome"}, "", "com.google.Chrome", "com.google.Chrome", `Google\Chrome\Application\chrome.exe`},
		{"Google Chrome", Chromium, Beta, []string{"google-chrome-beta"}, "", "com.google.ChromeBeta", "com.google.Chrome.beta", `Google\Chrome Beta\Application\chrome.exe`},
		{"Google Chrome", Chromium, Dev, []string{"google-chrome-unstable"}, "", "com.google.ChromeDev", "com.google.Chrome.dev", `Google\Chrome Dev\Application\chrome.exe`},
		{"Google Chrome", Chromium, Canary, []string{"google-chrome-canary"}, "", "", "com.google.Chrome.canary", `Google\Chrome SxS\Application\chrome.exe`},
		{"Microsoft Edge", Chromium, Stable, []string{"microsoft-edge-stable", "microsoft-edge"}, "", "com.microsoft.Edge", "com.microsoft.edgemac", `Microsoft\Edge\Application\msedge.exe`},
		{"Microsoft Edge", Chromium, Beta, []string{"microsoft-edge-beta"}, "", "", "com.microsoft.edgemac.Beta", `Microsoft\Edge Beta\Application\msedge.exe`},
		{"Microsoft Edge", Chromium, Dev, []string{"microsoft-edge-dev"}, "", "com.microsoft.EdgeDev", "com.microsoft.edgemac.Dev", `Microsoft\Edge Dev\Application\msedge.exe`},
		{"Microsoft Edge", Chromium, Canary, []string{"microsoft-edge-canary"}, "", "", "com.microsoft.edgemac.Canary", `Microsoft\Edge SxS\Application\msedge.exe`},
		{"Brave", Chromium, Stable, []string{"brave-browser-stable", "brave-browser", "brave"}, "brave", "com.brave.Browser", "com.brave.Browser", `BraveSoftware\Brave-Browser\Application\brave.exe`},
		{"Brave", Chromium, Beta, []string{"brave-browser-beta"}, "", "", "com.brave.Browser.beta", `BraveSoftware\Brave-Browser-Beta\Application\brave.exe`},
		{"Brave", Chromium, Nightly, []string{"brave-browser-nightly"}, "", "", "com.brave.Browser.nightly", `BraveSoftware\Brave-Browser-Nightly\Application\brave.exe`},
		{"Vivaldi", Chromium, Stable, []string{"vivaldi-stable", "vivaldi"}, "vivaldi", "com.vivaldi.Vivaldi", "com.vivaldi.Vivaldi", `Vivaldi\Application\vivaldi.exe`},
		{"Vivaldi", Chromium, "snapshot", []string{"vivaldi-snapshot"}, "", "", "com.vivaldi.Vivaldi.snapshot", ""},
		{"Opera", Chromium, Stable, []string{"opera", "opera-stable"}, "opera", "com.opera.Opera", "com.operasoftware.Opera", `Opera\opera.exe`},
		{"Opera", Chromium, Beta, []string{"opera-beta"}, "opera-beta", "", "com.operasoftware.OperaNext", `Opera beta\opera.exe`},
		{"Opera", Chromium, Developer, []string{"opera-developer"}, "opera-developer", "", "com.operasoftware.OperaDeveloper", `Opera developer\opera.exe`},
		{"Ungoogled Chromium", Chromium, Stable, []string{"ungoogled-chromium"}, "", "io.github.ungoogled_software.ungoogled_chromium", "", ""},
		{"Thorium", Chromium, Stable, []string{"thorium-browser"}, "", "", "", `Thorium\Application\thorium.exe`},
		{"Firefox", Firefox, Stable, []string{"firefox"}, "firefox", "org.mozilla.firefox", "org.mozilla.firefox", `Mozilla Firefox\firefox.exe`},
		{"Firefox", Firefox, ESR, []string{"firefox-esr"}, "", "", "", ""},
		{"Firefox", Firefox, Beta, []string{"firefox-beta"}, "", "", "", `Mozilla Firefox Beta\firefox.exe`},
		{"Firefox", Firefox, Developer, []string{"firefox-developer-edition", "firefox-devedition"}, "", "", "org.mozilla.firefoxdeveloperedition", `Firefox Developer Edition\firefox.exe`},
		{"Firefox", Firefox, Nightly, []string{"firefox-nightly"}, "", "", "org.mozilla.nightly", `Firefox Nightly\firefox.exe`},
		{"LibreWolf", Firefox, Stable, []string{"librewolf"}, "", "io.gitlab.librewolf-community", "io.gitlab.librewolf-community", `LibreWolf\librewolf.exe`},
		{"Waterfox", Firefox, Stable, []string{"waterfox"}, "", "net.waterfox.waterfox", "net.waterfox.waterfox", `Waterfox\waterfox.exe`},
		{"Floorp", Firefox, Stable, []string{"floorp"}, "", "one.ablaze.floorp", "one.ablaze.floorp", `Ablaze Floorp\floorp.exe`},
		{"Zen", Firefox, Stable, []string{"zen-browser", "zen"}, "", "app.zen_browser.zen", "app.zen-browser.zen", `Zen Browser\zen.exe`},
	}
}

// brandOfProgram is the brand whose program on Linux has that name.
func brandOfProgram(path string) (brand, bool) {
	name := filepath.Base(path)
	return findBrand(func(b brand) bool {
		for _, p := range b.programs {
			if p == name {
				return true
			}
		}
		return false
	})
}

func brandOfSnap(name string) (brand, bool) {
	return findBrand(func(b brand) bool { return b.snap != "" && b.snap == name })
}

func brandOfFlatpak(id string) (brand, bool) {
	return findBrand(func(b brand) bool { return b.flatpak != "" && b.flatpak == id })
}

func brandOfBundle(id string) (brand, bool) {
	return findBrand(func(b brand) bool { return b.bundle != "" && strings.EqualFold(b.bundle, id) })
}

// brandOfExecutable is the brand whose program on Windows lies at such a path.
func brandOfExecutable(path string) (brand, bool) {
	path = strings.ToLower(strings.ReplaceAll(path, "/", `\`))
	return findBrand(func(b brand) bool {
		return b.windows != "" && strings.HasSuffix(path, `\`+strings.ToLower(b.windows))
	})
}

func findBrand(is func(brand) bool) (brand, bool) {
	for _, b := range brands() {
		if is(b) {
			return b, true
		}
	}
	return brand{}, false
}
