package browser

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/ini.v1"
)

// readINI reads a file of Mozilla's or freedesktop.org's: no value has comments,
// quotes or continuations in it.
func readINI(text []byte) (*ini.File, error) {
	return ini.LoadSources(ini.LoadOptions{
		IgnoreInlineComment:     true,
		IgnoreContinuation:      true,
		PreserveSurroundedQuote: true,
		KeyValueDelimiters:      "=",
		SkipUnrecognizableLines: true,
	}, text)
}

// details returns what tells the version and the channel of an unconfined
// program: its files where they are Firefox's, else itself.
func details(kind Kind, path, real string) func(context.Context) (version, channel string) {
	return func(ctx context.Context) (version, channel string) {
		if kind == Firefox {
			if version, channel := mozillaDetails(filepath.Dir(real)); version != "" {
				return version, channel
			}
		}
		return askVersion(ctx, path)
	}
}

// mozillaDetails reads the version and the channel from the files in Firefox's
// folder.
func mozillaDetails(dir string) (version, channel string) {
	text, err := readText(filepath.Join(dir, "application.ini"))
	if err != nil {
		return "", ""
	}
	file, err := readINI(text)
	if err != nil {
		return "", ""
	}
	version = file.Section("App").Key("Version").Value()
	prefs, err := readText(filepath.Join(dir, "defaults", "pref", "channel-prefs.js"))
	if err != nil {
		return version, ""
	}
	return version, mozillaChannel(string(prefs))
}

var updateChannel = regexp.MustCompile(`pref\("app\.update\.channel",\s*"([\w-]+)"\)`)

// mozillaChannel reads a channel-prefs.js. Distributions have names of their own
// for the stable channel.
func mozillaChannel(prefs string) string {
	m := updateChannel.FindStringSubmatch(prefs)
	if m == nil {
		return ""
	}
	switch name := m[1]; name {
	case "beta":
		return Beta
	case "aurora":
		return Developer
	case "nightly":
		return Nightly
	case "esr":
		return ESR
	case "release":
		return releaseChannel
	}
	return ""
}

// askVersion runs the program with --version, which both families answer at
// once. It gets no display, so that one that doesn't can open no window.
func askVersion(ctx context.Context, path string) (version, channel string) {
	cmd := exec.CommandContext(ctx, path, "--version")
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "DISPLAY=") || strings.HasPrefix(v, "WAYLAND_DISPLAY=") || strings.HasPrefix(v, "WAYLAND_SOCKET=")
	})
	ownGroup(cmd)
	cmd.Cancel = func() error { kill(cmd.Process.Pid); return nil }
	cmd.WaitDelay = versionTimeout / 10
	out, err := cmd.Output()
	if err != nil {
		return "", ""
	}
	return parseVersion(string(out))
}

var versionNumber = regexp.MustCompile(`\b(\d+(?:\.\d+)+)(?:a\d+|b\d+|esr)?\b`)

// parseVersion reads what --version writes, such as "Google Chrome 131.0.6778.13
// beta" or "Mozilla Firefox 153.7.0esr".
func parseVersion(text string) (version, channel string) {
	m := versionNumber.FindStringSubmatchIndex(text)
	if m == nil {
		return "", ""
	}
	version = text[m[2]:m[3]]
	rest := strings.ToLower(text[m[3]:])
	for _, c := range []struct{ word, channel string }{
		{"esr", ESR}, {"a1", Nightly}, {"beta", Beta}, {"dev", Dev}, {"unstable", Dev}, {"canary", Canary}, {"nightly", Nightly},
	} {
		if word, _, _ := strings.Cut(strings.TrimSpace(rest), " "); strings.TrimSpace(word) == c.word {
			return version, c.channel
		}
	}
	return version, ""
}
