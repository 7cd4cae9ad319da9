// Package sysproxy points the proxy setting of the user's system at Corsage, and
// puts back what was there before: when it is switched off, when Corsage ends,
// and, since it keeps a journal, after a crash as well.
//
// The order of things, which holds at every moment at which the process may be
// killed: first the journal is on the disk, then values are changed one by one,
// the ones that say where the proxy is before the one that makes programs go
// there. They are put back in the reverse order, and only then does the journal
// go. Each value is looked at first: one that is neither Corsage's nor what it was
// before is somebody else's, and stays as it is.
//
// A lock in the journal's folder is held for as long as the setting leads to
// Corsage. The system gives it up when its process ends, however that happens, so
// that a journal whose lock can be had is one that nobody looks after.
package sysproxy

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/gofrs/flock"
)

// Want is where the setting is to lead.
type Want struct {
	// PAC is the address of Corsage's PAC file.
	PAC string `json:"pac,omitempty"`
	// Fixed has all traffic go to Addr, and no PAC file used.
	Fixed bool `json:"fixed,omitempty"`
	// Addr is where Corsage listens, host:port.
	Addr string `json:"addr"`
}

// State is how the setting stands.
type State struct {
	// Desktop is whose setting it is, such as "GNOME".
	Desktop string `json:"desktop"`
	// On says that the setting leads to a Corsage, Fixed that it does so for all
	// traffic.
	On    bool `json:"on"`
	Fixed bool `json:"fixed,omitempty"`
	// PID is of the Corsage that changed the setting, 0 if none did. It may have
	// been killed; then Restore is due.
	PID int `json:"pid,omitempty"`
	// Stale says that this Corsage is gone.
	Stale bool `json:"stale,omitempty"`
	// Previous is the setting as it is without Corsage.
	Previous Previous `json:"previous"`
	// Changed is what somebody else has changed since; these values will stay.
	Changed []Left `json:"changed,omitempty"`
}

// errClosed says that the switch was closed.
var errClosed = errors.New("corsage is ending, so the system's proxy setting stays as it is")

// InUseError says that another Corsage, which is running, has changed the setting.
type InUseError struct{ PID int }

func (e *InUseError) Error() string {
	return fmt.Sprintf("another corsage (process %d) looks after the system's proxy setting: turn it off there, or end that one", e.PID)
}

// UnsupportedError says that there is no setting that could be changed, and what
// to do instead.
type UnsupportedError struct{ Why string }

func (e *UnsupportedError) Error() string { return e.Why }

// Switch changes the system's proxy setting and puts it back. Its methods may be
// called from any goroutine; they run commands of the system, which takes from
// some ten milliseconds to seconds.
type Switch struct {
	dir   string
	find  func(id string) (desktop, error) // "" for the one that is here
	guard []string
	// patience is how long to wait for another process that is just putting
	// things back.
	patience time.Duration
	step     func(what string) // called before each step that others can see; tests end the process there

	mu      sync.Mutex
	closed  bool
	lock    *flock.Flock // held while the setting leads here
	journal *journal     // what this process put on the disk, until it is discarded; nil for nothing
	desktop desktop      // whose it is
	watcher *watcher     // the running guard; nil for none
	subs    map[chan struct{}]struct{}
}

// Open returns the switch of this user's session, with its journal in dir, which
// is made when needed. It touches nothing yet. guard is the command that watches
// over this process while the switch is on, see [Guard]; without one, a killed
// process leaves the setting changed until the next Restore.
func Open(dir string, guard ...string) *Switch {
	return &Switch{
		dir: dir, find: findDesktop, guard: guard, patience: lockPatience,
		step: func(string) {},
		lock: flock.New(filepath.Join(dir, "system-proxy.lock"), flock.SetPermissions(0o600)),
		subs: make(map[chan struct{}]struct{}),
	}
}

// On makes the setting lead to want. What was there is remembered first. It may
// be called again for another want; what somebody else has changed meanwhile
// counts then as what was there before. If a value can't be written, all is put
// back. An UnsupportedError says that this system has no such setting; an
// InUseError that another Corsage has the switch.
func (s *Switch) On(ctx context.Context, want Want) (err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.wake()
	if s.closed {
		return errClosed
	}
	had := s.lock.Locked()
	if err := s.acquire(ctx, true); err != nil {
		return err
	}
	j, d, err := s.load(true)
	if err != nil {
		return errors.Join(err, s.release())
	}
	if j != nil && (!had || j.Want.Fixed != want.Fixed) {
		// Of a killed process, or of the other kind, which has other keys.
		if _, err := s.undo(ctx, j, d); err != nil {
			return err
		}
		j = nil
	}
	if j == nil {
		if d, err = s.find(""); err != nil {
			return errors.Join(err, s.off())
		}
	}
	if err := s.point(ctx, j, d, want); err != nil {
		_, undone := s.restore(context.WithoutCancel(ctx), true)
		return errors.Join(err, undone)
	}
	return nil
}

// point remembers and writes.
func (s *Switch) point(ctx context.Context, j *journal, d desktop, want Want) error {
	found, err := d.read(ctx)
	if err != nil {
		return fmt.Errorf("reading %s's proxy setting: %w", d.name(), err)
	}
	next := journal{Version: journalVersion, Desktop: d.id(), Time: time.Now().Round(0)}
	if j != nil {
		next = *j
	}
	next.PID, next.Want = os.Getpid(), want
	base := next.without(found)
	plan, err := d.plan(base, want)
	if err != nil {
		return err
	}
	next.Entries = next.extended(plan, found, base)
	s.step("journal")
	if err := next.store(s.dir); err != nil {
		return err
	}
	s.journal, s.desktop = &next, d
	if err := s.watch(); err != nil {
		return err
	}
	for _, c := range plan {
		if found.text(c.key) == c.text {
			continue
		}
		s.step("set " + c.key)
		if err := d.write(ctx, c.key, value{Text: c.text}); err != nil {
			return fmt.Errorf("setting %s's proxy: %w", d.name(), err)
		}
	}
	now, err := d.read(ctx)
	if err != nil {
		return fmt.Errorf("reading %s's proxy setting: %w", d.name(), err)
	}
	for _, c := range plan {
		if got := now.text(c.key); got != c.text {
			return fmt.Errorf("%s did not keep its new proxy setting: %s was set to %s and is %s; see that it can be changed in the system's own settings", d.name(), c.key, c.text, got)
		}
	}
	s.step("announce")
	d.announce(ctx)
	return nil
}

// extended returns the entries for a plan: what was there before, or is there now
// by somebody else's hand, and what Corsage may leave there.
func (j *journal) extended(plan []change, found, base values) []entry {
	var all []entry
	for _, c := range plan {
		e := entry{Key: c.key, Before: base[c.key], Ours: []string{c.text}, With: c.with, Decides: c.decides}
		if now := found.text(c.key); now != c.text && !found[c.key].same(e.Before) {
			e.Ours = []string{now, c.text} // still there until it is written over
		}
		all = append(all, e)
	}
	for _, e := range j.Entries { // which an earlier plan had
		if e.stands(found) == ours && !slices.ContainsFunc(all, func(now entry) bool { return now.Key == e.Key }) {
			all = append(all, e)
		}
	}
	return all
}

// Update makes the setting lead to want, if it leads to what this Switch wanted
// last, in the same way, Fixed or not. If it is off, or somebody else has changed
// it, it is left as it is.
func (s *Switch) Update(ctx context.Context, want Want) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.lock.Locked() {
		return nil
	}
	j, d, err := s.load(false)
	if err != nil || j == nil || j.Want == want || j.Want.Fixed != want.Fixed {
		return err
	}
	found, err := d.read(ctx)
	if err != nil {
		return fmt.Errorf("reading %s's proxy setting: %w", d.name(), err)
	}
	if !j.inForce(found) {
		return nil
	}
	return s.point(ctx, j, d, want)
}

// Off puts back what was there before On, be it of this process or of one that
// was killed, and reports what it did. It may be called at any time; without a
// journal there is nothing to do. An InUseError says that the journal is of a
// running Corsage, a DamagedError that it can't be read.
func (s *Switch) Off(ctx context.Context) (Report, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.wake()
	return s.restore(ctx, true)
}

// Recover is Off for the start of a process: where another Corsage has the switch
// and goes on, it does not wait for that one's end.
func (s *Switch) Recover(ctx context.Context) (Report, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.wake()
	return s.restore(ctx, false)
}

// Close is Recover, and the end of the switch: On fails from then on.
func (s *Switch) Close(ctx context.Context) (Report, error) {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	return s.Recover(ctx)
}

func (s *Switch) restore(ctx context.Context, wait bool) (Report, error) {
	if !s.lock.Locked() {
		if _, err := os.Stat(filepath.Join(s.dir, journalFile)); errors.Is(err, os.ErrNotExist) {
			return Report{}, nil
		}
		if err := s.acquire(ctx, wait); err != nil {
			return Report{}, err
		}
	}
	j, d, err := s.load(true)
	if err != nil || j == nil {
		return Report{}, errors.Join(err, s.off())
	}
	report, err := s.undo(ctx, j, d)
	if err != nil {
		return report, err // the journal is still needed, and the guard
	}
	return report, s.off()
}

// undo puts back what the journal says, and removes it.
func (s *Switch) undo(ctx context.Context, j *journal, d desktop) (Report, error) {
	report := Report{Desktop: d.name(), PID: j.PID}
	found, err := d.read(ctx)
	if err != nil {
		return report, fmt.Errorf("reading %s's proxy setting: %w", d.name(), err)
	}
	back, left := j.undo(found)
	report.Left = left
	for _, e := range back {
		s.step("restore " + e.Key)
		if err := d.write(ctx, e.Key, e.Before); err != nil {
			return report, fmt.Errorf("putting %s's proxy back: %w; try 'corsage system-proxy restore'", d.name(), err)
		}
		report.Restored = append(report.Restored, e.Key)
	}
	if len(back) > 0 {
		now, err := d.read(ctx)
		if err != nil {
			return report, fmt.Errorf("reading %s's proxy setting: %w", d.name(), err)
		}
		for _, e := range back {
			if got := now[e.Key]; slices.Contains(e.Ours, got.Text) && !got.same(e.Before) {
				return report, fmt.Errorf("%s did not take its former proxy setting: %s is still %s; try 'corsage system-proxy restore'", d.name(), e.Key, got.Text)
			}
		}
		s.step("announce")
		d.announce(ctx)
	}
	s.step("discard")
	if err := discard(s.dir); err != nil {
		return report, err
	}
	s.journal = nil
	return report, nil
}

// load returns the journal, nil if there is none: from the disk, or while this
// process has the switch on as it wrote it, whatever has become of the file. See
// load for aside and the error.
func (s *Switch) load(aside bool) (*journal, desktop, error) {
	if s.journal != nil && s.lock.Locked() {
		return s.journal, s.desktop, nil
	}
	return load(s.dir, s.find, aside)
}

// State tells how the setting stands. It changes nothing. An UnsupportedError
// says that this system has none.
func (s *Switch) State(ctx context.Context) (State, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	j, d, err := s.load(false)
	if err != nil {
		return State{}, err
	}
	if j == nil {
		if d, err = s.find(""); err != nil {
			return State{}, err
		}
	}
	found, err := d.read(ctx)
	if err != nil {
		return State{Desktop: d.name()}, fmt.Errorf("reading %s's proxy setting: %w", d.name(), err)
	}
	state := State{Desktop: d.name(), Previous: d.previous(found)}
	if j != nil {
		state.On, state.Fixed, state.PID = j.inForce(found), j.Want.Fixed, j.PID
		state.Previous = d.previous(j.without(found))
		_, state.Changed = j.undo(found)
		state.Stale = s.stale()
	}
	return state, nil
}

// Subscribe returns a channel that holds a value whenever State may have changed
// by On or Off since the last receive, and a function that ends the subscription.
// The channel has one slot, and is never closed.
func (s *Switch) Subscribe() (wake <-chan struct{}, cancel func()) {
	c := make(chan struct{}, 1)
	s.mu.Lock()
	s.subs[c] = struct{}{}
	s.mu.Unlock()
	return c, func() {
		s.mu.Lock()
		delete(s.subs, c)
		s.mu.Unlock()
	}
}

// wake tells the subscribers. The caller holds s.mu.
func (s *Switch) wake() {
	for c := range s.subs {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}
