package browser

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// find looks into the folders for programs, and asks Spotlight for known ones
// elsewhere.
func find(ctx context.Context) []Browser {
	dirs := []string{"/Applications", "/Applications/Utilities"}
	home, err := os.UserHomeDir()
	standard := ""
	if err == nil {
		dirs = append(dirs, filepath.Join(home, "Applications"))
		at := filepath.Join(home, "Library", "Preferences", "com.apple.LaunchServices", "com.apple.launchservices.secure.plist")
		if text, err := os.ReadFile(at); err == nil {
			standard, _ = parseDefaultHandler(text)
		}
	}
	var paths []string
	for _, dir := range dirs {
		apps, _ := filepath.Glob(filepath.Join(dir, "*.app"))
		paths = append(paths, apps...)
	}
	asking, cancel := context.WithTimeout(ctx, versionTimeout)
	defer cancel()
	if out, err := exec.CommandContext(asking, "mdfind", spotlightQuery()).Output(); err == nil {
		for line := range strings.Lines(string(out)) {
			paths = append(paths, strings.TrimSpace(line))
		}
	}
	return findBundles(ctx, paths, standard)
}

// at returns the browser at path, if there is one: a bundle or the program in it.
func at(ctx context.Context, path string) []Browser {
	return findBundles(ctx, []string{bundleOf(path)}, "")
}
