//go:build bench

package main

import (
	"errors"
	"path/filepath"
	"strings"
	"time"
)

// lane is one contender's part in a row.
type lane struct {
	name    string
	server  *server
	measure func() (sample, error) // one window, or one piece of work
}

// lanes makes one for each server.
func lanes(servers []*server, measure func(*server) (sample, error)) []lane {
	var all []lane
	for _, s := range servers {
		all = append(all, lane{s.name, s, func() (sample, error) { return measure(s) }})
	}
	return all
}

// inTurns measures all lanes one after the other, that often, so that what else
// happens on the machine meets them alike. One that fails is left out from then
// on.
func (b *bench) inTurns(r *result, rounds int, all ...lane) error {
	failed := make(map[string]bool)
	for range rounds {
		for _, l := range all {
			if failed[l.name] {
				continue
			}
			if b.Err() != nil {
				return b.Err()
			}
			one, err := b.profiled(r.row.name, l)
			if err != nil {
				failed[l.name] = true
				b.failure(r, l.name, err)
				continue
			}
			r.add(l.name, one)
		}
	}
	return nil
}

// failure notes that a contender, or all that is left of a row, is left out
// though it should not be: the run goes on, and will end with an error.
func (b *bench) failure(r *result, name string, err error) {
	first, _, _ := strings.Cut(err.Error(), "\n")
	r.note("%s left out: %s", name, first)
	b.failures = append(b.failures, r.row.name+", "+name)
}

// profiled measures a lane, and writes a CPU profile of its proxy meanwhile if
// that is wanted and it is one of ours.
func (b *bench) profiled(row string, l lane) (sample, error) {
	if b.profile == "" || l.server == nil || l.server.child == nil {
		return l.measure()
	}
	if _, err := l.server.child.tell("profile " + b.profilePath(row, l.name)); err != nil {
		return sample{}, err
	}
	one, err := l.measure()
	_, stopErr := l.server.child.tell("stop")
	return one, errors.Join(err, stopErr)
}

// profilePath is where the profile of a contender under a row goes.
func (b *bench) profilePath(row, contender string) string {
	name := strings.NewReplacer(" ", "-", ",", "").Replace(strings.ToLower(row + "-" + contender))
	return filepath.Join(b.profile, name+".pprof")
}

// clock reads time and the proxy's processor time together.
type clock struct {
	at  time.Time
	cpu time.Duration
}

// clock starts measuring s.
func (s *server) clock() (clock, error) {
	if s.pid == 0 {
		return clock{at: time.Now()}, nil
	}
	cpu, err := cpuTime(s.pid)
	return clock{time.Now(), cpu}, err
}

// since fills in what has passed since c, and the memory at present.
func (s *server) since(c clock) (one sample, err error) {
	end, err := s.clock()
	if err != nil {
		return one, err
	}
	one.took, one.cpu = end.at.Sub(c.at), end.cpu-c.cpu
	if s.pid != 0 {
		one.resident, err = resident(s.pid)
	}
	return one, err
}
