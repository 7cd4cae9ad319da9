package trust

import (
	"os"
	"path/filepath"
	"strings"
)

// chromiumPlaces are the NSS databases that browsers of Chromium's family on
// Linux read. All outside of sandboxes share one: that in ~/.pki, or if that is
// not there, one in XDG's folder for data (measured in Chromium 156). Snaps and
// flatpaks have their own, once they have run.
func chromiumPlaces(home, data string) []place {
	own, xdg := filepath.Join(home, ".pki", "nssdb"), filepath.Join(data, "pki", "nssdb")
	if !isDir(own) && isDir(xdg) {
		own = xdg
	}
	places := []place{{id: "nss", name: "Chromium's family", clients: "Chromium, Chrome, Edge, Brave, Vivaldi and Opera", dir: own}}
	for _, box := range sandboxes(home) {
		for _, inside := range []string{".pki", filepath.Join(".local", "share", "pki"), filepath.Join("data", "pki")} {
			if dir := filepath.Join(box.dir, inside, "nssdb"); isDir(dir) {
				places = append(places, place{id: "nss:" + box.id(), name: box.app + ", " + box.kind, clients: "The " + box.kind + " " + box.app, dir: dir})
				break
			}
		}
	}
	return places
}

// place is where an NSS database is, or will be, and whose it is.
type place struct{ id, name, clients, dir string }

// sandbox is the home that a snap or a flatpak gives to an application.
type sandbox struct{ kind, app, dir string }

func (b sandbox) id() string { return b.kind + "-" + b.app }

// sandboxes are those of all applications that have run.
func sandboxes(home string) []sandbox {
	var boxes []sandbox
	for _, b := range []struct{ kind, above, below string }{
		{"snap", filepath.Join(home, "snap"), "current"},
		{"snap", filepath.Join(home, "snap"), "common"},
		{"flatpak", filepath.Join(home, ".var", "app"), ""},
	} {
		list, _ := os.ReadDir(b.above) // where there is none, there are none
		for _, entry := range list {
			if dir := filepath.Join(b.above, entry.Name(), b.below); isDir(dir) {
				boxes = append(boxes, sandbox{b.kind, entry.Name(), dir})
			}
		}
	}
	return boxes
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// firefoxPlaces are the profiles of Firefox and its kin on Linux, with sandboxes.
func firefoxPlaces(home, config string) []place {
	folders := []folder{
		{"", filepath.Join(home, ".mozilla", "firefox"), "Firefox"},
		{"", filepath.Join(config, "mozilla", "firefox"), "Firefox"},
		{"librewolf", filepath.Join(home, ".librewolf"), "LibreWolf"},
		{"librewolf", filepath.Join(config, "librewolf", "librewolf"), "LibreWolf"},
	}
	for _, box := range sandboxes(home) {
		for _, f := range []folder{
			{box.kind, filepath.Join(box.dir, ".mozilla", "firefox"), "Firefox"},
			{box.kind, filepath.Join(box.dir, "config", "mozilla", "firefox"), "Firefox"},
			{box.kind + "-librewolf", filepath.Join(box.dir, ".librewolf"), "LibreWolf"},
		} {
			f.name += ", " + box.kind
			folders = append(folders, f)
		}
	}
	return profilesIn(folders)
}

// folder is one that has a profiles.ini.
type folder struct{ variant, dir, name string }

// profilesIn are the profiles that the folders' profiles.ini name and that have
// been used. A profile's ID is its name; with what kind of Firefox it is where
// that isn't the usual one, and with its folder where the name is taken.
func profilesIn(folders []folder) []place {
	var places []place
	taken := make(map[string]bool)
	for _, f := range folders {
		text, err := os.ReadFile(filepath.Join(f.dir, "profiles.ini"))
		if err != nil {
			continue
		}
		for _, p := range parseProfiles(text) {
			dir := p.path
			if p.relative {
				dir = filepath.Join(f.dir, filepath.FromSlash(p.path))
			}
			if _, err := os.Stat(filepath.Join(dir, "cert9.db")); err != nil || taken[dir] {
				continue
			}
			id := "firefox:" + strings.Trim(f.variant+"-"+p.name, "-")
			if taken[id] {
				id += "-" + filepath.Base(dir)
			}
			taken[id], taken[dir] = true, true
			places = append(places, place{id: id, name: f.name + ", profile " + p.name, clients: f.name, dir: dir})
		}
	}
	return places
}
