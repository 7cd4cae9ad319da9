package ui

import (
	"context"
	"sync"
	"time"

	"corsage/proxy/record"
	"corsage/proxy/record/filter"
)

// refreshEvery is the least time between two refreshes of the window.
const refreshEvery = 100 * time.Millisecond

// logFeed runs a logModel on a goroutine of its own, so that neither filtering
// nor a burst of traffic is felt in the window, and hands out a snapshot at
// most once in refreshEvery. Its methods may be called from any goroutine.
type logFeed struct {
	kick chan struct{} // one slot: the wish below has changed

	mu   sync.Mutex
	wish struct {
		filter filter.Filter
		paused bool
		clear  bool
	}
	latest  logView // not shown yet
	waiting bool    // show was called and has not taken it yet
}

func newLogFeed() *logFeed { return &logFeed{kick: make(chan struct{}, 1)} }

func (f *logFeed) setFilter(to filter.Filter) { f.change(func() { f.wish.filter = to }) }
func (f *logFeed) setPaused(on bool)          { f.change(func() { f.wish.paused = on }) }
func (f *logFeed) clear()                     { f.change(func() { f.wish.clear = true }) }

func (f *logFeed) change(what func()) {
	f.mu.Lock()
	what()
	f.mu.Unlock()
	select {
	case f.kick <- struct{}{}:
	default:
	}
}

// run follows the recorder until ctx ends. After each change it calls show,
// which makes the UI goroutine take the view; show is not called again before
// that was done.
func (f *logFeed) run(ctx context.Context, recorder *record.Recorder, show func()) {
	m := &logModel{recorder: recorder}
	wake, cancel := recorder.Subscribe()
	defer cancel()
	pace := time.NewTimer(0)
	defer pace.Stop()
	for {
		if f.step(m) {
			show()
		}
		pace.Reset(refreshEvery)
		select {
		case <-ctx.Done():
			return
		case <-pace.C:
		}
		select {
		case <-ctx.Done():
			return
		case <-wake:
		case <-f.kick:
		}
	}
}

// step brings the model up to date, and reports whether show is to be called.
func (f *logFeed) step(m *logModel) bool {
	f.mu.Lock()
	wish := f.wish
	f.wish.clear = false
	f.mu.Unlock()

	if wish.clear {
		m.clear()
	}
	m.pull()
	m.pause(wish.paused)
	m.filter = wish.filter
	v := m.view()

	f.mu.Lock()
	defer f.mu.Unlock()
	f.latest = v
	if f.waiting {
		return false
	}
	f.waiting = true
	return true
}

// take returns the newest snapshot.
func (f *logFeed) take() logView {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.waiting = false
	return f.latest
}
