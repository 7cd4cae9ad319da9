package browser

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// flatpakInstalled reports whether the app is in one of the installations.
func (p places) flatpakInstalled(id string) bool {
	for _, dir := range p.flatpaks {
		if _, err := os.Stat(filepath.Join(dir, "app", id, "current")); err == nil {
			return true
		}
	}
	return false
}

// addFlatpak adds the browser that is packaged as the flatpak; nil if it is none
// of the two families.
func (p places) addFlatpak(c *collection, id string) *found {
	b, ok := brandOfFlatpak(id)
	if !ok {
		return nil
	}
	f := found{
		Browser: Browser{Name: b.name, Kind: b.kind, Channel: b.channel, Sandbox: Flatpak, App: id, Path: p.look("flatpak")},
		key:     "flatpak:" + id,
	}
	if f.Path == "" {
		f.Obstacle = "it is a flatpak, and the program flatpak is not on the PATH: install it"
		return c.add(f)
	}
	f.details = func(ctx context.Context) (version, channel string) {
		out, err := exec.CommandContext(ctx, f.Path, "list", "--app", "--columns=application,version,branch").Output()
		if err != nil {
			return "", ""
		}
		return parseFlatpakList(string(out), id)
	}
	return c.add(f)
}

// parseFlatpakList reads lines of application, version and branch, with tabs
// between them.
func parseFlatpakList(text, id string) (version, channel string) {
	for line := range strings.Lines(text) {
		fields := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if len(fields) < 3 || fields[0] != id {
			continue
		}
		if channel = fields[2]; channel == "stable" || channel == "master" {
			channel = ""
		}
		return fields[1], channel
	}
	return "", ""
}
