package record

import "sync"

// Recorder is a bounded ring of entries. Writers never block on readers: a
// reader gets a wake-up through a one-slot channel and pulls what it has not
// seen. Safe for concurrent use.
type Recorder struct {
	mu     sync.Mutex
	ring   []*Entry // the entry with ID n lives at n % len(ring)
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
	return &Recorder{ring: make([]*Entry, max(limit, 1)), subs: make(map[chan struct{}]struct{})}
}

// Add stores the first snapshot of an exchange and gives it its ID, which it
// returns. The oldest entry makes room. The caller must not touch e afterwards.
func (r *Recorder) Add(e *Entry) uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last++
	e.ID = r.last
	r.bodies -= bodySize(r.ring[e.ID%uint64(len(r.ring))])
	r.store(e)
	return e.ID
}

// Update replaces the snapshot that has e's ID. It does nothing where that
// exchange has fallen out of the ring or was cleared. The caller must not
// touch e afterwards.
func (r *Recorder) Update(e *Entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if old := r.ring[e.ID%uint64(len(r.ring))]; old != nil && old.ID == e.ID {
		r.bodies -= bodySize(old)
		r.store(e)
	}
}

func bodySize(e *Entry) int {
	if e == nil {
		return 0
	}
	return len(e.Request.Body) + len(e.Response.Body)
}

func (r *Recorder) store(e *Entry) {
	r.rev++
	e.Rev = r.rev
	r.ring[e.ID%uint64(len(r.ring))] = e
	r.bodies += bodySize(e)
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
		old := r.ring[r.bare%n]
		if bodySize(old) == 0 {
			continue
		}
		r.bodies -= bodySize(old)
		e := *old
		e.Request.Body, e.Response.Body = nil, nil
		r.ring[r.bare%n] = &e
	}
}

// Since returns the snapshots that were stored after revision rev, oldest
// exchange first, and the revision to ask with next time. Begin with 0.
func (r *Recorder) Since(rev uint64) ([]*Entry, uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if rev == r.rev {
		return nil, rev
	}
	n := uint64(len(r.ring))
	first := r.low + 1
	if r.last > n {
		first = max(first, r.last-n+1)
	}
	var out []*Entry
	for id := first; id <= r.last; id++ {
		if e := r.ring[id%n]; e != nil && e.Rev > rev {
			out = append(out, e)
		}
	}
	return out, r.rev
}

// Clear forgets all entries. Exchanges under way are forgotten too.
func (r *Recorder) Clear() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.ring)
	r.low, r.bare, r.bodies = r.last, r.last, 0
	r.rev++
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
