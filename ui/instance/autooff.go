package instance

import (
	"log/slog"
	"maps"
	"reflect"
	"slices"
	"sync"
	"time"

	"corsage/profiles"
	"corsage/proxy"
	"corsage/proxy/record"
)

const (
	// offIdle is how long no allowed page may have used a profile whose time is
	// up: it is not turned off in the middle of somebody's work.
	offIdle = 15 * time.Minute
	// offWarning is how long before a profile goes off that is said.
	offWarning = 10 * time.Minute
	// offTick is how often the clock is looked at. It is the wall's, since a
	// machine that sleeps stops the other one.
	offTick = 30 * time.Second
)

// OffNotice says that a profile goes off soon, or went off.
type OffNotice struct {
	Profile string
	Off     bool          // it is off now
	At      time.Time     // when it goes off
	On      time.Duration // how long it was on, or will have been
}

// AutoOff turns profiles off that were forgotten: that were turned on, or
// changed, longer ago than the limit, by the wall clock. One that an allowed page
// goes on using stays on until the page rests for a quarter of an hour, but no
// longer than twice the limit: a tab that asks for news all night must not keep
// it on. Safe for concurrent use.
type AutoOff struct {
	store    *profiles.Store
	recorder *record.Recorder
	limit    func() time.Duration // zero for never
	file     offFile
	now      func() time.Time
	log      *slog.Logger

	change sync.Mutex // held by whoever looks at the clock

	mu     sync.Mutex // guards what follows
	on     map[string]forgettable
	dues   map[string]time.Time // as of the last look
	notice func(OffNotice)
	untold []OffNotice // while there is no notice, the last ones
	subs   map[chan struct{}]struct{}
}

// forgettable is a profile that is on.
type forgettable struct {
	since   time.Time         // turned on, or changed
	profile *profiles.Profile // as it was then
	warned  time.Time         // see warning
}

// warning tells which of the two warnings is due that a profile gets: that its
// time is up, or twice its time.
func (f forgettable) warning(due time.Time, limit time.Duration) time.Time {
	if last := f.since.Add(limit).Add(limit); due.Equal(last) {
		return last
	}
	return f.since.Add(limit)
}

// newAutoOff returns an AutoOff that has yet to look. Profiles of which file does
// not know when they were turned on count from then.
func newAutoOff(store *profiles.Store, recorder *record.Recorder, limit func() time.Duration, file offFile, now func() time.Time, log *slog.Logger) *AutoOff {
	a := &AutoOff{
		store: store, recorder: recorder, limit: limit, file: file, now: now, log: log,
		on: make(map[string]forgettable), subs: make(map[chan struct{}]struct{}),
	}
	since, err := file.read()
	if err != nil {
		log.Warn("profiles that are on count as turned on now: when they were is not known", "error", err)
	}
	for name, t := range since {
		a.on[name] = forgettable{since: t}
	}
	return a
}

// Due tells when the profile goes off unless somebody touches it; false where it
// is off or stays on.
func (a *AutoOff) Due(name string) (time.Time, bool) {
	a.mu.Lock()
	f, on := a.on[name]
	a.mu.Unlock()
	limit := a.limit()
	if !on { // it may be on since a moment ago
		f.since = a.now()
		on = slices.ContainsFunc(a.store.Items(), func(i profiles.Item) bool {
			return i.Enabled && i.Profile != nil && i.Profile.Name == name
		})
	}
	if !on || limit <= 0 {
		return time.Time{}, false
	}
	return a.due(name, f.since, limit, a.uses()), true
}

// Keep has a profile that is on count as turned on now.
func (a *AutoOff) Keep(name string) {
	defer a.look()
	a.change.Lock()
	defer a.change.Unlock()
	a.mu.Lock()
	defer a.mu.Unlock()
	f, on := a.on[name]
	if on {
		a.on[name] = forgettable{since: a.now(), profile: f.profile}
	}
}

// maxUntold bounds the notices that wait for OnNotice.
const maxUntold = 20

// OnNotice has f called, from a goroutine of the instance, when a profile went
// off or will soon; for what happened before at once.
func (a *AutoOff) OnNotice(f func(OffNotice)) {
	a.mu.Lock()
	a.notice = f
	var untold []OffNotice
	if f != nil {
		untold, a.untold = a.untold, nil
	}
	a.mu.Unlock()
	for _, n := range untold {
		f(n)
	}
}

// Subscribe returns a channel of one slot that holds a value whenever what Due
// returns may have changed since the last receive, and what ends that.
func (a *AutoOff) Subscribe() (wake <-chan struct{}, cancel func()) {
	c := make(chan struct{}, 1)
	a.mu.Lock()
	a.subs[c] = struct{}{}
	a.mu.Unlock()
	return c, func() {
		a.mu.Lock()
		delete(a.subs, c)
		a.mu.Unlock()
	}
}

// run looks at the clock until stop is closed, and whenever the settings change.
func (a *AutoOff) run(settings *SettingsFile, stop <-chan struct{}) {
	changed, cancel := a.store.Subscribe()
	defer cancel()
	set, cancelSet := settings.Subscribe()
	defer cancelSet()
	tick := time.NewTicker(offTick)
	defer tick.Stop()
	for {
		a.look()
		select {
		case <-tick.C:
		case <-changed:
		case <-set:
		case <-stop:
			return
		}
	}
}

// look brings what is on up to date, and turns off what is due.
func (a *AutoOff) look() {
	a.change.Lock()
	defer a.change.Unlock()
	now, limit := a.now(), a.limit()
	on := a.update(now)
	dues := make(map[string]time.Time)
	var uses map[string]time.Time
	if limit > 0 && len(on) > 0 {
		uses = a.uses()
	}
	for name, f := range on {
		if limit <= 0 {
			break
		}
		due := a.due(name, f.since, limit, uses)
		switch {
		case !now.Before(due):
			if a.turnOff(name, now.Sub(f.since)) {
				delete(on, name)
				continue
			}
		case due.Sub(now) <= min(offWarning, limit/2) && !f.warned.Equal(f.warning(due, limit)):
			f.warned = f.warning(due, limit)
			on[name] = f
			a.tell(OffNotice{Profile: name, At: due, On: due.Sub(f.since)})
		}
		dues[name] = due
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.on = on
	if !maps.EqualFunc(dues, a.dues, time.Time.Equal) {
		a.dues = dues
		for wake := range a.subs {
			select {
			case wake <- struct{}{}:
			default:
			}
		}
	}
}

// update returns what is on now, and since when, and keeps that in the file.
func (a *AutoOff) update(now time.Time) map[string]forgettable {
	a.mu.Lock()
	before := maps.Clone(a.on)
	a.mu.Unlock()
	on := make(map[string]forgettable)
	for _, item := range a.store.Items() {
		if !item.Enabled || item.Profile == nil {
			continue
		}
		f, known := before[item.Profile.Name]
		if !known || f.since.After(now) || f.profile != nil && !reflect.DeepEqual(f.profile, item.Profile) {
			f = forgettable{since: now}
		}
		f.profile = item.Profile
		on[item.Profile.Name] = f
	}
	if err := a.file.write(on); err != nil {
		a.log.Warn("a restart will count profiles as turned on then", "error", err)
	}
	return on
}

// due is when a profile goes off that was last touched at since.
func (a *AutoOff) due(name string, since time.Time, limit time.Duration, uses map[string]time.Time) time.Time {
	due := since.Add(limit)
	if rested := uses[name].Add(min(offIdle, limit)); rested.After(due) {
		due = rested
	}
	if last := since.Add(limit).Add(limit); due.After(last) {
		due = last
	}
	return due
}

// uses tells when allowed pages last asked something, by profile.
func (a *AutoOff) uses() map[string]time.Time {
	entries, _ := a.recorder.Since(0)
	uses := make(map[string]time.Time)
	for _, e := range entries {
		if e.Relation == proxy.Allowed.String() && e.Start.After(uses[e.Profile]) {
			uses[e.Profile] = e.Start
		}
	}
	return uses
}

// turnOff reports whether the profile is off now.
func (a *AutoOff) turnOff(name string, on time.Duration) bool {
	if err := a.store.SetEnabled(name, false); err != nil {
		a.log.Warn("a forgotten profile was not turned off", "profile", name, "error", err)
		return false
	}
	a.log.Info("the profile was turned off, since it was forgotten: 'corsage enable' turns it on again, and the setting auto-off, or --auto-off, is the time after which that happens",
		"profile", name, "on for", on.Round(time.Minute).String())
	a.tell(OffNotice{Profile: name, Off: true, At: a.now(), On: on})
	return true
}

func (a *AutoOff) tell(n OffNotice) {
	a.mu.Lock()
	notice := a.notice
	if notice == nil {
		a.untold = append(a.untold, n)
		a.untold = a.untold[max(0, len(a.untold)-maxUntold):]
	}
	a.mu.Unlock()
	if notice != nil {
		notice(n)
	}
}
