package sysproxy

import (
	"context"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

var (
	wantPAC   = Want{PAC: "http://127.0.0.1:8899/proxy.pac", Addr: "127.0.0.1:8899"}
	wantFixed = Want{Fixed: true, Addr: "127.0.0.1"}
)

// wantOf is for real desktops.
func wantOf(text string) Want {
	if text == "fixed" {
		return Want{Fixed: true, Addr: "127.0.0.1:8899"}
	}
	return wantPAC
}

func TestOnAndOff(t *testing.T) {
	for _, want := range []Want{wantPAC, wantFixed} {
		m, dir := newMemory(), t.TempDir()
		before := maps.Clone(m.values)
		s := m.opened(t, dir)
		if err := s.On(t.Context(), want); err != nil {
			t.Fatal(err)
		}
		if last := m.writes[len(m.writes)-1]; !strings.HasPrefix(last, "mode=") {
			t.Errorf("fixed %t: the mode was not written last: %q", want.Fixed, m.writes)
		}
		state, err := s.State(t.Context())
		if err != nil || !state.On || state.Fixed != want.Fixed || state.PID != os.Getpid() || state.Stale || len(state.Changed) > 0 {
			t.Errorf("on: %+v, %v", state, err)
		}
		m.writes = nil
		if err := s.On(t.Context(), want); err != nil || len(m.writes) > 0 {
			t.Errorf("on again: %v, wrote %q", err, m.writes)
		}
		report, err := s.Off(t.Context())
		if err != nil || len(report.Left) > 0 || report.Desktop != "Memory" {
			t.Errorf("off: %+v, %v", report, err)
		}
		if !strings.HasPrefix(m.writes[0], "mode=") {
			t.Errorf("the mode was not put back first: %q", m.writes)
		}
		if !reflect.DeepEqual(m.values, before) {
			t.Errorf("off left %v, before it was %v", m.values, before)
		}
		if files, _ := filepath.Glob(filepath.Join(dir, "*journal*")); len(files) > 0 {
			t.Errorf("left behind: %q", files)
		}
		if report, err := s.Off(t.Context()); err != nil || !report.Nothing() {
			t.Errorf("off again: %+v, %v", report, err)
		}
	}
}

// The address of the PAC file changes while the switch is on, and how it leads
// here as well.
func TestOnForAnotherWant(t *testing.T) {
	m, dir := newMemory(), t.TempDir()
	m.values["mode"], m.values["host"], m.values["port"] = value{Text: "manual"}, value{Text: "corp"}, value{Text: "3128"}
	before := maps.Clone(m.values)
	s := m.opened(t, dir)
	for _, want := range []Want{wantPAC, {PAC: wantPAC.PAC + "?2"}, {PAC: wantPAC.PAC + "?3"}, wantFixed, wantPAC} {
		if err := s.On(t.Context(), want); err != nil {
			t.Fatal(err)
		}
		state, err := s.State(t.Context())
		if err != nil || !state.On || state.Previous.HTTP != "corp:3128" {
			t.Errorf("%+v: %+v, %v", want, state, err)
		}
	}
	if _, err := s.Off(t.Context()); err != nil || !reflect.DeepEqual(m.values, before) {
		t.Errorf("%v, before it was %v, %v", m.values, before, err)
	}
}

// Update follows a new address, and nothing else.
func TestUpdate(t *testing.T) {
	m := newMemory()
	s := m.opened(t, t.TempDir())
	next := Want{PAC: wantPAC.PAC + "?next", Addr: wantPAC.Addr}
	update := func(what, url string) {
		t.Helper()
		if err := s.Update(t.Context(), next); err != nil {
			t.Fatal(err)
		}
		if got := m.values.text("url"); got != url {
			t.Errorf("%s: %s, want %s", what, got, url)
		}
	}
	update("off", "")
	if err := s.On(t.Context(), wantFixed); err != nil {
		t.Fatal(err)
	}
	update("fixed", "")
	if err := s.On(t.Context(), wantPAC); err != nil {
		t.Fatal(err)
	}
	update("on", next.PAC)
	m.writes = nil
	update("again", next.PAC)
	if len(m.writes) > 0 {
		t.Errorf("again: wrote %q", m.writes)
	}
	m.values["mode"] = value{Text: "none"}
	next.PAC += "2"
	update("turned off by somebody else", wantPAC.PAC+"?next")
	if _, err := s.Close(t.Context()); err != nil || m.values.text("url") != "" || m.values.text("mode") != "none" {
		t.Errorf("%v, %v", m.values, err)
	}
	if err := s.On(t.Context(), wantPAC); !errors.Is(err, errClosed) {
		t.Errorf("on after the end: %v", err)
	}
}

// What somebody else changes while the switch is on stays, and what belongs to it.
func TestForeignChange(t *testing.T) {
	corp := func(m *memory) {
		m.values["mode"], m.values["url"] = value{Text: "auto"}, value{Text: "http://corp/old.pac"}
	}
	for _, c := range []struct {
		name    string
		want    Want
		before  func(*memory)
		change  values
		after   values // but for what was there before
		changed string // keys in the report
		on      bool   // still leads here
	}{
		{"the user turns proxies off", wantPAC, nil, values{"mode": {Text: "none"}}, values{"mode": {Text: "none"}}, "mode", false},
		{"the user turns proxies off, and had a PAC file", wantPAC, corp, values{"mode": {Text: "none"}},
			values{"mode": {Text: "none"}, "url": {Text: "http://corp/old.pac"}}, "mode", false},
		{"the user sets another PAC file", wantPAC, nil, values{"url": {Text: "http://corp/new.pac"}},
			values{"url": {Text: "http://corp/new.pac"}, "mode": {Text: "auto"}}, "mode url", false},
		{"the user sets another proxy's host", wantFixed, nil, values{"host": {Text: "corp"}},
			values{"host": {Text: "corp"}, "port": {Text: "8899"}, "mode": {Text: "manual"}}, "mode host port", false},
		{"the user adds an exception", wantFixed, nil, values{"except": {Text: "localhost,here,more"}},
			values{"except": {Text: "localhost,here,more"}}, "except", true},
		{"the user resets the mode", wantPAC, nil, values{"mode": {Text: "none", Unset: true}}, nil, "", false},
		{"a value goes", wantPAC, nil, values{"url": {Text: "gone"}}, values{"mode": {Text: "none", Unset: true}}, "url", false},
	} {
		m := newMemory()
		if c.before != nil {
			c.before(m)
		}
		before := maps.Clone(m.values)
		s := m.opened(t, t.TempDir())
		if err := s.On(t.Context(), c.want); err != nil {
			t.Fatal(err)
		}
		for key, v := range c.change {
			m.values[key] = v
			if v.Text == "gone" {
				delete(m.values, key)
				delete(before, key)
			}
		}
		state, err := s.State(t.Context())
		if err != nil || state.On != c.on || keys(state.Changed) != c.changed {
			t.Errorf("%s: on %t, changed %q, %v", c.name, state.On, keys(state.Changed), err)
		}
		report, err := s.Off(t.Context())
		if err != nil || keys(report.Left) != c.changed {
			t.Errorf("%s: left %q, %v", c.name, keys(report.Left), err)
		}
		if after := before.with(c.after); !reflect.DeepEqual(m.values, after) {
			t.Errorf("%s: %v, want %v", c.name, m.values, after)
		}
	}
}

func keys(left []Left) string {
	var all []string
	for _, l := range left {
		all = append(all, l.Key)
	}
	return strings.Join(all, " ")
}

// A value that is switched on again after somebody else changed it goes back to
// what that one set.
func TestOnAfterForeignChange(t *testing.T) {
	m := newMemory()
	s := m.opened(t, t.TempDir())
	if err := s.On(t.Context(), wantPAC); err != nil {
		t.Fatal(err)
	}
	m.values["mode"], m.values["url"] = value{Text: "auto"}, value{Text: "http://corp/new.pac"}
	if err := s.On(t.Context(), wantPAC); err != nil {
		t.Fatal(err)
	}
	state, err := s.State(t.Context())
	if err != nil || !state.On || state.Previous.PAC != "http://corp/new.pac" || len(state.Changed) > 0 {
		t.Errorf("%+v, %v", state, err)
	}
	if _, err := s.Off(t.Context()); err != nil {
		t.Fatal(err)
	}
	if m.values.text("mode") != "auto" || m.values.text("url") != "http://corp/new.pac" {
		t.Errorf("%v", m.values)
	}
}

func TestValueThatCannotBeWritten(t *testing.T) {
	for _, c := range []struct {
		name string
		set  func(m *memory)
		say  string
	}{
		{"locked", func(m *memory) { m.refuses = "mode" }, "it is locked"},
		{"not kept", func(m *memory) { m.forgets = "mode" }, "did not keep"},
	} {
		m, dir := newMemory(), t.TempDir()
		before := maps.Clone(m.values)
		c.set(m)
		s := m.opened(t, dir)
		if err := s.On(t.Context(), wantPAC); err == nil || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%s: %v", c.name, err)
		}
		if !reflect.DeepEqual(m.values, before) {
			t.Errorf("%s: %v", c.name, m.values)
		}
		if j, _, err := load(dir, s.find, false); j != nil || err != nil || s.lock.Locked() {
			t.Errorf("%s: journal %v, %v", c.name, j, err)
		}
	}
}

// While one process has the switch, no other can take it, put things back or
// take it for stale; once that one is gone, all of this works.
func TestTwoProcesses(t *testing.T) {
	m, dir := newMemory(), t.TempDir()
	first, second := m.opened(t, dir), m.opened(t, dir)
	if err := first.On(t.Context(), wantPAC); err != nil {
		t.Fatal(err)
	}
	on := maps.Clone(m.values)
	if state, err := second.State(t.Context()); err != nil || !state.On || state.Stale {
		t.Errorf("seen by another: %+v, %v", state, err)
	}
	var inUse *InUseError
	if _, err := second.Off(t.Context()); !errors.As(err, &inUse) || inUse.PID != os.Getpid() {
		t.Errorf("off by another: %v", err)
	}
	if !reflect.DeepEqual(m.values, on) {
		t.Errorf("it changed %v", m.values)
	}
	_ = first.lock.Close() // killed
	if state, err := second.State(t.Context()); err != nil || !state.On || !state.Stale {
		t.Errorf("seen after the end of the first: %+v, %v", state, err)
	}
	report, err := second.Off(t.Context())
	if err != nil || !slices.Equal(report.Restored, []string{"mode", "url"}) {
		t.Errorf("off after the end of the first: %+v, %v", report, err)
	}
}

func TestSubscribe(t *testing.T) {
	m := newMemory()
	s := m.opened(t, t.TempDir())
	wake, cancel := s.Subscribe()
	for _, do := range []func(){
		func() { _ = s.On(t.Context(), wantPAC) },
		func() { _, _ = s.Off(t.Context()) },
	} {
		do()
		select {
		case <-wake:
		default:
			t.Error("no wake-up")
		}
	}
	cancel()
	_ = s.On(t.Context(), wantPAC)
	select {
	case <-wake:
		t.Error("woken up after cancel")
	default:
	}
}

// Whatever becomes of the journal's file, the process that wrote it knows what to
// put back.
func TestJournalLostWhileOn(t *testing.T) {
	for name, lose := range map[string]func(dir string) error{
		"its folder removed": os.RemoveAll,
		"removed":            func(dir string) error { return os.Remove(filepath.Join(dir, journalFile)) },
		"cut off":            func(dir string) error { return os.Truncate(filepath.Join(dir, journalFile), 60) },
	} {
		m, dir := newMemory(), filepath.Join(t.TempDir(), "state")
		before := maps.Clone(m.values)
		s := m.opened(t, dir)
		if err := s.On(t.Context(), wantPAC); err != nil {
			t.Fatal(err)
		}
		if err := lose(dir); err != nil {
			t.Fatal(err)
		}
		if state, err := s.State(t.Context()); err != nil || !state.On {
			t.Errorf("%s: %+v, %v", name, state, err)
		}
		if report, err := s.Off(t.Context()); err != nil || report.Nothing() {
			t.Errorf("%s: off: %+v, %v", name, report, err)
		}
		if !reflect.DeepEqual(m.values, before) {
			t.Errorf("%s: off left %v, before it was %v", name, m.values, before)
		}
	}
}

// At its start and its end a process does not wait for another that goes on.
func TestInUseIsToldSoon(t *testing.T) {
	m, dir := newMemory(), t.TempDir()
	first, second := m.opened(t, dir), m.opened(t, dir)
	if err := first.On(t.Context(), wantPAC); err != nil {
		t.Fatal(err)
	}
	second.patience = time.Hour
	for _, off := range []func(context.Context) (Report, error){second.Recover, second.Close} {
		if _, err := off(t.Context()); !errors.As(err, new(*InUseError)) {
			t.Error(err)
		}
	}
}

// Who puts things back for a process that is gone is waited for, and Off waits for
// a process that is about to die, as its guard has to.
func TestLockIsWaitedFor(t *testing.T) {
	gone := exec.Command(os.Args[0], "-test.run", "^$")
	if err := gone.Run(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		pid  int
		off  func(*Switch) (Report, error)
	}{
		{"of a process that is gone", gone.Process.Pid, func(s *Switch) (Report, error) { return s.Recover(t.Context()) }},
		{"of a process that is dying", os.Getpid(), func(s *Switch) (Report, error) { return s.Off(t.Context()) }},
	} {
		m, dir := newMemory(), t.TempDir()
		before := maps.Clone(m.values)
		first, second := m.opened(t, dir), m.opened(t, dir)
		if err := first.On(t.Context(), wantPAC); err != nil {
			t.Fatal(err)
		}
		j := *first.journal
		j.PID = c.pid
		if err := j.store(dir); err != nil {
			t.Fatal(err)
		}
		looked := make(chan struct{}, 100)
		second.patience = time.Minute
		second.find = func(string) (desktop, error) { looked <- struct{}{}; return m, nil }
		off := make(chan error, 1)
		go func() { _, err := c.off(second); off <- err }()
		for range 8 { // longer than the grace
			select {
			case <-looked:
			case err := <-off:
				t.Fatalf("%s: it did not wait: %v", c.name, err)
			}
		}
		_ = first.lock.Close() // its end
		if err := <-off; err != nil || !reflect.DeepEqual(m.values, before) {
			t.Errorf("%s: %v, %v", c.name, m.values, err)
		}
	}
}
