package authority

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

var midday = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// What a profile's root lives through: it is replaced when the profile gains a
// host or its end is near, and else stays.
func TestForKeepsAndReplaces(t *testing.T) {
	const day = 24 * time.Hour
	for _, test := range []struct {
		name   string
		later  time.Duration
		hosts  []string
		why    string // what the notice says; "" where the root stays
		permit []string
	}{
		{"the same", day, []string{"dev.example.com", "10.0.0.5"}, "", nil},
		{"in other spellings and order", day, []string{"10.0.0.5", "DEV.example.com.", "dev.example.com"}, "", nil},
		{"one host less", day, []string{"10.0.0.5"}, "", nil},
		{"one below", day, []string{"dev.example.com", "app.dev.example.com"}, "", nil},
		{"one more", day, []string{"dev.example.com", "10.0.0.5", "other.test"}, "does not cover other.test", []string{"10.0.0.5", "dev.example.com", "other.test"}},
		{"another", day, []string{"other.test"}, "does not cover other.test", []string{"other.test"}},
		{"one above", day, []string{"example.com"}, "does not cover example.com", []string{"example.com"}},
		{"a like one", day, []string{"xdev.example.com"}, "does not cover xdev.example.com", []string{"xdev.example.com"}},
		{"a like address", day, []string{"10.0.0.50"}, "does not cover 10.0.0.50", []string{"10.0.0.50"}},
		{"31 days before its end", (731 - 31) * day, []string{"dev.example.com"}, "", nil},
		{"29 days before its end", (731 - 29) * day, []string{"dev.example.com"}, "would have expired on 2028-11-23", []string{"dev.example.com"}},
		{"after its end", 1000 * day, []string{"dev.example.com"}, "expired on 2028-11-23", []string{"dev.example.com"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			clock := &clock{midday}
			roots := rootsAt(t, dir, clock)
			before := mustRoot(t, roots, someProfile, "dev.example.com", "10.0.0.5")
			beside := mustRoot(t, roots, "/home/ada/other.yaml", "beside.test")
			if !slices.Equal(before.Hosts(), []string{"dev.example.com", "10.0.0.5"}) {
				t.Fatalf("it is constrained to %q", before.Hosts())
			}
			clock.t = midday.Add(test.later)
			after := mustRoot(t, roots, someProfile, test.hosts...)
			if (after != before) != (test.why != "") {
				t.Fatalf("replaced: %v", after != before)
			}
			for _, host := range test.hosts {
				if _, err := after.Leaf(host); err != nil {
					t.Error(err)
				}
			}
			retired, err := roots.Retired()
			if err != nil {
				t.Fatal(err)
			}
			notice := roots.Renewed(someProfile)
			if test.why == "" {
				if len(retired) != 0 || notice != "" {
					t.Errorf("retired %v, notice %q", retired, notice)
				}
				return
			}
			got := slices.Sorted(slices.Values(after.Hosts()))
			if !slices.Equal(got, test.permit) {
				t.Errorf("the new one is constrained to %q", got)
			}
			if len(retired) != 1 || !retired[0].Certificate.Equal(before.Certificate()) || retired[0].Profile != someProfile ||
				retired[0].Why != test.why || retired[0].Fingerprint != before.Status().Fingerprint || !retired[0].Since.Equal(clock.t) {
				t.Errorf("retired is %+v", retired)
			}
			if !strings.Contains(notice, test.why) || !strings.Contains(notice, "Trust the new one") {
				t.Errorf("the notice is %q", notice)
			}
			old, now := before.Certificate(), after.Certificate()
			if old.Subject.String() == now.Subject.String() || before.SPKI() == after.SPKI() || before.CertPath() != after.CertPath() {
				t.Error("the two can be mixed up")
			}
			if text := read(t, before.Status().KeyPath); strings.Contains(text, keyText(t, before)) {
				t.Error("the old key is still there")
			}
			if want := string(beside.PEM()) + string(after.PEM()); read(t, roots.CertPath()) != want {
				t.Errorf("ca.pem is\n%s", read(t, roots.CertPath()))
			}
			// What has the old one still works with it until it ends.
			if _, err := before.Leaf("dev.example.com"); (err == nil) != clock.t.Before(old.NotAfter) {
				t.Errorf("the old one: %v", err)
			}
			clock.t = clock.t.Add(noticeFor + time.Second)
			if notice := roots.Renewed(someProfile); notice != "" {
				t.Errorf("a month later the notice is %q", notice)
			}
		})
	}
}

// keyText is the root's key as its file has it.
func keyText(t *testing.T, a *Authority) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(a.root.key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: keyBlock, Bytes: der}))
}

func TestForget(t *testing.T) {
	roots := rootsAt(t, t.TempDir(), &clock{midday})
	first := mustRoot(t, roots, someProfile, "one.test").Status().Fingerprint
	second := mustRoot(t, roots, someProfile, "two.test").Status().Fingerprint
	third := mustRoot(t, roots, someProfile, "three.test").Status().Fingerprint
	fingerprints := func() (list []string) {
		retired, err := roots.Retired()
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range retired {
			list = append(list, r.Fingerprint)
		}
		return list
	}
	if got := fingerprints(); !slices.Equal(got, []string{first, second}) {
		t.Fatalf("retired are %q", got)
	}
	if err := roots.Forget(first, third); err != nil {
		t.Fatal(err)
	}
	if got := fingerprints(); !slices.Equal(got, []string{second}) {
		t.Errorf("left are %q", got)
	}
	if roots.Renewed(someProfile) == "" {
		t.Error("no notice, while one is left")
	}
	if err := roots.Forget(second); err != nil {
		t.Fatal(err)
	}
	if got := fingerprints(); got != nil || roots.Renewed(someProfile) != "" {
		t.Errorf("left are %q, the notice is %q", got, roots.Renewed(someProfile))
	}
	if a := mustRoot(t, roots, someProfile, "three.test"); a.Status().Fingerprint != third {
		t.Error("the present one was forgotten")
	}
}

// Retired roots are remembered until they have been expired for a while.
func TestRetiredAreBounded(t *testing.T) {
	clock := &clock{midday}
	roots := rootsAt(t, t.TempDir(), clock)
	for year := range 6 {
		clock.t = midday.AddDate(year, 0, 0)
		mustRoot(t, roots, someProfile, fmt.Sprintf("h%d.test", year))
	}
	retired, err := roots.Retired()
	if err != nil || len(retired) != 2 { // last year's, and one that ended just now
		t.Errorf("%d are retired (%v)", len(retired), err)
	}
}

// A list that can't be understood is set aside by the first change, and only that
// says so.
func TestDamagedListOfRetired(t *testing.T) {
	var told bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&told, nil)))
	defer slog.SetDefault(before)
	dir := t.TempDir()
	roots := rootsAt(t, dir, &clock{midday})
	mustRoot(t, roots, someProfile, "one.test")
	mustRoot(t, roots, someProfile, "two.test")
	if err := os.WriteFile(filepath.Join(dir, retiredFile), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if retired, err := roots.Retired(); err != nil || len(retired) != 0 || roots.Renewed(someProfile) != "" {
		t.Errorf("damaged: %v, %v", retired, err)
	}
	if strings.Contains(told.String(), retiredFile) {
		t.Errorf("who only looks says\n%s", told.String())
	}
	mustRoot(t, roots, someProfile, "three.test")
	if retired, err := roots.Retired(); err != nil || len(retired) != 1 {
		t.Errorf("%v, %v", retired, err)
	}
	if n := strings.Count(told.String(), "is damaged"); n != 1 {
		t.Errorf("said %d times:\n%s", n, told.String())
	}
	if text := read(t, filepath.Join(dir, retiredFile+".broken")); text != "{" {
		t.Errorf("set aside is %q", text)
	}
}

// What a process that was killed has left goes with the next start, keys above all.
func TestSweepRemovesWhatWasLeft(t *testing.T) {
	dir := t.TempDir()
	roots := rootsAt(t, dir, &clock{midday})
	a := mustRoot(t, roots, someProfile, "one.test")
	gone := folderOf(dir, "/home/ada/gone.yaml")
	if _, err := gone.prepare([]string{"gone.test"}, midday); err != nil { // a key for nobody
		t.Fatal(err)
	}
	stays := []string{"notes.txt", ".hidden"}
	for _, name := range append([]string{".ca.pem-123", ".ca-key.pem-123", ".retired.json-123"}, stays...) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := roots.Sweep(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(filepath.Join(dir, rootsDir)); err != nil || len(left) != 1 || left[0].Name() != filepath.Base(a.folder.dir) {
		t.Errorf("folders %v, %v", left, err)
	}
	var names []string
	left, _ := os.ReadDir(dir)
	for _, entry := range left {
		names = append(names, entry.Name())
	}
	if want := []string{".hidden", lockFile, certFile, "notes.txt", rootsDir}; !slices.Equal(names, want) {
		t.Errorf("files %q", names)
	}
}

// A root whose key can't be read for the moment stays in ca.pem, which programs go
// by, and where its certificate can't be read either, ca.pem stays as it is.
func TestBundleKeepsWhatCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	roots := rootsAt(t, dir, &clock{midday})
	a := mustRoot(t, roots, someProfile, "one.test")
	unreadable := func(path string) { // for root too
		t.Helper()
		if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o700)); err != nil {
			t.Fatal(err)
		}
	}
	unreadable(a.folder.key())
	b := mustRoot(t, roots, "/home/ada/other.yaml", "other.test")
	if text := read(t, roots.CertPath()); !strings.Contains(text, string(a.PEM())) || !strings.Contains(text, string(b.PEM())) {
		t.Errorf("without the key ca.pem is\n%s", text)
	}
	unreadable(a.folder.cert())
	before := read(t, roots.CertPath())
	if err := roots.Sweep(t.TempDir()); err == nil || !strings.Contains(err.Error(), a.folder.cert()) {
		t.Errorf("without the certificate: %v", err)
	}
	if read(t, roots.CertPath()) != before {
		t.Error("ca.pem has changed")
	}
}

func TestForNoHost(t *testing.T) {
	dir := t.TempDir()
	roots := rootsAt(t, dir, &clock{midday})
	for _, hosts := range [][]string{nil, {nowhere}, {"a b"}, {"one.test", ""}, {strings.Repeat("x", 64)}} {
		if a, err := roots.For(someProfile, hosts); a != nil || err == nil || !strings.Contains(err.Error(), "no root can be made") {
			t.Errorf("%q: %v", hosts, err)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("it left %v", left)
	}
}

// The root of earlier versions lay where all roots are now, and could sign for any
// host: its key goes, its certificate stays known.
func TestSweepRetiresTheRootOfEarlierVersions(t *testing.T) {
	for name, use := range map[string]func(*Roots) error{
		"swept":  func(r *Roots) error { return r.Sweep(t.TempDir()) },
		"not":    func(r *Roots) error { _, err := r.For(someProfile, []string{"one.test"}); return err },
		"forget": func(r *Roots) error { return r.Forget() },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			cert, key, r := caText(t, midday)
			for file, text := range map[string]string{certFile: cert, keyFile: key} {
				if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			roots := rootsAt(t, dir, &clock{midday})
			if err := use(roots); err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(filepath.Join(dir, keyFile)); !os.IsNotExist(err) {
				t.Errorf("the key is still there: %v", err)
			}
			retired, err := roots.Retired()
			if err != nil || len(retired) != 1 || !retired[0].Certificate.Equal(r.cert) || retired[0].Profile != "" || !strings.Contains(retired[0].Why, "any host") {
				t.Errorf("retired is %+v, %v", retired, err)
			}
			if text := read(t, roots.CertPath()); strings.Contains(text, cert) {
				t.Error("ca.pem still has it")
			}
			if roots.Renewed("") == "" {
				t.Error("there is no notice")
			}
		})
	}
	t.Run("a key without its certificate", func(t *testing.T) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, keyFile), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		roots := rootsAt(t, dir, &clock{midday})
		if err := roots.Sweep(t.TempDir()); err != nil {
			t.Fatal(err)
		}
		if retired, err := roots.Retired(); err != nil || len(retired) != 0 {
			t.Errorf("retired is %+v, %v", retired, err)
		}
		if _, err := os.Stat(filepath.Join(dir, keyFile)); !os.IsNotExist(err) {
			t.Errorf("the key is still there: %v", err)
		}
	})
}

func TestSweepRetiresRootsOfDeletedProfiles(t *testing.T) {
	profiles := t.TempDir()
	file := func(name string) string {
		path := filepath.Join(profiles, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	stays, goes, away, branch := file("stays.yaml"), file("goes.yaml"), file("disk/away.yaml"), file("repository/branch.yaml")
	now := &clock{midday}
	roots := rootsAt(t, filepath.Join(t.TempDir(), "ca"), now)
	kept := mustRoot(t, roots, stays, "stays.test")
	gone := mustRoot(t, roots, goes, "goes.test")
	off := mustRoot(t, roots, away, "away.test")
	other := mustRoot(t, roots, branch, "branch.test")
	for _, path := range []string{goes, branch} {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.RemoveAll(filepath.Dir(away)); err != nil { // as when a disk is not mounted
		t.Fatal(err)
	}
	for range 2 {
		if err := roots.Sweep(profiles); err != nil {
			t.Fatal(err)
		}
	}
	if text := read(t, roots.CertPath()); strings.Contains(text, string(gone.PEM())) ||
		!strings.Contains(text, string(kept.PEM())) || !strings.Contains(text, string(off.PEM())) || !strings.Contains(text, string(other.PEM())) {
		t.Errorf("ca.pem is\n%s", text)
	}
	if _, err := os.Stat(gone.folder.dir); !os.IsNotExist(err) {
		t.Errorf("its folder is still there: %v", err)
	}
	retired, err := roots.Retired()
	if err != nil || len(retired) != 1 || !retired[0].Certificate.Equal(gone.Certificate()) || retired[0].Profile != goes {
		t.Errorf("retired is %+v, %v", retired, err)
	}
	if again := mustRoot(t, roots, goes, "goes.test"); again.Certificate().Equal(gone.Certificate()) {
		t.Error("the deleted root is back")
	}
	now.t = other.Certificate().NotAfter.Add(time.Second)
	if err := roots.Sweep(profiles); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(other.folder.dir); !os.IsNotExist(err) {
		t.Errorf("one that has ended, of a missing file elsewhere, is still there: %v", err)
	}
}

// A process that is killed at any step of a renewal leaves something that the next
// one makes a root of, and no root that nobody knows.
func TestRenewalCutShort(t *testing.T) {
	for name, cut := range map[string]func(r *Roots, f, next folder) error{
		"while making":         func(_ *Roots, _, next folder) error { return os.Remove(next.cert()) },
		"made":                 func(*Roots, folder, folder) error { return nil },
		"noted":                func(r *Roots, f, _ folder) error { return r.note(f.certificate(), f.profile, "is cut short", midday) },
		"the key gone":         func(_ *Roots, f, _ folder) error { return os.Remove(f.key()) },
		"the folder half gone": func(_ *Roots, f, _ folder) error { _ = os.Remove(f.key()); return os.Remove(f.cert()) },
		"the folder gone":      func(_ *Roots, f, _ folder) error { return f.remove() },
		"in place":             func(_ *Roots, f, next folder) error { _ = f.remove(); return os.Rename(next.dir, f.dir) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			roots := rootsAt(t, dir, &clock{midday})
			mustRoot(t, roots, someProfile, "one.test")
			f := folderOf(dir, someProfile)
			next, err := f.prepare([]string{"two.test"}, midday)
			if err != nil {
				t.Fatal(err)
			}
			if err := cut(roots, f, next); err != nil {
				t.Fatal(err)
			}
			restarted := rootsAt(t, dir, &clock{midday})
			if err := restarted.Sweep(t.TempDir()); err != nil {
				t.Fatal(err)
			}
			a := mustRoot(t, restarted, someProfile, "two.test")
			if read(t, restarted.CertPath()) != string(a.PEM()) {
				t.Error("ca.pem has another root")
			}
			entries, err := os.ReadDir(filepath.Join(dir, rootsDir))
			if err != nil || len(entries) != 1 {
				t.Errorf("there are %v (%v)", entries, err)
			}
		})
	}
}

// Many at once, on one folder, for many profiles, while roots are renewed: each
// profile ends up with one root, and ca.pem has exactly these.
func TestManyAtOnce(t *testing.T) {
	dir := t.TempDir()
	const profiles, users = 4, 6
	var wg sync.WaitGroup
	for range users {
		wg.Go(func() {
			roots := rootsAt(t, dir, &clock{midday})
			for step := range 3 {
				for p := range profiles {
					hosts := []string{"one.test"}
					if step > 0 {
						hosts = append(hosts, "two.test")
					}
					a, err := roots.For(fmt.Sprintf("/home/ada/%d.yaml", p), hosts)
					if err != nil {
						t.Error(err)
						return
					}
					if _, err := a.Leaf(hosts[len(hosts)-1]); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
	roots := rootsAt(t, dir, &clock{midday})
	var want string
	for p := range profiles {
		want += string(mustRoot(t, roots, fmt.Sprintf("/home/ada/%d.yaml", p), "two.test").PEM())
	}
	if read(t, roots.CertPath()) != want {
		t.Error("ca.pem has others")
	}
}
