//go:build bench

package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// sample is what one measured window showed.
type sample struct {
	requests int
	took     time.Duration
	cpu      time.Duration // of the proxy's process; 0 where there is none
	p50, p99 time.Duration
	resident int64 // bytes at the end of the window
}

func (s sample) perSecond() float64 { return float64(s.requests) / s.took.Seconds() }

// perRequest is the proxy's processor time for one request, in microseconds.
func (s sample) perRequest() float64 {
	return float64(s.cpu.Nanoseconds()) / 1e3 / float64(max(s.requests, 1))
}

// worker sends one request and reads its answer.
type worker struct {
	once  func() error
	close func()
}

// window lets the workers run, each sending its next request when the last was
// answered, and measures from warm on for as long as length.
func window(s *server, workers []worker, warm, length time.Duration) (sample, error) {
	var (
		measuring, ended atomic.Bool
		group            sync.WaitGroup
		errs             = make([]error, len(workers))
		latencies        = make([][]time.Duration, len(workers))
		count            atomic.Int64
	)
	for i, w := range workers {
		group.Go(func() {
			defer w.close()
			seen := make([]time.Duration, 0, 1<<14)
			for !ended.Load() {
				inside := measuring.Load()
				began := time.Now()
				if err := w.once(); err != nil {
					errs[i] = err
					break
				}
				if inside {
					seen = append(seen, time.Since(began))
				}
				count.Add(1)
			}
			latencies[i] = seen
		})
	}
	var result sample
	time.Sleep(warm)
	measure := func() (time.Time, time.Duration, int64, error) {
		if s.pid == 0 {
			return time.Now(), 0, count.Load(), nil
		}
		cpu, err := cpuTime(s.pid)
		return time.Now(), cpu, count.Load(), err
	}
	began, cpu, before, err := measure()
	measuring.Store(true)
	time.Sleep(length)
	end, cpuEnd, after, endErr := measure()
	ended.Store(true)
	if s.pid != 0 {
		var e error
		result.resident, _, e = resident(s.pid)
		err = errors.Join(err, e)
	}
	group.Wait()
	if err := errors.Join(err, endErr, errors.Join(errs...)); err != nil {
		return sample{}, err
	}
	result.requests, result.took, result.cpu = int(after-before), end.Sub(began), cpuEnd-cpu
	all := slices.Concat(latencies...)
	if len(all) == 0 {
		return sample{}, fmt.Errorf("no request was answered within %v", length)
	}
	slices.Sort(all)
	result.p50, result.p99 = all[len(all)/2], all[len(all)*99/100]
	return result, nil
}

// inTurns measures all servers in turns, so that what else happens on the machine
// meets them alike. A server that fails is left out, with a note.
func (b *bench) inTurns(r *result, name string, servers []*server, workers func(*server) ([]worker, error)) error {
	length := time.Duration(b.seconds * float64(time.Second))
	warm := max(length/5, 200*time.Millisecond)
	failed := make(map[*server]bool)
	for range b.rounds {
		for _, s := range servers {
			if failed[s] {
				continue
			}
			if b.Err() != nil {
				return b.Err()
			}
			err := b.profiled(s, name, func() error {
				all, err := workers(s)
				if err != nil {
					return err
				}
				one, err := window(s, all, warm, length)
				if err == nil {
					r.add(s.name, one)
				}
				return err
			})
			if err != nil {
				failed[s] = true
				first, _, _ := strings.Cut(err.Error(), "\n")
				r.note("%s left out: %s", s.name, first)
			}
		}
	}
	return nil
}
