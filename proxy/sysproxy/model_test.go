package sysproxy

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// TestModel switches on and off, kills the process before any step, changes
// values as somebody else would, all at random, and then puts things back. What
// there is at the end must be what there would be without Corsage: what was there
// at first, or what somebody else has set last.
func TestModel(t *testing.T) {
	for seed := range uint64(400) {
		if trace, err := modelRun(t, rand.New(rand.NewPCG(seed, 7))); err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, strings.Join(trace, "\n"))
		}
	}
}

func modelRun(t *testing.T, r *rand.Rand) (trace []string, err error) {
	m, dir := newMemory(), t.TempDir()
	for _, key := range slices.Sorted(maps.Keys(m.values)) {
		if r.IntN(2) == 0 {
			m.values[key] = somebodys(r, key)
		}
	}
	without := maps.Clone(m.values)  // what there would be without Corsage
	touched := make(map[string]bool) // by somebody else since all was as without
	var s *Switch
	living := false
	on := false // as far as the process knows
	say := func(format string, args ...any) { trace = append(trace, fmt.Sprintf(format, args...)) }
	say("begin: %v", m.values)
	for range 3 + r.IntN(12) {
		if !living {
			s, living, on = m.opened(t, dir), true, false
		}
		switch n := r.IntN(10); {
		case n < 4:
			want := wantPAC
			if n%2 == 1 {
				want = wantFixed
			}
			if r.IntN(3) == 0 {
				want.PAC += "?again"
			}
			dead := kill(t, s, r.IntN(14), func() { err = s.On(t.Context(), want) })
			say("on %+v, killed %t: %v", want, dead, m.values)
			living, on = !dead, !dead
		case n < 6:
			var report Report
			dead := kill(t, s, r.IntN(12), func() { report, err = s.Off(t.Context()) })
			say("off, killed %t, %+v: %v", dead, report, m.values)
			living, on = !dead, false
			if !dead {
				if err := asWithout(m.values, without, touched); err != nil {
					return trace, err
				}
				without, touched = maps.Clone(m.values), make(map[string]bool)
			}
		case n < 9:
			key := slices.Sorted(maps.Keys(m.values))[r.IntN(len(m.values))]
			v := somebodys(r, key)
			if _, err := os.Stat(filepath.Join(dir, journalFile)); err == nil && key == "mode" && !v.Unset {
				v.Text = []string{"none", "detect"}[r.IntN(2)] // what Corsage sets as well can't be told apart
			}
			m.values[key] = v
			without[key], touched[key] = m.values[key], true
			say("somebody sets %s: %v", key, m.values)
		case on:
			state, err := s.State(t.Context())
			if err != nil {
				return trace, err
			}
			leads := m.values.text("mode") == "auto" && strings.HasPrefix(m.values.text("url"), wantPAC.PAC) ||
				m.values.text("mode") == "manual" && m.values.text("host") == wantFixed.Addr && m.values.text("port") == "8899"
			if state.On != leads {
				return trace, fmt.Errorf("State says On %t of %v", state.On, m.values)
			}
		}
		if err != nil {
			return trace, err
		}
	}
	_ = s.lock.Close() // killed
	for range 20 {
		last := m.opened(t, dir)
		dead := kill(t, last, r.IntN(8), func() { _, err = last.Off(t.Context()) })
		say("restore, killed %t: %v", dead, m.values)
		if err != nil {
			return trace, err
		}
		if !dead {
			return trace, asWithout(m.values, without, touched)
		}
	}
	return trace, errors.New("never came to its end")
}

// somebodys returns a value that Corsage does not set.
func somebodys(r *rand.Rand, key string) value {
	if r.IntN(4) == 0 {
		return value{Text: newMemory().values.text(key), Unset: true}
	}
	return value{Text: map[string][]string{
		"mode": {"none", "auto", "manual"}, "url": {"http://corp/a.pac", "http://corp/b.pac"}, "host": {"corp", ""}, "port": {"3128", "0"}, "except": {"x", "y"},
	}[key][r.IntN(2)]}
}

// asWithout compares. A mode may stay Corsage's where somebody has set one of the
// addresses that it is for, and so may the other half of a host and port.
func asWithout(now, without values, touched map[string]bool) error {
	for key, want := range without {
		got := now[key]
		if got.same(want) {
			continue
		}
		switch {
		case key == "mode" && (touched["url"] && got.Text == "auto" || (touched["host"] || touched["port"]) && got.Text == "manual"):
		case key == "host" && touched["port"] && got.Text == wantFixed.Addr:
		case key == "port" && touched["host"] && got.Text == "8899":
		default:
			return fmt.Errorf("%s is %+v, without Corsage it would be %+v", key, got, want)
		}
	}
	if !reflect.DeepEqual(slices.Sorted(maps.Keys(now)), slices.Sorted(maps.Keys(without))) {
		return fmt.Errorf("keys %v", now)
	}
	return nil
}
