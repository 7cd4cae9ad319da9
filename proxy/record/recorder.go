package record

import "sync"

// Recorder is a bounded ring of entries. Writers never block on readers: a
// reader gets a wake-up through a one-slot channel and pulls what it has not
// seen. Safe for concurrent use.
type Recorder struct {
	mu     sync.Mutex
	ring   []Entry // the entry with ID n lives at n % len(ring); its ID is 0 where there is none
	rev    uint64
	last   uint64 // highest ID given out
	low    uint64 // entries up to this ID were cleared
	bodies int    // bytes of all kept bodies
	bare   uint64 // the ended entries up to this ID have given up their bodies
	subs   map[chan struct{}]struct{}
}

// BodyBudget is how many bytes of bodies a Recorder keeps in all. The oldest
// exchanges give theirs up first.
const BodyBudget = 32 << 20

// New returns a Recorder that keeps the last limit entries (at least 1).
func New(limit int) *Recorder {
	return &Recorder{ring: make([]Entry, max(limit, 1)), subs: make(map[chan struct{}]struct{})}
}

// Add stores the first snapshot of an exchange, a copy of e with an ID, which it
// returns. The oldest entry makes room.
func (r *Recorder) Add(e *Entry) uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last++
	r.store(e, r.last)
	return r.last
}

// Update replaces the snapshot that has e's ID by a copy of e. It does nothing
// and returns false where that exchange has fallen out of the ring or was cleared.
func (r *Recorder) Update(e *Entry) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e.ID == 0 || r.slot(e.ID).ID != e.ID {
		return false
	}
	r.store(e, e.ID)
	return true
}

func (r *Recorder) slot(id uint64) *Entry { return &r.ring[id%uint64(len(r.ring))] }

func bodySize(e *Entry) int { return len(e.Request.Body) + len(e.Response.Body) }

func (r *Recorder) store(e *Entry, id uint64) {
	slot := r.slot(id)
	r.bodies += bodySize(e) - bodySize(slot)
	r.rev++
	*slot = *e
	slot.ID, slot.Rev = id, r.rev
	if id <= r.bare { // newer ones have given theirs up
		r.bodies -= bodySize(slot)
		slot.Request.Body, slot.Response.Body = nil, nil
	}
	r.save()
	for wake := range r.subs {
		select {
		case wake <- struct{}{}:
		default:
		}
	}
}

// save keeps the bodies within their budget.
func (r *Recorder) save() {
	n := uint64(len(r.ring))
	if r.last > n {
		r.bare = max(r.bare, r.last-n)
	}
	for r.bodies > BodyBudget && r.bare < r.last {
		r.bare++
		e := r.slot(r.bare)
		r.bodies -= bodySize(e)
		e.Request.Body, e.Response.Body = nil, nil
	}
}

// sinceStep is how many entries are copied for a reader in one go: a writer
// waits for no more than that, some tens of microseconds.
const sinceStep = 128

// Since returns copies of the snapshots that were stored after revision rev,
// oldest exchange first, and the revision to ask with next time. Begin with 0.
// What is stored while it copies may come with the next call once more.
func (r *Recorder) Since(rev uint64) ([]*Entry, uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	seen, first, last := r.rev, r.low+1, r.last
	if rev == seen {
		return nil, rev
	}
	if n := uint64(len(r.ring)); last > n {
		first = max(first, last-n+1)
	}
	var out []*Entry
	for id := first; id <= last; id++ {
		if e := r.slot(id); e.ID == id && e.Rev > rev {
			snapshot := *e
			out = append(out, &snapshot)
		}
		if (id-first)%sinceStep == sinceStep-1 {
			r.mu.Unlock()
			r.mu.Lock()
		}
	}
	return out, seen
}

// Clear forgets all entries. Exchanges under way are forgotten too.
func (r *Recorder) Clear() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.ring)
	r.low, r.bare, r.bodies = r.last, r.last, 0
	r.rev++
}

// Cleared returns the ID up to which Clear has forgotten entries; 0 for none.
func (r *Recorder) Cleared() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.low
}

// Subscribe returns a channel that holds a value whenever something was stored
// since the last receive, and a function that ends the subscription. The
// channel has one slot: many stores make one wake-up.
func (r *Recorder) Subscribe() (wake <-chan struct{}, cancel func()) {
	c := make(chan struct{}, 1)
	r.mu.Lock()
	r.subs[c] = struct{}{}
	r.mu.Unlock()
	return c, func() {
		r.mu.Lock()
		delete(r.subs, c)
		r.mu.Unlock()
	}
}
