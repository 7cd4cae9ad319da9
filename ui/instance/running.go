package instance

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// raiseTimeout bounds the wait for an instance that is only just starting, or
// has all but ended.
const raiseTimeout = 5 * time.Second

// HungError says that another instance of this user is there, but does not answer.
type HungError struct {
	PID int // 0 where it is not known
}

func (e *HungError) Error() string {
	if e.PID == 0 {
		return "corsage is running, but does not answer: end it and try again"
	}
	return fmt.Sprintf("corsage is running as process %d, but does not answer: %s; then try again", e.PID, endCommand(e.PID))
}

// becomePrimary takes the lock and the socket, if they can be had; nil if not. It
// fails only with ErrRaised, with a HungError where this instance has windows, or
// with ctx.
func (i *Instance) becomePrimary(ctx context.Context, dirs Dirs) (*primary, error) {
	waiting, cancel := context.WithCancel(ctx)
	defer cancel()
	patience := time.AfterFunc(raiseTimeout, cancel)
	defer patience.Stop()
	client := NewClient(dirs)
	for ending := false; ; {
		p, err := acquire(dirs.Runtime)
		switch {
		case err == nil:
			return p, nil
		case !errors.Is(err, errHeld):
			i.log.Warn("this instance has no control socket: 'corsage enable' and so on do not reach it", "error", err)
			return nil, nil
		}
		if host, _ := os.Hostname(); holderOf(dirs.Runtime).elsewhere(host) {
			i.log.Warn("a corsage on another machine holds the lock, since both use one home folder: 'corsage enable' and so on do not reach this one. Set XDG_RUNTIME_DIR to a folder of this machine",
				"machine", holderOf(dirs.Runtime).Host, "folder", dirs.Runtime)
			return nil, nil
		}
		raised, err := i.meet(waiting, client)
		switch {
		case raised:
			return nil, ErrRaised
		case errors.Is(err, ErrRuns):
			return nil, err
		case err == nil:
			return nil, nil
		case errors.Is(err, errEnding) && !ending: // it is worth more patience
			ending = true
			patience.Reset(quitTimeout)
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-waiting.Done():
			return nil, i.unanswered(ctx, dirs)
		}
	}
}

// meet asks the instance that holds the lock for its window, if this one would
// show windows. Without an error, both are to run side by side.
func (i *Instance) meet(ctx context.Context, client *Client) (raised bool, err error) {
	if !i.windows {
		if _, err := client.Status(ctx); err != nil {
			return false, err
		}
		i.log.Warn("another corsage is running: 'corsage enable' and so on go on reaching that one, not this")
		return false, nil
	}
	if i.hidden {
		var s Status
		if s, err = client.Status(ctx); err == nil && s.Windows {
			return false, ErrRuns
		}
	} else {
		raised, err = client.Raise(ctx)
	}
	if err == nil && !raised {
		i.log.Warn("a 'corsage serve' is running: 'corsage enable' and so on go on reaching that one, not this")
	}
	return raised, err
}

// unanswered is what to do where the lock is held and nobody answers.
func (i *Instance) unanswered(ctx context.Context, dirs Dirs) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	hung := &HungError{PID: holderOf(dirs.Runtime).PID}
	if i.windows {
		return hung // or there would be two icons in the tray
	}
	i.log.Warn("'corsage enable' and so on do not reach this instance, since another has their socket", "error", hung)
	return nil
}

// elsewhere reports whether the holder is on another machine than host.
func (h holder) elsewhere(host string) bool { return h.Host != "" && host != "" && h.Host != host }

// processEnded reports whether the process is gone, as far as can be told.
func processEnded(pid int) bool {
	p, err := os.FindProcess(pid)
	if err != nil {
		return true
	}
	defer func() { _ = p.Release() }()
	return p.Signal(syscall.Signal(0)) != nil
}
