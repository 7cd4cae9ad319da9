package profiles

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"corsage/proxy"
	"corsage/proxy/session"
)

const keeping = "name: Shop\nbackends: [{url: \"https://shop.test\"}]\nkeep-session: true\n"

var shopURL = &url.URL{Scheme: "https", Host: "shop.test", Path: "/"}

// held are the cookies that a profile's page would be sent with.
func held(t *testing.T, s *Store, file string) string {
	t.Helper()
	return strings.Join(item(t, s, file).Session.Missing("B", shopURL, nil), "; ")
}

func learn(t *testing.T, s *Store, file, line string) {
	t.Helper()
	item(t, s, file).Session.Learn("B", shopURL, nil, []string{line})
}

// keptFiles are the files with sessions, and what was put aside.
func keptFiles(t *testing.T, d Dirs) (files []string) {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(d.State, "sessions", "*"))
	must(t, err)
	return slices.DeleteFunc(list, func(f string) bool { return strings.HasSuffix(f, ".lock") || strings.HasSuffix(f, ".tmp") })
}

// awaitKept waits until there is just one file that holds text, or none for "".
func awaitKept(t *testing.T, d Dirs, text string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		files := keptFiles(t, d)
		if text == "" && len(files) == 0 {
			return
		}
		if len(files) == 1 && text != "" {
			if data, err := os.ReadFile(files[0]); err == nil && strings.Contains(string(data), text) {
				return
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("%q is not kept; there are %q", text, files)
		}
	}
}

// again closes the Store and opens another on the same folders.
func again(t *testing.T, s *Store, d Dirs) *Store {
	t.Helper()
	must(t, s.Close())
	s, _ = open(t, d)
	return s
}

func TestKeepSession(t *testing.T) {
	t.Parallel()
	d := tempDirs(t)
	file := filepath.Join(d.Config, "shop.yaml")
	write(t, file, keeping)
	s, a := open(t, d)
	must(t, s.SetEnabled("Shop", true))
	learn(t, s, file, "s=secret; HttpOnly; Path=/")
	awaitKept(t, d, `"name":"cw=="`) // while it runs, for a crash
	if runtime.GOOS != "windows" {
		for path, want := range map[string]fs.FileMode{keptFiles(t, d)[0]: 0o600, filepath.Join(d.State, "sessions"): fs.ModeDir | 0o700} {
			if info, err := os.Stat(path); err != nil || info.Mode() != want {
				t.Errorf("%s has mode %v, want %v: %v", path, info.Mode(), want, err)
			}
		}
	}
	learn(t, s, file, "t=at the last moment; Path=/")
	s = again(t, s, d)
	if got := held(t, s, file); got != "s=secret; t=at the last moment" {
		t.Errorf("after a restart: %q", got)
	}
	if rules := a.rules(); len(rules) != 1 || len(rules[0].Sessions.All()["B"]) != 2 {
		t.Errorf("the rules have another session: %v", rules)
	}

	// A new name, a new place.
	p := *item(t, s, file).Profile
	p.Name = "Store"
	must(t, s.Update("Shop", p))
	s = again(t, s, d)
	if got := held(t, s, file); got != "s=secret; t=at the last moment" {
		t.Errorf("under another name: %q", got)
	}
	must(t, os.Rename(file, filepath.Join(d.Config, "store.yaml")))
	file = filepath.Join(d.Config, "store.yaml")
	await(t, s, "the file has moved", func() bool { return filepath.Base(s.Items()[0].File) == "store.yaml" })
	s = again(t, s, d)
	if got := held(t, s, file); got != "s=secret; t=at the last moment" {
		t.Errorf("in another file: %q", got)
	}
	if got := keptFiles(t, d); len(got) != 1 {
		t.Errorf("on the disk are %q", got)
	}

	// The backend ends it.
	learn(t, s, file, "s=; Path=/; Max-Age=0")
	learn(t, s, file, "t=; Path=/; Max-Age=0")
	awaitKept(t, d, "")
}

// Whatever ends the keeping takes what was kept off the disk.
func TestKeepSessionEnds(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(t *testing.T, s *Store, d Dirs, file string) *Store{
		"turned off": func(t *testing.T, s *Store, _ Dirs, file string) *Store {
			p := *item(t, s, file).Profile
			p.KeepSession = false
			must(t, s.Update("Shop", p))
			return s
		},
		"turned off outside": func(t *testing.T, s *Store, d Dirs, file string) *Store {
			save(t, file, strings.Replace(keeping, "true", "false", 1))
			await(t, s, "it is off", func() bool { return !item(t, s, file).Profile.KeepSession })
			awaitKept(t, d, "")
			return s
		},
		"turned off meanwhile": func(t *testing.T, s *Store, d Dirs, file string) *Store {
			must(t, s.Close())
			write(t, file, strings.Replace(keeping, "true", "false", 1))
			s, _ = open(t, d)
			return s
		},
		"deleted": func(t *testing.T, s *Store, _ Dirs, _ string) *Store {
			_, err := s.Delete("Shop")
			must(t, err)
			return s
		},
		"deleted meanwhile": func(t *testing.T, s *Store, d Dirs, file string) *Store {
			must(t, s.Close())
			must(t, os.Remove(file))
			s, _ = open(t, d)
			return s
		},
		"cleared": func(t *testing.T, s *Store, _ Dirs, _ string) *Store {
			n, err := s.Forget("Shop", nil)
			if n != 1 || err != nil {
				t.Errorf("%d forgotten, %v", n, err)
			}
			return s
		},
		"ran out": func(t *testing.T, s *Store, d Dirs, file string) *Store {
			learn(t, s, file, "s=secret; Path=/; Max-Age=1")
			s = again(t, s, d)
			for item(t, s, file).Session.All()["B"] != nil {
				time.Sleep(10 * time.Millisecond)
			}
			return again(t, s, d)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := tempDirs(t)
			file := filepath.Join(d.Config, "shop.yaml")
			write(t, file, keeping)
			s, _ := open(t, d)
			learn(t, s, file, "s=secret; Path=/")
			s = again(t, s, d)
			if got := keptFiles(t, d); len(got) != 1 {
				t.Fatalf("before, there are %q", got)
			}
			s = end(t, s, d, file)
			if got := keptFiles(t, d); len(got) != 0 {
				t.Errorf("still there is %q", got)
			}
			if name == "cleared" || name == "deleted meanwhile" || name == "deleted" {
				return
			}
			if got := held(t, s, file); name == "turned off" && got != "s=secret" {
				t.Errorf("in memory it is %q", got)
			}
		})
	}
}

func TestKeepSessionDeleteUndo(t *testing.T) {
	t.Parallel()
	d := tempDirs(t)
	file := filepath.Join(d.Config, "shop.yaml")
	write(t, file, keeping)
	s, _ := open(t, d)
	learn(t, s, file, "s=secret; Path=/")
	undo, err := s.Delete("Shop")
	must(t, err)
	awaitKept(t, d, "")
	must(t, undo())
	s = again(t, s, d)
	if got := held(t, s, file); got != "s=secret" {
		t.Errorf("%q", got)
	}
}

// What isn't asked for is not kept, nor what belongs to others is touched.
func TestKeepSessionApart(t *testing.T) {
	t.Parallel()
	d := tempDirs(t)
	shopFile, other, bad := filepath.Join(d.Config, "shop.yaml"), filepath.Join(d.Config, "other.yaml"), filepath.Join(d.Config, "bad.yaml")
	write(t, shopFile, keeping)
	write(t, other, "name: Other\nbackends: [{url: \"https://shop.test\"}]\n")
	write(t, bad, strings.Replace(keeping, "Shop", "Bad", 1))
	s, _ := open(t, d)
	for i, file := range []string{shopFile, other, bad} {
		learn(t, s, file, "s="+string(rune('1'+i))+"; Path=/")
	}
	must(t, s.Close())
	write(t, bad, "name: [") // a mistake is no leave to forget
	given := filepath.Join(t.TempDir(), "given.yaml")
	write(t, given, keeping)
	f, err := OpenFiles([]string{given}, d.State, nil, func(*proxy.Ruleset) {})
	must(t, err)
	learn(t, f, given, "s=given; Path=/")
	must(t, f.Close())
	if got := keptFiles(t, d); len(got) != 3 {
		t.Errorf("kept are %q", got)
	}

	s, _ = open(t, d)
	write(t, bad, strings.Replace(keeping, "Shop", "Bad", 1))
	await(t, s, "it is mended", func() bool { return item(t, s, bad).Err == nil })
	for file, want := range map[string]string{shopFile: "s=1", other: "", bad: "s=3"} {
		if got := held(t, s, file); got != want {
			t.Errorf("%s: %q, want %q", filepath.Base(file), got, want)
		}
	}
	f, err = OpenFiles([]string{given}, d.State, nil, func(*proxy.Ruleset) {})
	must(t, err)
	if got := held(t, f, given); got != "s=given" {
		t.Errorf("a given file: %q", got)
	}
	must(t, f.Close())
	must(t, os.Remove(given))
	again(t, s, d)
	if got := keptFiles(t, d); len(got) != 2 {
		t.Errorf("a given file that is gone leaves %q", got)
	}
}

// A file that is no good is told of and put aside, and nothing else breaks.
func TestKeepSessionDamaged(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(text string) string{
		"empty":        func(string) string { return "" },
		"cut off":      func(text string) string { return text[:len(text)/2] },
		"other fields": func(text string) string { return `{"enabled":["Shop"]}` },
		"a newer one":  func(text string) string { return strings.Replace(text, `"version":1`, `"version":2`, 1) },
		"a bad cookie": func(text string) string { return strings.Replace(text, `"domain":"shop.test"`, `"domain":""`, 1) },
		"too big":      func(text string) string { return text + strings.Repeat(" ", maxKept+maxFile) },
	} {
		t.Run(name, func(t *testing.T) {
			d := tempDirs(t)
			file := filepath.Join(d.Config, "shop.yaml")
			write(t, file, keeping)
			s, _ := open(t, d)
			learn(t, s, file, "s=secret; Path=/")
			must(t, s.Close())
			path := keptFiles(t, d)[0]
			write(t, path, damage(string(readFile(t, path))))
			must(t, os.Chmod(path, 0o644))

			s, a := open(t, d)
			if err := s.Err(); err == nil || !strings.Contains(err.Error(), "log in again") || !strings.Contains(err.Error(), path+".broken") || strings.Contains(err.Error(), "secret") {
				t.Errorf("it says %v", err)
			}
			if got := held(t, s, file); got != "" || len(a.rules()) != 0 {
				t.Errorf("%q is held", got)
			}
			if runtime.GOOS != "windows" {
				if info, err := os.Stat(path + ".broken"); err != nil || info.Mode().Perm() != 0o600 {
					t.Errorf("put aside with mode %v: %v", info.Mode(), err)
				}
			}
			learn(t, s, file, "s=new; Path=/")
			s = again(t, s, d)
			if got := held(t, s, file); got != "s=new" || s.Err() != nil {
				t.Errorf("afterwards: %q, %v", got, s.Err())
			}
			p := *item(t, s, file).Profile
			p.KeepSession = false
			must(t, s.Update("Shop", p))
			if got := keptFiles(t, d); len(got) != 0 {
				t.Errorf("turned off, there is %q", got)
			}
		})
	}
}

// What a process left half written when it was killed goes with the next start;
// what another one writes now stays.
func TestKeepSessionLeftover(t *testing.T) {
	t.Parallel()
	d := tempDirs(t)
	old, now := filepath.Join(d.State, "sessions", ".corsage-1.tmp"), filepath.Join(d.State, "sessions", ".corsage-2.tmp")
	write(t, old, "secret")
	write(t, now, "secret")
	before := time.Now().Add(-time.Hour)
	must(t, os.Chtimes(old, before, before))
	open(t, d)
	for file, want := range map[string]bool{old: false, now: true} {
		if _, err := os.Stat(file); (err == nil) != want {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// Of two that run at once the first to write keeps the session; the other says so.
func TestKeepSessionTwice(t *testing.T) {
	t.Parallel()
	d := tempDirs(t)
	file := filepath.Join(d.Config, "shop.yaml")
	write(t, file, keeping)
	first, _ := open(t, d)
	learn(t, first, file, "s=1; Path=/")
	awaitKept(t, d, `"value":"MQ=="`)
	second, _ := open(t, d)
	if got := held(t, second, file); got != "s=1" || second.Err() != nil {
		t.Errorf("the second begins with %q, %v", got, second.Err())
	}
	learn(t, second, file, "s=2; Path=/")
	await(t, second, "it says so", func() bool {
		err := second.Err()
		return errors.Is(err, errKeptElsewhere) && strings.Contains(err.Error(), "is not kept")
	})
	awaitKept(t, d, `"value":"MQ=="`)
	must(t, second.Close())
	first = again(t, first, d)
	if got := held(t, first, file); got != "s=1" {
		t.Errorf("%q", got)
	}
}

// The system has no room for it: that is told, and told no more once there is.
func TestKeepSessionUnwritable(t *testing.T) {
	t.Parallel()
	d := tempDirs(t)
	file := filepath.Join(d.Config, "shop.yaml")
	write(t, file, keeping)
	write(t, filepath.Join(d.State, "sessions"), "no folder")
	s, _ := open(t, d)
	learn(t, s, file, "s=1; Path=/")
	await(t, s, "it says so", func() bool {
		return s.Err() != nil && strings.Contains(s.Err().Error(), "a restart will forget its logins")
	})
	if got := held(t, s, file); got != "s=1" {
		t.Errorf("in memory: %q", got)
	}
	must(t, os.Remove(filepath.Join(d.State, "sessions")))
	learn(t, s, file, "s=2; Path=/")
	await(t, s, "it is kept", func() bool { return s.Err() == nil })
	awaitKept(t, d, `"value":"Mg=="`)
}

// A disk that hangs keeps nobody waiting but the goroutine that writes.
func TestKeepSessionHangingDisk(t *testing.T) {
	t.Parallel()
	d := tempDirs(t)
	file := filepath.Join(d.Config, "shop.yaml")
	write(t, file, keeping)
	s, _ := open(t, d)
	s.keeper.mu.Lock()
	one := s.keeper.kept[file]
	s.keeper.mu.Unlock()
	one.saving.Lock() // as if its holder were writing
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for i, begun := 0, time.Now(); time.Since(begun) < keepDelay*3/2; i++ { // until the goroutine waits, and on
		before := time.Now()
		learn(t, s, file, fmt.Sprintf("s=%d; Path=/", i))
		if got := held(t, s, file); got != fmt.Sprintf("s=%d", i) || time.Since(before) > keepDelay/2 {
			t.Fatalf("%q after %v", got, time.Since(before))
		}
		<-tick.C
	}
	one.saving.Unlock()
}

// A file that others could read is closed to them.
func TestKeepSessionTightened(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("mode bits say nothing there")
	}
	d := tempDirs(t)
	file := filepath.Join(d.Config, "shop.yaml")
	write(t, file, keeping)
	s, _ := open(t, d)
	learn(t, s, file, "s=1; Path=/")
	must(t, s.Close())
	path := keptFiles(t, d)[0]
	must(t, os.Chmod(path, 0o644))
	s, _ = open(t, d)
	learn(t, s, file, "s=2; Path=/")
	must(t, s.Close())
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

// The file has a bound: what was used longest ago is not kept.
func TestKeepSessionBounded(t *testing.T) {
	t.Parallel()
	d := tempDirs(t)
	file := filepath.Join(d.Config, "shop.yaml")
	write(t, file, keeping)
	s, _ := open(t, d)
	store := item(t, s, file).Session
	for i := range 40 {
		for j := range 50 {
			u := &url.URL{Scheme: "https", Host: "h" + string(rune('a'+i%26)) + string(rune('a'+i/26)) + ".shop.test", Path: "/"}
			store.Learn("B", u, nil, []string{"c" + string(rune('A'+j)) + "=" + strings.Repeat("x", 4000)})
		}
	}
	learn(t, s, file, "last=1; Path=/")
	s = again(t, s, d)
	info, err := os.Stat(keptFiles(t, d)[0])
	must(t, err)
	if n := len(item(t, s, file).Session.All()["B"]); info.Size() > maxKept+1000 || n < 500 || n > 1500 || held(t, s, file) != "last=1" {
		t.Errorf("%d bytes with %d cookies, and %q", info.Size(), n, held(t, s, file))
	}
}

// Nothing in the file tells a value to who only looks, and whose it is is plain.
func TestKeptText(t *testing.T) {
	t.Parallel()
	d := tempDirs(t)
	file := filepath.Join(d.Config, "shop.yaml")
	write(t, file, keeping)
	s, _ := open(t, d)
	learn(t, s, file, "s=secret; Path=/")
	must(t, s.Close())
	data := readFile(t, keptFiles(t, d)[0])
	var text keptText
	must(t, json.Unmarshal(data, &text))
	if text.Version != keptVersion || text.Profile != "Shop" || text.File != file || strings.Contains(string(data), "secret") {
		t.Errorf("%s", data)
	}
}

// Forget takes what matches from the disk too, before it returns.
func TestForget(t *testing.T) {
	t.Parallel()
	d := tempDirs(t)
	file := filepath.Join(d.Config, "shop.yaml")
	write(t, file, keeping)
	s, _ := open(t, d)
	learn(t, s, file, "s=1; Path=/")
	learn(t, s, file, "t=2; Path=/")
	s = again(t, s, d)
	n, err := s.Forget("Shop", func(_ string, c *session.Cookie) bool { return c.Name == "s" })
	if n != 1 || err != nil {
		t.Errorf("%d forgotten, %v", n, err)
	}
	if data := string(readFile(t, keptFiles(t, d)[0])); strings.Contains(data, `"name":"cw=="`) || !strings.Contains(data, `"name":"dA=="`) {
		t.Errorf("on the disk is %s", data)
	}
	if _, err := s.Forget("Shops", nil); err == nil || !strings.Contains(err.Error(), `did you mean "Shop"?`) {
		t.Errorf("%v", err)
	}
}
