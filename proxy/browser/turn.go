package browser

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

const (
	turnName = "corsage.start"
	// turnTimeout bounds the wait for starts that came before.
	turnTimeout = time.Minute
	// upTimeout is how long a browser may take until the profile is its own.
	upTimeout = 10 * time.Second
	// turnPoll is how often it is looked at again.
	turnPoll = 20 * time.Millisecond
)

// turn is a start's turn at a kept profile. Starts of one profile go one after
// another, in all processes: what is started second would otherwise come before a
// browser that takes its time, or find settings that are not yet written.
type turn struct {
	lock   *lock
	kind   Kind
	dir    string
	before string // the profile's owner before
}

// takeTurn makes the kept profile's folder and waits for the turn there.
func takeTurn(ctx context.Context, kind Kind, dir string) (*turn, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the browser's profile: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, turnTimeout)
	defer cancel()
	for {
		l, err := tryLock(filepath.Join(dir, turnName))
		if err == nil {
			return &turn{lock: l, kind: kind, dir: dir, before: owner(kind, dir)}, nil
		}
		if !errors.Is(err, errLocked) {
			return nil, fmt.Errorf("hold the browser's profile %s: %w", dir, err)
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("another start of the browser with this profile does not come to its end (%w): try again", ctx.Err())
		case <-time.After(turnPoll):
		}
	}
}

// end ends the turn.
func (t *turn) end() { t.lock.release() }

// endWhenUp ends the turn once the browser p takes pages of other starts: when
// the profile is its own, where the system can tell. It returns at once.
func (t *turn) endWhenUp(p *Process) {
	if !tellsOwner {
		t.end()
		return
	}
	go func() {
		defer t.end()
		late := time.After(upTimeout)
		for owner(t.kind, t.dir) == t.before {
			select {
			case <-p.Done():
				return
			case <-late:
				return
			case <-time.After(turnPoll):
			}
		}
	}()
}
