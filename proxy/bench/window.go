//go:build bench

package main

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// worker does one piece of work after the other: once does one.
type worker struct {
	once  func() error
	close func()
	pause time.Duration // before each
}

// closeAll is for workers that were made and will not work.
func closeAll(workers []worker) {
	for _, w := range workers {
		w.close()
	}
}

// window lets the workers of s run, each beginning its next piece of work when
// the last is done and its pause over, and measures for b.seconds after they have warmed up.
func (b *bench) window(s *server, workers []worker) (sample, error) {
	length := time.Duration(b.seconds * float64(time.Second))
	warm := max(length/5, 200*time.Millisecond)
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
				time.Sleep(w.pause)
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
	time.Sleep(warm)
	before := count.Load()
	began, err := s.clock()
	measuring.Store(true)
	time.Sleep(length)
	after := count.Load()
	one, endErr := s.since(began)
	ended.Store(true)
	group.Wait()
	if err := errors.Join(err, endErr, errors.Join(errs...)); err != nil {
		return sample{}, err
	}
	one.requests = int(after - before)
	all := slices.Concat(latencies...)
	if len(all) == 0 {
		return sample{}, fmt.Errorf("nothing was answered within %v", length)
	}
	one.p50, one.p99 = percentiles(all)
	return one, nil
}

// together lets n goroutines work, waits for all, and returns their errors.
func together(n int, work func(i int) error) error {
	errs := make([]error, n)
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() { errs[i] = work(i) })
	}
	group.Wait()
	return errors.Join(errs...)
}
