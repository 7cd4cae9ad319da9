package instance

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"corsage/profiles"
	"corsage/proxy/record"
)

// forgetful is an AutoOff with a clock of its own and two profiles.
type forgetful struct {
	*AutoOff
	t     *testing.T
	dirs  Dirs
	clock time.Time
	time  time.Duration // the limit
	said  []string
}

func newForgetful(t *testing.T, limit time.Duration) *forgetful {
	t.Helper()
	f := &forgetful{t: t, dirs: testDirs(t), clock: time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC), time: limit}
	i, _ := begin(t, Options{Dirs: f.dirs}) // makes what a Store needs
	for _, name := range []string{"Shop", "Blog"} {
		p, err := profiles.FromURL("https://" + strings.ToLower(name) + ".example.com")
		if err != nil {
			t.Fatal(err)
		}
		p.Name = name
		if err := i.Store.Create(p); err != nil {
			t.Fatal(err)
		}
		if err := i.Store.SetEnabled(name, false); err != nil {
			t.Fatal(err)
		}
	}
	f.AutoOff = newAutoOff(i.Store, i.Recorder, func() time.Duration { return f.time }, "", func() time.Time { return f.clock }, slog.New(slog.DiscardHandler))
	f.restart()
	return f
}

// restart begins anew with what the last one has kept.
func (f *forgetful) restart() {
	file := offFile(filepath.Join(f.dirs.Profiles.State, "test-since.json"))
	f.AutoOff = newAutoOff(f.store, f.recorder, f.limit, file, f.now, f.log)
	f.look() // what is said before somebody listens is not lost
	f.OnNotice(func(n OffNotice) {
		f.said = append(f.said, fmt.Sprintf("%s off=%v at %s after %v", n.Profile, n.Off, n.At.Format("15:04"), n.On))
	})
}

// at moves the clock to a time of the day, or of the next for 24:00 and later.
func (f *forgetful) at(clock string) *forgetful {
	f.t.Helper()
	var h, m int
	if _, err := fmt.Sscanf(clock, "%d:%d", &h, &m); err != nil {
		f.t.Fatal(err)
	}
	f.clock = time.Date(2026, 11, 25, h, m, 0, 0, time.UTC)
	f.look()
	return f
}

func (f *forgetful) set(name string, on bool) {
	f.t.Helper()
	if err := f.store.SetEnabled(name, on); err != nil {
		f.t.Fatal(err)
	}
	f.look()
}

// uses has a page use the profile now.
func (f *forgetful) uses(name, relation string) {
	f.recorder.Add(&record.Entry{Start: f.clock, Profile: name, Relation: relation})
}

// expect checks which profiles are on and when they go off, and what was said
// since the last look.
func (f *forgetful) expect(on, said string) {
	f.t.Helper()
	var list []string
	for _, item := range f.store.Items() {
		if item.Enabled {
			at := "stays"
			if due, ok := f.Due(item.Profile.Name); ok {
				at = due.Format("15:04")
			}
			list = append(list, item.Profile.Name+" "+at)
		}
	}
	if got := strings.Join(list, ", "); got != on {
		f.t.Errorf("at %s it is on: %q, want %q", f.clock.Format("15:04"), got, on)
	}
	if got := strings.Join(f.said, "; "); got != said {
		f.t.Errorf("at %s it said %q, want %q", f.clock.Format("15:04"), got, said)
	}
	f.said = nil
}

func TestAutoOff(t *testing.T) {
	f := newForgetful(t, 9*time.Hour)
	f.set("Shop", true)
	f.expect("Shop 18:00", "")
	f.at("10:00").set("Blog", true)
	f.at("17:49").expect("Blog 19:00, Shop 18:00", "")
	f.at("17:50").expect("Blog 19:00, Shop 18:00", "Shop off=false at 18:00 after 9h0m0s")
	f.at("17:59").expect("Blog 19:00, Shop 18:00", "")
	f.at("18:00").expect("Blog 19:00", "Shop off=true at 18:00 after 9h0m0s")
	f.set("Shop", true)
	f.expect("Blog 19:00, Shop 03:00", "")
}

// What a user does begins the time anew.
func TestAutoOffIsPutOff(t *testing.T) {
	f := newForgetful(t, 9*time.Hour)
	f.set("Shop", true)
	f.at("12:00").Keep("Shop")
	f.expect("Shop 21:00", "")
	f.at("13:00").Keep("Blog") // which is off
	f.expect("Shop 21:00", "")
	f.at("14:00").set("Shop", false)
	f.at("15:00").set("Shop", true)
	f.expect("Shop 00:00", "")
	for _, item := range f.store.Items() {
		if item.Profile.Name == "Shop" {
			item.Profile.KeepSession = true
			if err := f.store.Update("Shop", *item.Profile); err != nil {
				t.Fatal(err)
			}
		}
	}
	f.at("16:00").expect("Shop 01:00", "")
}

// In the middle of somebody's work nothing goes off, but a page that never rests
// does not keep it on for ever.
func TestAutoOffWaitsForWork(t *testing.T) {
	f := newForgetful(t, 9*time.Hour)
	f.set("Shop", true)
	f.at("17:45").uses("Shop", "allowed")
	f.at("17:49").uses("Shop", "allowed")
	f.at("17:53").uses("Shop", "allowed")
	f.at("17:55").uses("Shop", "allowed")
	f.at("17:56").expect("Shop 18:10", "")
	f.at("18:09").expect("Shop 18:10", "Shop off=false at 18:10 after 9h10m0s")
	f.uses("Shop", "foreign")
	f.uses("Blog", "allowed")
	f.at("18:10").expect("", "Shop off=true at 18:10 after 9h10m0s")

	f.at("18:11").set("Shop", true) // until 03:11, at the latest 12:11
	for clock := 26 * 60; clock < 36*60; clock += 4 {
		f.at(fmt.Sprintf("%d:%d", clock/60, clock%60)).uses("Shop", "allowed")
	}
	f.at("35:58").uses("Shop", "allowed")
	f.at("36:00").expect("Shop 12:11", "")
	f.at("36:01").expect("Shop 12:11", "Shop off=false at 12:11 after 18h0m0s")
	f.uses("Shop", "allowed")
	f.at("36:11").expect("", "Shop off=true at 12:11 after 18h0m0s")
}

func TestAutoOffSettings(t *testing.T) {
	f := newForgetful(t, 0)
	f.set("Shop", true)
	f.at("40:00").expect("Shop stays", "")
	f.time = 48 * time.Hour
	f.at("40:00").expect("Shop 09:00", "")
	f.time = 2 * time.Minute
	f.at("40:00").expect("", "Shop off=true at 16:00 after 31h0m0s")
	f.set("Shop", true)
	f.at("40:01").expect("Shop 16:02", "Shop off=false at 16:02 after 2m0s")
}

// When a profile was turned on outlives the process, and a machine that slept.
func TestAutoOffAfterARestart(t *testing.T) {
	f := newForgetful(t, 9*time.Hour)
	f.set("Shop", true)
	f.at("17:00").restart()
	f.expect("Shop 18:00", "")
	f.at("16:00").set("Blog", true)
	f.clock = f.clock.Add(16 * time.Hour)
	f.restart()
	if got := strings.Join(f.said, "; "); !strings.Contains(got, "Shop off=true") || !strings.Contains(got, "Blog off=true") {
		t.Errorf("the next morning: %q", got)
	}
	f.said = nil
	f.expect("", "")
	f.set("Shop", true)
	f.clock = f.clock.Add(-48 * time.Hour) // somebody sets the clock
	f.look()
	if due, _ := f.Due("Shop"); due.Sub(f.clock) != 9*time.Hour {
		t.Errorf("with the clock set back it goes off in %v", due.Sub(f.clock))
	}
}

func TestAutoOffFile(t *testing.T) {
	f := offFile(filepath.Join(t.TempDir(), "state", sinceFile))
	if since, err := f.read(); since != nil || err != nil {
		t.Errorf("without a file: %v, %v", since, err)
	}
	at := time.Date(2026, 11, 25, 9, 0, 0, 5, time.UTC)
	if err := f.write(map[string]forgettable{"Shop": {since: at}}); err != nil {
		t.Fatal(err)
	}
	if since, err := f.read(); err != nil || len(since) != 1 || !since["Shop"].Equal(at.Truncate(time.Second)) {
		t.Errorf("%v, %v", since, err)
	}
	for _, text := range []string{"", "[]", `{"Shop":"yesterday"}`, strings.Repeat(" ", maxSince+1)} {
		if err := os.WriteFile(string(f), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if since, err := f.read(); since != nil || err == nil {
			t.Errorf("%.20q: %v, %v", text, since, err)
		}
	}
	if err := f.write(nil); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(string(f)); err != nil || string(text) != "{}\n" {
		t.Errorf("a broken file became %q, %v", text, err)
	}
}

// A running instance does it, and says so over its socket.
func TestInstanceTurnsOff(t *testing.T) {
	dirs := testDirs(t)
	i, said := begin(t, Options{Dirs: dirs, AutoOff: time.Hour})
	p, err := profiles.FromURL("https://shop.example.com")
	if err != nil {
		t.Fatal(err)
	}
	if err := i.Store.Create(p); err != nil {
		t.Fatal(err)
	}
	if err := i.Store.SetEnabled(p.Name, true); err != nil {
		t.Fatal(err)
	}
	i.AutoOff.look()
	status, err := NewClient(dirs).Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if at := status.Profiles[0].OffAt; at == nil || time.Until(*at) > time.Hour || time.Until(*at) < 50*time.Minute {
		t.Errorf("it goes off at %v", at)
	}
	i.AutoOff.change.Lock()
	i.AutoOff.now = func() time.Time { return time.Now().Add(2 * time.Hour) }
	i.AutoOff.change.Unlock()
	i.AutoOff.look()
	if i.Store.Items()[0].Enabled || !strings.Contains(said.String(), "since it was forgotten") {
		t.Errorf("it is on still, and the log says:\n%s", said.String())
	}
}

// Who switches a profile on while no instance runs has not forgotten it, however long
// it was on before.
func TestAutoOffAfterSwitchingStored(t *testing.T) {
	for name, values := range map[string][]bool{"off and on": {false, true}, "on once more": {true}} {
		t.Run(name, func(t *testing.T) {
			dirs := testDirs(t)
			i, _ := begin(t, Options{Dirs: dirs})
			p, err := profiles.FromURL("https://shop.example.com")
			if err != nil {
				t.Fatal(err)
			}
			if err := i.Store.Create(p); err != nil {
				t.Fatal(err)
			}
			if err := i.Close(); err != nil {
				t.Fatal(err)
			}
			file := sinceFileIn(dirs)
			if err := file.write(map[string]forgettable{p.Name: {since: time.Now().Add(-72 * time.Hour)}}); err != nil {
				t.Fatal(err)
			}
			stored, done, err := OpenProfiles(t.Context(), dirs)
			if err != nil {
				t.Fatal(err)
			}
			for _, on := range values {
				if err := stored.SetEnabled(t.Context(), p.Name, on); err != nil {
					t.Fatal(err)
				}
			}
			if err := done(); err != nil {
				t.Fatal(err)
			}
			i, _ = begin(t, Options{Dirs: dirs, AutoOff: time.Hour})
			i.AutoOff.look()
			if !i.Store.Items()[0].Enabled {
				t.Error("it was turned off at the start")
			}
		})
	}
}
