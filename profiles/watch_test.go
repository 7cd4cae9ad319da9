package profiles

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestWatch(t *testing.T) {
	d := tempDirs(t)
	file := filepath.Join(d.Config, "shop.yaml")
	s, a := open(t, d)
	version := func(host string) string { return strings.Replace(shop, "shop.test", host, 1) }
	write(t, filepath.Join(d.State, "enabled.json"), `{"enabled": ["Shop", "Shop 2"]}`)

	write(t, file, version("new.test"))
	await(t, s, "a new file", func() bool { return a.urls() == "https://new.test" })
	write(t, file, version("inplace.test"))
	await(t, s, "written in place", func() bool { return a.urls() == "https://inplace.test" })
	save(t, file, version("renamed.test"))
	await(t, s, "saved by renaming", func() bool { return a.urls() == "https://renamed.test" })
	must(t, os.Rename(file, file+".bak")) // as vim does with backupcopy=no
	write(t, file, version("backup.test"))
	await(t, s, "saved with a backup", func() bool { return a.urls() == "https://backup.test" })
	must(t, os.Remove(file))
	await(t, s, "deleted", func() bool { return len(s.Items()) == 0 && a.urls() == "" })
	must(t, os.Remove(file+".bak"))
	must(t, os.RemoveAll(d.Config))
	write(t, file, version("folder.test"))
	await(t, s, "the folder is made anew", func() bool { return a.urls() == "https://folder.test" })
	save(t, file, version("after.test"))
	await(t, s, "in the new folder", func() bool { return a.urls() == "https://after.test" })

	held := a.rules()[0].Sessions
	save(t, file, strings.Replace(version("after.test"), "Shop ", "Shop 3 ", 1))
	await(t, s, "renamed in an editor", func() bool { return slices.Equal(names(s), []string{"Shop 3"}) })
	if r := a.rules(); len(r) != 1 || r[0].Sessions != held {
		t.Errorf("it is off or has lost its session: %q", a.urls())
	}
	save(t, filepath.Join(d.State, "enabled.json"), `{"enabled": []}`)
	await(t, s, "turned off by another process", func() bool { return len(a.rules()) == 0 })
}

// A change of one's own is applied once, however many events it makes.
func TestWatchOwnChanges(t *testing.T) {
	d := tempDirs(t)
	write(t, filepath.Join(d.Config, "shop.yaml"), shop)
	s, a := open(t, d)
	must(t, s.SetEnabled("Shop", true))
	must(t, s.SetToggle("Shop", "drop-hsts", false))
	before := a.count()
	save(t, filepath.Join(d.Config, "zoo.yaml"), strings.Replace(shop, "Shop", "Zoo", 1))
	await(t, s, "a change from outside, whose events come last", func() bool { return len(s.Items()) == 2 })
	must(t, s.Close())
	if got := a.count() - before; got != 1 {
		t.Errorf("applied %d times, want once", got)
	}
}

func TestWatchLinks(t *testing.T) {
	d := tempDirs(t)
	repo := filepath.Join(t.TempDir(), "repo")
	target := filepath.Join(repo, "corsage.yaml")
	write(t, target, shop)
	must(t, os.MkdirAll(d.Config, 0o755))
	link := filepath.Join(d.Config, "shop.yaml")
	must(t, os.Symlink(target, link))
	s, a := open(t, d)
	must(t, s.SetEnabled("Shop", true))
	save(t, target, strings.Replace(shop, "shop.test", "b.test", 1))
	await(t, s, "the link's target changes", func() bool { return a.urls() == "https://b.test" })
	must(t, s.SetToggle("Shop", "drop-hsts", false))
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link was replaced: %v, %v", info, err)
	}
	if !strings.Contains(string(readFile(t, target)), "drop-hsts: false") {
		t.Error("the link's target was not written")
	}
	other := filepath.Join(t.TempDir(), "other.yaml")
	write(t, other, strings.Replace(shop, "shop.test", "c.test", 1))
	must(t, os.Symlink(other, link+"~"))
	must(t, os.Rename(link+"~", link))
	await(t, s, "the link leads elsewhere", func() bool { return a.urls() == "https://c.test" })
	save(t, other, strings.Replace(shop, "shop.test", "d.test", 1))
	await(t, s, "the new target changes", func() bool { return a.urls() == "https://d.test" })

	undo, err := s.Delete("Shop")
	must(t, err)
	if _, err := os.Stat(other); err != nil {
		t.Errorf("the link's target is gone: %v", err)
	}
	must(t, undo())
	if to, err := os.Readlink(link); err != nil || to != other {
		t.Errorf("undo made %s, %v", to, err)
	}
}

func TestOpenFiles(t *testing.T) {
	dir := t.TempDir()
	one, two, none := filepath.Join(dir, "one.yaml"), filepath.Join(dir, "sub", "two.txt"), filepath.Join(dir, "none.yaml")
	write(t, one, shop)
	write(t, two, "nonsense")
	write(t, filepath.Join(dir, "unasked.yaml"), strings.Replace(shop, "Shop", "Unasked", 1))
	s, a := openFiles(t, one, two, none, one)
	if len(s.Items()) != 3 || a.urls() != "https://shop.test" || item(t, s, two).Err == nil || item(t, s, none).Err == nil {
		t.Fatalf("items %+v, rules %q", s.Items(), a.urls())
	}
	save(t, two, strings.NewReplacer("Shop", "Two", "shop.test", "two.test").Replace(shop))
	await(t, s, "mended, it is enabled", func() bool { return a.urls() == "https://shop.test https://two.test" })
	write(t, none, strings.NewReplacer("Shop", "A", "shop.test", "a.test").Replace(shop))
	await(t, s, "made, it is enabled", func() bool { return a.urls() == "https://a.test https://shop.test https://two.test" })
	must(t, s.SetEnabled("Two", false))
	save(t, two, strings.NewReplacer("Shop", "Too", "shop.test", "too.test").Replace(shop))
	await(t, s, "renamed, it stays off", func() bool { return slices.Contains(names(s), "Too") })
	if a.urls() != "https://a.test https://shop.test" {
		t.Errorf("rules %q", a.urls())
	}
	must(t, s.SetToggle("Shop", "drop-hsts", false))
	must(t, os.Remove(one))
	await(t, s, "its file is gone", func() bool { return item(t, s, one).Err != nil })
	if a.urls() != "https://a.test https://shop.test" {
		t.Errorf("the last good version does not work on: %q", a.urls())
	}
	for what, err := range map[string]error{
		"Create":    s.Create(profileOf("New", "https://new.test")),
		"Duplicate": func() error { _, err := s.Duplicate("A"); return err }(),
		"Delete":    func() error { _, err := s.Delete("A"); return err }(),
	} {
		if err == nil || !strings.Contains(err.Error(), "-f") {
			t.Errorf("%s: %v", what, err)
		}
	}
}
