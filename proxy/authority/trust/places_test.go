package trust

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// machine makes a home with files and returns it.
func machine(t *testing.T, files map[string]string) string {
	t.Helper()
	home := t.TempDir()
	for name, text := range files {
		path := filepath.Join(home, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return home
}

func describe(home string, places []place) []string {
	var all []string
	for _, p := range places {
		all = append(all, p.id+" | "+p.name+" | "+filepath.ToSlash(strings.TrimPrefix(p.dir, home)))
	}
	return all
}

func TestChromiumPlaces(t *testing.T) {
	const own = "nss | Chromium's family | /.pki/nssdb"
	for _, c := range []struct {
		name  string
		files []string
		want  []string
	}{
		{"none yet", nil, []string{own}},
		{"the old one", []string{".pki/nssdb/cert9.db"}, []string{own}},
		{"the new one", []string{"data/pki/nssdb/cert9.db"}, []string{"nss | Chromium's family | /data/pki/nssdb"}},
		{"both", []string{".pki/nssdb/cert9.db", "data/pki/nssdb/cert9.db"}, []string{own}},
		{"sandboxes", []string{
			"snap/chromium/current/.pki/nssdb/cert9.db", "snap/brave/current/.local/share/pki/nssdb/cert9.db", "snap/hello/current/x",
			".var/app/org.chromium.Chromium/.pki/nssdb/cert9.db", ".var/app/com.google.Chrome/data/pki/nssdb/cert9.db", ".var/app/org.gimp.GIMP/config/x",
		}, []string{
			own,
			"nss:snap-brave | brave, snap | /snap/brave/current/.local/share/pki/nssdb",
			"nss:snap-chromium | chromium, snap | /snap/chromium/current/.pki/nssdb",
			"nss:flatpak-com.google.Chrome | com.google.Chrome, flatpak | /.var/app/com.google.Chrome/data/pki/nssdb",
			"nss:flatpak-org.chromium.Chromium | org.chromium.Chromium, flatpak | /.var/app/org.chromium.Chromium/.pki/nssdb",
		}},
	} {
		files := make(map[string]string)
		for _, f := range c.files {
			files[f] = ""
		}
		home := machine(t, files)
		if got := describe(home, chromiumPlaces(home, filepath.Join(home, "data"))); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q", c.name, got)
		}
	}
}

func TestFirefoxPlaces(t *testing.T) {
	one := func(name, path string) string {
		return fmt.Sprintf("[Profile0]\nName=%s\nIsRelative=1\nPath=%s\n", name, path)
	}
	home := machine(t, map[string]string{
		".mozilla/firefox/profiles.ini": "[Install4F96D1932A9F858E]\nDefault=abc.default\n\n[Profile1]\nName=default\nIsRelative=1\nPath=abc.default\nDefault=1\n\n" +
			"[Profile0]\nName=default-release\nIsRelative=1\nPath=def.default-release\n\n[Profile2]\nName=never used\nIsRelative=1\nPath=ghi\n\n[Profile3]\nName=default\nIsRelative=1\nPath=xyz.second\n\n[General]\nVersion=2\n",
		".mozilla/firefox/abc.default/cert9.db":                             "",
		".mozilla/firefox/def.default-release/cert9.db":                     "",
		".mozilla/firefox/xyz.second/cert9.db":                              "",
		"config/mozilla/firefox/profiles.ini":                               one("new", "n"),
		"config/mozilla/firefox/n/cert9.db":                                 "",
		"snap/firefox/common/.mozilla/firefox/profiles.ini":                 one("default", "p"),
		"snap/firefox/common/.mozilla/firefox/p/cert9.db":                   "",
		".var/app/org.mozilla.firefox/.mozilla/firefox/profiles.ini":        one("default", "Profiles/q"),
		".var/app/org.mozilla.firefox/.mozilla/firefox/Profiles/q/cert9.db": "",
		".librewolf/profiles.ini":                                           one("wolf", "w"),
		".librewolf/w/cert9.db":                                             "",
		".var/app/io.gitlab.librewolf-community/.librewolf/profiles.ini":    one("wolf", "w"),
		".var/app/io.gitlab.librewolf-community/.librewolf/w/cert9.db":      "",
	})
	want := []string{
		"firefox:default | Firefox, profile default | /.mozilla/firefox/abc.default",
		"firefox:default-release | Firefox, profile default-release | /.mozilla/firefox/def.default-release",
		"firefox:default-xyz.second | Firefox, profile default | /.mozilla/firefox/xyz.second",
		"firefox:new | Firefox, profile new | /config/mozilla/firefox/n",
		"firefox:librewolf-wolf | LibreWolf, profile wolf | /.librewolf/w",
		"firefox:snap-default | Firefox, snap, profile default | /snap/firefox/common/.mozilla/firefox/p",
		"firefox:flatpak-librewolf-wolf | LibreWolf, flatpak, profile wolf | /.var/app/io.gitlab.librewolf-community/.librewolf/w",
		"firefox:flatpak-default | Firefox, flatpak, profile default | /.var/app/org.mozilla.firefox/.mozilla/firefox/Profiles/q",
	}
	got := describe(home, firefoxPlaces(home, filepath.Join(home, "config")))
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	stores := nssStores(firefoxPlaces(home, filepath.Join(home, "config")), "", "", "")
	for id, n := range map[string]int{"firefox": 8, "firefox:default": 1, "chromium": 0, "": 0, "firefox:": 0} {
		found, err := Find(stores, id)
		if len(found) != n || (err == nil) != (n > 0) {
			t.Errorf("%q: %d, %v", id, len(found), err)
		}
	}
}

// A profile elsewhere is named by its absolute path.
func TestFirefoxAbsolute(t *testing.T) {
	elsewhere := machine(t, map[string]string{"cert9.db": ""})
	home := machine(t, map[string]string{"profiles.ini": "[Profile0]\nName=mine; # not a comment\nIsRelative=0\nPath=" + elsewhere + "\n[Profile1]\nPath=\n"})
	places := profilesIn([]folder{{"", home, "Firefox"}})
	if len(places) != 1 || places[0].dir != elsewhere || places[0].id != "firefox:mine; # not a comment" {
		t.Errorf("%v", places)
	}
}

func FuzzProfiles(f *testing.F) {
	f.Add([]byte("[Profile0]\nName=default\nIsRelative=1\nPath=abc.default\n"))
	f.Add([]byte("[Install1]\nDefault=x\n[Profile1]\nPath=\"a\nb\"\n\\"))
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, p := range parseProfiles(text) {
			if p.name == "" || p.path == "" {
				t.Errorf("%+v", p)
			}
		}
	})
}
