package sysproxy

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/gofrs/flock"
)

const (
	lockPatience = 5 * time.Second       // a Switch's patience
	lockPoll     = 50 * time.Millisecond // how often it looks meanwhile
	// lockGrace is how long a process may take to die. What it has open is closed
	// before it is gone, the pipe to its guard perhaps before the lock.
	lockGrace = 200 * time.Millisecond
)

// stale tells whether nobody looks after the journal.
func (s *Switch) stale() bool {
	if s.lock.Locked() {
		return false
	}
	probe := flock.New(s.lock.Path(), flock.SetPermissions(0o600))
	free, err := probe.TryRLock()
	return err == nil && free && probe.Close() == nil
}

// acquire takes the lock, if it isn't held yet. While another process has it, it
// waits for the end of what that one does; without wait only if the process that
// wrote the journal is gone, in whose place that one then puts things back.
func (s *Switch) acquire(ctx context.Context, wait bool) error {
	if s.lock.Locked() {
		return nil
	}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return fmt.Errorf("making the folder of the journal: %w", err)
	}
	begun := time.Now()
	for {
		held, err := s.lock.TryLock()
		switch {
		case held:
			return nil
		case err != nil:
			return fmt.Errorf("locking %s: %w", s.lock.Path(), err)
		}
		var pid int
		if j, _, err := load(s.dir, s.find, false); err == nil && j != nil {
			pid = j.PID
		}
		waited := time.Since(begun)
		if waited > s.patience || !wait && waited > lockGrace && running(pid) {
			return &InUseError{PID: pid}
		}
		select {
		case <-time.After(lockPoll):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// off ends what is only needed while the setting leads here.
func (s *Switch) off() error { return errors.Join(s.unwatch(), s.release()) }

// release gives the lock up. Its file stays: removing it would let two processes
// lock two files of one name.
func (s *Switch) release() error {
	s.journal = nil
	return s.lock.Close()
}
