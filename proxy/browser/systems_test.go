package browser

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// folders makes files below a new folder; their texts are theirs.
func folders(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func lines(root string, list []Browser) []string {
	var got []string
	for _, b := range arrange(list) {
		line := b.Title() + "|" + b.Version + "|" + filepath.ToSlash(strings.TrimPrefix(b.Path, root))
		if b.Default {
			line += "|default"
		}
		got = append(got, line)
	}
	return got
}

func infoPlist(id, name, executable, version, schemes string) string {
	return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict>
<key>CFBundleIdentifier</key><string>` + id + `</string>
<key>CFBundleName</key><string>` + name + `</string>
<key>CFBundleExecutable</key><string>` + executable + `</string>
<key>CFBundleShortVersionString</key><string>` + version + `</string>
<key>CFBundleURLTypes</key><array><dict><key>CFBundleURLSchemes</key><array><string>http</string><string>` + schemes + `</string></array></dict></array>
</dict></plist>`
}

// TestFindBundles finds browsers among macOS bundles.
func TestFindBundles(t *testing.T) {
	root := folders(t, map[string]string{
		"Google Chrome.app/Contents/Info.plist":                                           infoPlist("com.google.Chrome", "Chrome", "Google Chrome", "131.0.6778.86", "https"),
		"Google Chrome Canary.app/Contents/Info.plist":                                    infoPlist("com.google.Chrome.canary", "Chrome Canary", "Google Chrome Canary", "133.0.6845.0", "https"),
		"Firefox.app/Contents/Info.plist":                                                 infoPlist("org.mozilla.firefox", "Firefox", "firefox", "115.18", "https"),
		"Firefox.app/Contents/Resources/application.ini":                                  "[App]\nVersion=115.18.0\n",
		"Firefox.app/Contents/Resources/defaults/pref/channel-prefs.js":                   `pref("app.update.channel", "esr");`,
		"Firefox Dev.app/Contents/Info.plist":                                             infoPlist("org.mozilla.firefoxdeveloperedition", "Firefox", "firefox", "134.0", "https"),
		"Arc.app/Contents/Info.plist":                                                     infoPlist("company.thebrowser.Browser", "Arc", "Arc", "1.70", "https"),
		"Arc.app/Contents/Frameworks/ArcCore Framework.framework/Resources/icudtl.dat":    "",
		"Slack.app/Contents/Info.plist":                                                   infoPlist("com.tinyspeck.slackmacgap", "Slack", "Slack", "4", "https"),
		"Slack.app/Contents/Frameworks/Electron Framework.framework/Resources/icudtl.dat": "",
		"Safari.app/Contents/Info.plist":                                                  infoPlist("com.apple.Safari", "Safari", "Safari", "18", "https"),
		"Tool.app/Contents/Info.plist":                                                    infoPlist("com.example.tool", "Tool", "Tool", "1", "tool"),
		"Tool.app/Contents/Resources/application.ini":                                     "[App]\nVersion=1\n",
		"Broken.app/Contents/Info.plist":                                                  "no list",
	})
	paths, _ := filepath.Glob(filepath.Join(root, "*.app"))
	paths = append(paths, paths[0], filepath.Join(root, "Gone.app")) // as Spotlight names them again
	standard, err := parseDefaultHandler([]byte(`{LSHandlers = ({LSHandlerURLScheme = mailto; LSHandlerRoleAll = "com.apple.mail";}, {LSHandlerURLScheme = https; LSHandlerRoleAll = "org.mozilla.firefox";});}`))
	if err != nil || standard != "org.mozilla.firefox" {
		t.Errorf("the default is %q, %v", standard, err)
	}
	want := []string{
		"Google Chrome|131.0.6778.86|/Google Chrome.app/Contents/MacOS/Google Chrome",
		"Google Chrome Canary|133.0.6845.0|/Google Chrome Canary.app/Contents/MacOS/Google Chrome Canary",
		"Arc|1.70|/Arc.app/Contents/MacOS/Arc",
		"Firefox ESR|115.18.0|/Firefox.app/Contents/MacOS/firefox|default",
		"Firefox Developer Edition|134.0|/Firefox Dev.app/Contents/MacOS/firefox",
	}
	if got := lines(root, findBundles(t.Context(), paths, standard)); !slices.Equal(got, want) {
		t.Errorf("found\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if q := spotlightQuery(); !strings.Contains(q, `kMDItemCFBundleIdentifier == "org.mozilla.firefox" || `) {
		t.Errorf("Spotlight is asked for %s", q)
	}
}

func FuzzBundleInfo(f *testing.F) {
	f.Add([]byte(infoPlist("a", "b", "c", "1", "https")))
	f.Add([]byte("{LSHandlers = ({LSHandlerURLScheme = https;});}"))
	f.Fuzz(func(_ *testing.T, text []byte) {
		_, _ = parseBundleInfo(text)
		_, _ = parseDefaultHandler(text)
	})
}

// TestFindRegistered finds browsers in what Windows' registry lists.
func TestFindRegistered(t *testing.T) {
	root := folders(t, map[string]string{
		"Google/Chrome/Application/chrome.exe":               "",
		"Google/Chrome/Application/99.0.4844.51/chrome.dll":  "",
		"Google/Chrome/Application/131.0.6778.86/chrome.dll": "",
		"Google/Chrome/Application/131.0.6778.9/chrome.dll":  "",
		"Google/Chrome SxS/Application/chrome.exe":           "",
		"Microsoft/Edge/Application/msedge.exe":              "",
		"Mozilla Firefox/firefox.exe":                        "",
		"Mozilla Firefox/application.ini":                    "[App]\nVersion=132.0.2\n",
		"Mozilla Firefox/defaults/pref/channel-prefs.js":     `pref("app.update.channel", "release");`,
		"IceCat/icecat.exe":                                  "",
		"IceCat/application.ini":                             "[App]\nVersion=140.4.0\n",
		"IceCat/omni.ja":                                     "",
		"Iron/iron.exe":                                      "",
		"Iron/130.0.6700.0/resources.pak":                    "",
		"Iron/130.0.6700.0/icudtl.dat":                       "",
		"Internet Explorer/iexplore.exe":                     "",
		"Other/other.exe":                                    "",
	})
	at := func(name string) string { return filepath.Join(root, filepath.FromSlash(name)) }
	list := []registered{
		{"Google Chrome", `"` + at("Google/Chrome/Application/chrome.exe") + `"`, "ChromeHTML"},
		{"Mozilla Firefox", `"` + at("Mozilla Firefox/firefox.exe") + `"`, "FirefoxURL-308046B0AF4A39CB"},
		{"GNU IceCat", at("IceCat/icecat.exe") + " -osint", "IceCatURL"},
		{"Iron", at("Iron/iron.exe"), ""},
		{"Internet Explorer", at("Internet Explorer/iexplore.exe"), ""},
		{"Gone", `"` + at("Gone/gone.exe") + `"`, ""},
		{"", at("Mozilla Firefox/firefox.exe"), ""}, // App Paths
		{"", at("Other/other.exe"), ""},
		{"", "", ""},
	}
	paths := []string{at("Google/Chrome SxS/Application/chrome.exe"), at("Google/Chrome/Application/chrome.exe"), at("Microsoft/Edge/Application/msedge.exe"), at("Vivaldi/Application/vivaldi.exe")}
	want := []string{
		"Google Chrome|131.0.6778.86|/Google/Chrome/Application/chrome.exe",
		"Google Chrome Canary||/Google/Chrome SxS/Application/chrome.exe",
		"Microsoft Edge||/Microsoft/Edge/Application/msedge.exe",
		"Iron|130.0.6700.0|/Iron/iron.exe",
		"Firefox|132.0.2|/Mozilla Firefox/firefox.exe|default",
		"GNU IceCat|140.4.0|/IceCat/icecat.exe",
	}
	if got := lines(root, findRegistered(t.Context(), list, paths, "FirefoxURL-308046B0AF4A39CB")); !slices.Equal(got, want) {
		t.Errorf("found\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for command, want := range map[string]string{
		`"C:\Program Files\Mozilla Firefox\firefox.exe"`:        `C:\Program Files\Mozilla Firefox\firefox.exe`,
		`C:\Program Files\Opera\opera.exe --start`:              `C:\Program Files\Opera\opera.exe`,
		`"C:\a b\c.EXE" "%1"`:                                   `C:\a b\c.EXE`,
		`C:\Program Files\Google\Chrome\Application\CHROME.EXE`: `C:\Program Files\Google\Chrome\Application\CHROME.EXE`,
		`chrome`: `chrome`,
	} {
		if got := commandProgram(command); got != want {
			t.Errorf("%s: %s", command, got)
		}
	}
}

func TestTitles(t *testing.T) {
	list := []Browser{
		{Name: "Google Chrome", Path: "/a"},
		{Name: "Google Chrome", Channel: Beta, Path: "/b"},
		{Name: "Firefox", Version: "132.0", Sandbox: Snap, Path: "/c"},
		{Name: "Firefox", Version: "133.0", Path: "/d"},
		{Name: "Firefox", Version: "131.0", Path: "/e"},
		{Name: "Firefox", Version: "131.0", Path: "/f"},
	}
	want := []string{"Google Chrome", "Google Chrome Beta", "Firefox (snap)", "Firefox (133.0)", "Firefox (131.0) (/e)", "Firefox (131.0) (/f)"}
	if got := Titles(list); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	dirs := make(map[string]bool)
	for _, b := range list {
		for _, profile := range []string{"", "Shop", "Shop!", "ショップ", "../.."} {
			dir, err := b.ProfileDir("/base", profile)
			if b.Sandbox == "" && (err != nil || filepath.Dir(filepath.Dir(dir)) != filepath.Clean("/base")) {
				t.Errorf("%s lies in %s, %v", profile, dir, err)
			}
			dirs[dir] = true
		}
	}
	if len(dirs) != len(list)*5 {
		t.Errorf("two share a folder: %v", dirs)
	}
}

func TestMatch(t *testing.T) {
	list := []Browser{
		{Name: "Google Chrome", Channel: Beta, Path: "/usr/bin/google-chrome-beta"},
		{Name: "Google Chrome", Path: "/usr/bin/google-chrome-stable"},
		{Name: "Chromium", Path: "/usr/bin/chromium", Version: "156.0.8078.79"},
		{Name: "Firefox", Channel: ESR, Path: "/usr/bin/firefox-esr", Version: "153.7.0"},
		{Name: "Firefox", Channel: Nightly, Path: "/opt/nightly/firefox"},
		{Name: "Firefox", Path: "/usr/bin/flatpak", Sandbox: Flatpak, App: "org.mozilla.firefox", Obstacle: "it is missing"},
	}
	for name, want := range map[string]string{
		"chrome":              "/usr/bin/google-chrome-stable",
		"Chrome  beta":        "/usr/bin/google-chrome-beta",
		"google chrome":       "/usr/bin/google-chrome-stable",
		"beta":                "/usr/bin/google-chrome-beta",
		"chromium":            "/usr/bin/chromium",
		"156":                 "/usr/bin/chromium",
		"firefox-esr":         "/usr/bin/firefox-esr",
		"firefox":             "/usr/bin/firefox-esr", // the other can't be opened
		"fire":                "/usr/bin/firefox-esr",
		"firefox flatpak":     "/usr/bin/flatpak",
		"org.mozilla.firefox": "/usr/bin/flatpak",
		"nightly":             "/opt/nightly/firefox",
		"/usr/bin/chromium":   "/usr/bin/chromium",
	} {
		if b, err := Match(t.Context(), list, name); err != nil || b.Path != want {
			t.Errorf("%s: %s, %v; want %s", name, b.Path, err, want)
		}
	}
	for name, want := range map[string]string{
		"opera":         `no browser "opera" was found: there is Google Chrome Beta, Google Chrome, Chromium, Firefox ESR, Firefox Nightly, Firefox; or give a browser's path`,
		"":              "no browser",
		"/usr/bin/none": "/usr/bin/none is no program of a browser",
		"/bin/sh":       "is no program of a browser",
	} {
		if b, err := Match(t.Context(), list, name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, %v", name, b, err)
		}
	}
	if got := nameOf(`C:\x\Iron.exe`); got != "Iron" {
		t.Error(got)
	}
	if got := bundleOf("/Applications/Arc.app/Contents/MacOS/Arc"); got != "/Applications/Arc.app" {
		t.Error(got)
	}
}

func TestParseVersion(t *testing.T) {
	for text, want := range map[string]string{
		"Chromium 156.0.8078.79 built on Debian GNU/Linux 12 (bookworm)\n": "156.0.8078.79 ",
		"Google Chrome 131.0.6778.13 beta\n":                               "131.0.6778.13 beta",
		"Google Chrome 132.0.6811.2 dev\n":                                 "132.0.6811.2 dev",
		"Mozilla Firefox 153.7.0esr\n":                                     "153.7.0 ESR",
		"Mozilla Firefox 155.0a1\n":                                        "155.0 nightly",
		"Brave Browser 131.1.73.89 nightly":                                "131.1.73.89 nightly",
		"Vivaldi 7.0.3495.15 stable":                                       "7.0.3495.15 ",
		"no number":                                                        " ",
		"":                                                                 " ",
	} {
		version, channel := parseVersion(text)
		if got := version + " " + channel; got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
