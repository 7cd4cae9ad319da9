package browser

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/adrg/xdg"
)

// find looks in this user's places.
func find(ctx context.Context) []Browser { return here().find(ctx) }

// at returns the browser at path, if there is one.
func at(ctx context.Context, path string) []Browser {
	c := new(collection)
	if executable(path) {
		here().addProgram(c, path, "")
	}
	return c.browsers(ctx)
}

// here are this user's places.
func here() places {
	data := append([]string{xdg.DataHome}, xdg.DataDirs...)
	flatpaks := []string{filepath.Join(xdg.DataHome, "flatpak"), "/var/lib/flatpak"}
	for _, dir := range append(flatpaks, "/var/lib/snapd/desktop") {
		at := filepath.Join(dir, "exports", "share")
		if dir == "/var/lib/snapd/desktop" {
			at = dir
		}
		if !slices.Contains(data, at) {
			data = append(data, at)
		}
	}
	return places{
		path:     filepath.SplitList(os.Getenv("PATH")),
		data:     data,
		flatpaks: flatpaks,
		snapBins: []string{"/snap/bin", "/var/lib/snapd/snap/bin"},
	}
}

// places are where browsers are looked for on Linux.
type places struct {
	path     []string // as in PATH
	data     []string // as in XDG_DATA_DIRS, the user's own first
	flatpaks []string // installations
	snapBins []string // where snapd puts the programs of snaps
}

func (p places) find(ctx context.Context) []Browser {
	c := new(collection)
	for _, b := range brands() {
		for _, name := range b.programs {
			if path := p.look(name); path != "" {
				p.addProgram(c, path, "")
			}
		}
		for _, bin := range p.snapBins {
			if b.snap != "" && executable(filepath.Join(bin, b.snap)) {
				p.addProgram(c, filepath.Join(bin, b.snap), "")
			}
		}
		if b.flatpak != "" && p.flatpakInstalled(b.flatpak) {
			p.addFlatpak(c, b.flatpak)
		}
	}
	standard := defaultEntry(ctx)
	var dirs []string
	for _, d := range p.data {
		dirs = append(dirs, filepath.Join(d, "applications"))
	}
	for _, e := range desktopEntries(dirs) {
		var f *found
		switch path := p.look(e.command[0]); {
		case e.flatpak != "":
			if p.flatpakInstalled(e.flatpak) {
				f = p.addFlatpak(c, e.flatpak)
			}
		case path != "":
			f = p.addProgram(c, path, e.name)
		}
		if f != nil && e.id == standard {
			f.Default = true
		}
	}
	return c.browsers(ctx)
}

// look finds a program by its name or absolute path; "" if it isn't there.
func (p places) look(name string) string {
	if filepath.IsAbs(name) {
		if executable(name) {
			return name
		}
		return ""
	}
	if strings.Contains(name, "/") {
		return ""
	}
	for _, dir := range p.path {
		if path := filepath.Join(dir, name); filepath.IsAbs(dir) && executable(path) {
			return path
		}
	}
	return ""
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

// addProgram adds a program, under the name that people know it by; name is for
// one that is not known. It returns nil where it is no browser of the two
// families.
func (p places) addProgram(c *collection, path, name string) *found {
	start, real, err := follow(path)
	if err != nil {
		return nil
	}
	if snap, bin := p.snapOf(start, real); snap != "" {
		return addSnap(c, snap, bin)
	}
	b, known := brandOfProgram(start)
	if !known {
		b, known = brandOfProgram(path)
	}
	if !known {
		kind, ok := familyAt(real)
		if !ok {
			return nil
		}
		b = brand{name: name, kind: kind}
		if name == "" {
			b.name = filepath.Base(path)
		}
	}
	return c.add(found{
		Browser: Browser{Name: b.name, Kind: b.kind, Channel: b.channel, Path: start},
		key:     real,
		details: details(b.kind, start, real),
	})
}

// snapOf tells the snap that a program is of, and the program that starts it.
func (p places) snapOf(path, real string) (name, bin string) {
	for _, dir := range p.snapBins {
		if filepath.Dir(path) == dir {
			return strings.SplitN(filepath.Base(path), ".", 2)[0], path
		}
		if mount := filepath.Dir(dir); strings.HasPrefix(real, mount+"/") && !strings.HasPrefix(real, dir+"/") {
			name, _, _ = strings.Cut(strings.TrimPrefix(real, mount+"/"), "/")
			return name, filepath.Join(dir, name)
		}
	}
	return "", ""
}

// defaultEntry is the .desktop file of the program that links open in.
func defaultEntry(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, versionTimeout)
	defer cancel()
	out, err := exec.CommandContext(ctx, "xdg-settings", "get", "default-web-browser").Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}
