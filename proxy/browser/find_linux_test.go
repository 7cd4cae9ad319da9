package browser

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// tree makes files below a new folder. A text that begins with "#!" becomes a
// program, one that begins with "->" a symbolic link; $ROOT is the folder.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		text = strings.ReplaceAll(text, "$ROOT", root)
		mode := os.FileMode(0o600)
		if target, ok := strings.CutPrefix(text, "->"); ok {
			if err := os.Symlink(target, path); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if strings.HasPrefix(text, "#!") {
			mode = 0o700
		}
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// says is a program that answers --version, and fails if it may open a window.
func says(version string) string {
	return "#!/bin/sh\n[ -z \"$DISPLAY$WAYLAND_DISPLAY\" ] || exit 1\n[ \"$1\" = --version ] && echo '" + version + "' && exit\n"
}

func entry(name, exec, more string) string {
	return "# A comment; with a mark\n[Desktop Entry]\nType=Application\nName=" + name + "\nName[de]=Anders\nExec=" + exec +
		"\nMimeType=text/html;x-scheme-handler/http;x-scheme-handler/https;\n" + more + "\n[Desktop Action new]\nName=New\nExec=other\n"
}

// TestFindOnLinux finds browsers in a system's places, each once.
func TestFindOnLinux(t *testing.T) {
	root := tree(t, map[string]string{
		// Names on the PATH, and links to one program.
		"usr/bin/google-chrome-stable": "->$ROOT/opt/google/chrome/google-chrome",
		"usr/bin/google-chrome":        "->$ROOT/usr/bin/google-chrome-stable",
		"opt/google/chrome/google-chrome": says("Google Chrome 131.0.6778.85 ") +
			"exec \"$HERE/chrome\" \"$@\"\n",
		"usr/bin/google-chrome-beta":             says("Google Chrome 132.0.6834.15 beta"),
		"usr/bin/microsoft-edge-dev":             says("Microsoft Edge 133.0.1 dev"),
		"usr/bin/brave-browser":                  "#!/bin/sh\nexit 1\n", // doesn't say
		"usr/share/applications/chrome.desktop":  entry("Google Chrome", "$ROOT/usr/bin/google-chrome-stable %U", ""),
		"home/share/applications/broken.desktop": entry("Broken", "\"unfinished", ""),
		// Debian's firefox starts firefox-esr, whose files tell what it is.
		"usr/bin/firefox":                                    "#!/bin/sh\n\nFIREFOX=\"$(command -v firefox)\"\n[ -x \"$FIREFOX.real\" ] && exec \"$FIREFOX.real\" \"$@\"\n\nexec $ROOT/usr/bin/firefox-esr \"$@\"\n",
		"usr/bin/firefox-esr":                                "->../lib/firefox-esr/firefox-esr",
		"usr/lib/firefox-esr/firefox-esr":                    "#!/bin/sh\nexit 1\n",
		"usr/lib/firefox-esr/application.ini":                "; Not used\n[App]\nName=Firefox\nVersion=153.7.0\n",
		"usr/lib/firefox-esr/defaults/pref/channel-prefs.js": "//\npref(\"app.update.channel\", \"esr\");\n",
		"usr/share/applications/firefox-esr.desktop":         entry("Firefox ESR", "/bin/env A=b $ROOT/usr/bin/firefox-esr %u", ""),
		// A browser of nobody's list, told by its files; the user's entry hides the
		// system's of the same name.
		"home/share/applications/gnu-icecat.desktop": entry("GNU IceCat", "\"$ROOT/opt/ice cat/icecat\" --name=\\\\s %u", ""),
		"usr/share/applications/gnu-icecat.desktop":  entry("Old IceCat", "$ROOT/usr/bin/brave-browser", ""),
		"opt/ice cat/icecat":                         "#!/bin/sh\nexit 1\n",
		"opt/ice cat/omni.ja":                        "",
		"opt/ice cat/application.ini":                "[App]\nVersion=140.4.0\n",
		"home/share/applications/iron.desktop":       entry("Iron", "$ROOT/opt/iron/iron", ""),
		"opt/iron/iron":                              says("Iron 130.0.1"),
		"opt/iron/resources.pak":                     "",
		"opt/iron/icudtl.dat":                        "",
		// What is no browser of the two families, is hidden, or gone.
		"usr/share/applications/mailer.desktop":    entry("Mailer", "$ROOT/opt/mailer/mailer", ""),
		"opt/mailer/mailer":                        "#!/bin/sh\n",
		"opt/mailer/resources.pak":                 "",
		"opt/mailer/icudtl.dat":                    "",
		"opt/mailer/resources/app.asar":            "",
		"usr/share/applications/epiphany.desktop":  entry("Web", "$ROOT/usr/bin/epiphany", ""),
		"usr/bin/epiphany":                         "#!/bin/sh\n",
		"usr/share/applications/hidden.desktop":    entry("Hidden", "$ROOT/opt/iron/other", "Hidden=true"),
		"usr/share/applications/gone.desktop":      entry("Gone", "$ROOT/usr/bin/firefox-nightly", ""),
		"usr/share/applications/chromium2.desktop": entry("Snap's", "env BAMF=x $ROOT/snap/bin/chromium %U", "X-SnapInstanceName=chromium"),
		// Ubuntu's chromium-browser starts the snap; the snap's program is snap.
		"usr/bin/chromium-browser": "#!/bin/sh\nif ! [ -x $ROOT/snap/bin/chromium ]; then\n  exit 1\nfi\nexec $ROOT/snap/bin/chromium \"$@\"\n",
		"snap/bin/chromium":        "->$ROOT/usr/bin/snap",
		"snap/bin/firefox":         "->$ROOT/usr/bin/snap",
		"usr/bin/snap":             "#!/bin/sh\nprintf 'Name Version Rev Tracking Publisher Notes\\nchromium 131.0.6778.85 3000 latest/edge canonical -\\nfirefox 132.0.2-1 5239 latest/stable/… mozilla -\\n'\n",
		// Flatpaks, of the system's and the user's installation.
		"usr/bin/flatpak": "#!/bin/sh\n[ \"$1\" = list ] || exit 1\nprintf 'org.mozilla.firefox\\t132.0.2\\tstable\\ncom.google.Chrome\\t131.0.1\\tstable\\n'\n",
		"flatpak/app/org.mozilla.firefox/current/x":                         "",
		"home/flatpak/app/org.mozilla.firefox/current/x":                    "",
		"home/flatpak/app/com.google.Chrome/current/x":                      "",
		"flatpak/exports/share/applications/org.mozilla.firefox.desktop":    entry("Firefox", "$ROOT/usr/bin/flatpak run --branch=stable --command=firefox --file-forwarding org.mozilla.firefox @@u %u @@", "X-Flatpak=org.mozilla.firefox"),
		"flatpak/exports/share/applications/org.gnome.Epiphany.desktop":     entry("Web", "$ROOT/usr/bin/flatpak run org.gnome.Epiphany", "X-Flatpak=org.gnome.Epiphany"),
		"usr/bin/xdg-settings":                                              "#!/bin/sh\necho org.mozilla.firefox.desktop\n",
		"home/flatpak/exports/share/applications/com.brave.Browser.desktop": entry("Brave", "$ROOT/usr/bin/flatpak run com.brave.Browser", "X-Flatpak=com.brave.Browser"), // uninstalled
		"home/flatpak/exports/share/applications/com.google.Chrome.desktop": entry("Google Chrome", "$ROOT/usr/bin/flatpak run com.google.Chrome", "X-Flatpak=com.google.Chrome"),
		"usr/share/applications/relative.desktop":                           entry("Relative", "opt/iron/iron", ""),
		"usr/share/applications/none.desktop":                               entry("None", "", ""),
		"usr/share/applications/nested/program.desktop":                     entry("Nested", "google-chrome-beta", ""),
		"usr/share/applications/text.desktop":                               "no entry",
		"usr/share/applications/link.desktop":                               "[Desktop Entry]\nType=Link\nMimeType=x-scheme-handler/https\nExec=firefox\n",
		"usr/share/applications/a-script-that-does-more.desktop":            entry("More", "$ROOT/usr/bin/more", ""),
		"usr/bin/more": "#!/bin/sh\nexec $PROGRAM \"$@\"\n",
	})
	at := func(name string) string { return filepath.Join(root, name) }
	t.Setenv("DISPLAY", ":0")
	t.Setenv("PATH", at("usr/bin")+":/usr/bin:/bin")
	p := places{
		path:     []string{at("usr/bin"), "relative"},
		data:     []string{at("home/share"), at("usr/share"), at("flatpak/exports/share"), at("home/flatpak/exports/share")},
		flatpaks: []string{at("home/flatpak"), at("flatpak")},
		snapBins: []string{at("snap/bin")},
	}
	var got []string
	for _, b := range arrange(p.find(t.Context())) {
		line := strings.Join([]string{b.Title(), b.Version, string(b.Sandbox), b.App, strings.TrimPrefix(b.Path, root), b.Obstacle}, "|")
		if b.Default {
			line += "|default"
		}
		got = append(got, line)
	}
	want := []string{
		"Chromium Nightly|131.0.6778.85|snap|chromium|/snap/bin/chromium|",
		"Google Chrome|131.0.6778.85|||/usr/bin/google-chrome-stable|",
		"Google Chrome|131.0.1|flatpak|com.google.Chrome|/usr/bin/flatpak|",
		"Google Chrome Beta|132.0.6834.15|||/usr/bin/google-chrome-beta|",
		"Microsoft Edge Dev|133.0.1|||/usr/bin/microsoft-edge-dev|",
		"Brave||||/usr/bin/brave-browser|",
		"Iron|130.0.1|||/opt/iron/iron|",
		"Firefox|132.0.2|snap|firefox|/snap/bin/firefox|",
		"Firefox|132.0.2|flatpak|org.mozilla.firefox|/usr/bin/flatpak||default",
		"Firefox ESR|153.7.0|||/usr/bin/firefox-esr|",
		"GNU IceCat|140.4.0|||/opt/ice cat/icecat|",
	}
	if !slices.Equal(got, want) {
		t.Errorf("found\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestFlatpakWithoutItsProgram(t *testing.T) {
	root := tree(t, map[string]string{"flatpak/app/org.mozilla.firefox/current/x": ""})
	list := places{flatpaks: []string{filepath.Join(root, "flatpak")}}.find(t.Context())
	if len(list) != 1 || !strings.Contains(list[0].Obstacle, "install it") {
		t.Fatalf("found %+v", list)
	}
	if _, err := list[0].Launch(t.Context(), Options{}); err == nil || !strings.Contains(err.Error(), list[0].Obstacle) {
		t.Errorf("it is opened all the same: %v", err)
	}
	if _, ok := Choose(list); ok {
		t.Error("it is chosen")
	}
}

// A program that is asked for its version and never answers does not hold up the
// search, and is in the list without one.
func TestFindEndsWhatDoesNotAnswer(t *testing.T) {
	root := tree(t, map[string]string{"bin/brave": "#!/bin/sh\necho > '$ROOT/asked'\nsleep 3600\n"})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		for ctx.Err() == nil {
			if _, err := os.Stat(filepath.Join(root, "asked")); err == nil {
				cancel()
			}
			<-time.After(20 * time.Millisecond)
		}
	}()
	began := time.Now()
	list := places{path: []string{filepath.Join(root, "bin")}}.find(ctx)
	if len(list) != 1 || list[0].Name != "Brave" || list[0].Version != "" {
		t.Errorf("found %+v", list)
	}
	if took := time.Since(began); took > time.Minute {
		t.Errorf("it took %v", took)
	}
}

// What is named like an entry, a program or a file of Firefox' but is none, such as
// a pipe that nobody writes to, is passed by.
func TestFindPassesPipes(t *testing.T) {
	root := tree(t, map[string]string{
		"share/applications/iron.desktop": entry("Iron", "$ROOT/opt/iron", ""),
		"bin/firefox":                     "#!/bin/sh\nexit 1\n",
		"bin/xdg-settings":                "#!/bin/sh\nexit 1\n",
	})
	for _, pipe := range []string{"share/applications/a.desktop", "opt/iron", "bin/chromium", "bin/application.ini"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(root, pipe)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Mkfifo(filepath.Join(root, pipe), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", filepath.Join(root, "bin"))
	p := places{path: []string{filepath.Join(root, "bin")}, data: []string{filepath.Join(root, "share")}}
	found := make(chan []Browser, 1)
	go func() { found <- p.find(t.Context()) }()
	select {
	case list := <-found:
		if len(list) != 1 || list[0].Name != "Firefox" {
			t.Errorf("found %+v", list)
		}
	case <-time.After(time.Minute):
		t.Fatal("it waits for a pipe")
	}
}

func TestParseExec(t *testing.T) {
	for line, want := range map[string][]string{
		`firefox %u`: {"firefox"},
		`/usr/bin/flatpak run --branch=stable --command=firefox --file-forwarding org.mozilla.firefox @@u %u @@`: {"/usr/bin/flatpak", "run", "--branch=stable", "--command=firefox", "--file-forwarding", "org.mozilla.firefox"},
		`env GTK_IM=x /usr/bin/env B= "/opt/a b/c" --x=1`:                                                        {"/opt/a b/c", "--x=1"},
		`"/opt/with \\"quote" 100%%`: {`/opt/with "quote`, "100%"},
		``:                           nil,
	} {
		got, err := parseExec(line)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v", line, got, err)
		}
	}
	if _, err := parseExec(`"open`); err == nil {
		t.Error("an unfinished quote is no error")
	}
}

func FuzzDesktopEntry(f *testing.F) {
	f.Add([]byte(entry("Name", `env A=b "/opt/x" %u`, "X-Flatpak=a.b.c")))
	f.Add([]byte("[Desktop Entry]\nType=Application\nExec=\\\\"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if e, ok, err := parseDesktopEntry("x.desktop", text); ok && (err != nil || len(e.command) == 0 || e.command[0] == "") {
			t.Errorf("a browser without a command: %+v, %v", e, err)
		}
	})
}

func FuzzLists(f *testing.F) {
	f.Add("Name Version Rev Tracking\nfirefox 132.0.2-1 5239 latest/stable mozilla -\n", "firefox")
	f.Add("org.mozilla.firefox\t132\tstable\n", "org.mozilla.firefox")
	f.Add("Corsage 0123  C,,\n", "")
	f.Fuzz(func(_ *testing.T, text, name string) {
		parseSnapList(text, name)
		parseFlatpakList(text, name)
		ownNicknames(text)
		parseVersion(text)
		mozillaChannel(text)
	})
}
