package sysproxy

import (
	"fmt"
	"slices"
)

// Left is a value that was not put back, since somebody else has changed it, or
// one that it belongs to.
type Left struct {
	Key    string `json:"key"`
	Ours   string `json:"ours"`   // what Corsage had set
	Found  string `json:"found"`  // what is there now, and stays
	Before string `json:"before"` // what was there before Corsage
	Gone   bool   `json:"gone,omitempty"`
}

// String says it in words.
func (l Left) String() string {
	switch {
	case l.Gone:
		return fmt.Sprintf("%s: it no longer exists (Corsage had set %s, before that it was %s)", l.Key, l.Ours, l.Before)
	case l.Found == l.Ours:
		return fmt.Sprintf("%s: it stays %s, since what belongs to it was changed by somebody else (before Corsage it was %s)", l.Key, l.Found, l.Before)
	}
	return fmt.Sprintf("%s: somebody else has set %s, and it stays so (Corsage had set %s, before that it was %s)", l.Key, l.Found, l.Ours, l.Before)
}

// Report is what was done to put the system's proxy setting back.
type Report struct {
	// Desktop is whose setting it is; "" if there was nothing to put back.
	Desktop string `json:"desktop,omitempty"`
	// PID is of the Corsage that had changed it.
	PID int `json:"pid,omitempty"`
	// Restored are the keys that were put back.
	Restored []string `json:"restored,omitempty"`
	// Left are those that somebody else has changed, which were left alone.
	Left []Left `json:"left,omitempty"`
}

// Nothing tells whether there was nothing to put back.
func (r Report) Nothing() bool { return r.Desktop == "" }

// how says how an entry stands.
type how int

const (
	untouched how = iota // as before: never written, or put back
	ours                 // Corsage's
	foreign              // somebody else's
	gone                 // there is no such key any more
)

func (e entry) stands(found values) how {
	v, ok := found[e.Key]
	switch {
	case !ok:
		return gone
	case v.same(e.Before):
		return untouched
	case slices.Contains(e.Ours, v.Text):
		return ours
	}
	return foreign
}

// undo sorts out what is to be put back, last written first, so that programs no
// longer go where the other values say before these change; and what is
// somebody else's and stays.
//
// A value that is still Corsage's goes back, whatever has become of the others:
// the address of a PAC file which nobody serves must not lie in wait for the day
// on which the mode is set to use it. There is one exception. If somebody has put
// an address of their own in the place of Corsage's, the mode that makes programs
// use it is theirs as well, and so is the other half of a host and port.
func (j *journal) undo(found values) (back []entry, left []Left) {
	foreigner := func(key string) bool {
		return slices.ContainsFunc(j.Entries, func(e entry) bool { return e.Key == key && e.stands(found) == foreign })
	}
	for _, e := range slices.Backward(j.Entries) {
		stands := e.stands(found)
		switch {
		case stands == untouched:
		case stands == ours && !slices.ContainsFunc(e.With, foreigner):
			back = append(back, e)
		default:
			left = append(left, Left{
				Key: e.Key, Ours: e.Ours[len(e.Ours)-1], Found: withoutPassword(found.text(e.Key)), Before: withoutPassword(e.Before.Text), Gone: stands == gone,
			})
		}
	}
	return back, left
}

// without returns the values as they are without Corsage: those that are still
// its own as they were before.
func (j *journal) without(found values) values {
	back, _ := j.undo(found)
	before := make(values)
	for _, e := range back {
		before[e.Key] = e.Before
	}
	return found.with(before)
}

// inForce tells whether programs are led to Corsage: a value that decides is
// its own, and so are those that belong to it.
func (j *journal) inForce(found values) bool {
	holds := func(e entry) bool { return found.text(e.Key) == e.Ours[len(e.Ours)-1] }
	return slices.ContainsFunc(j.Entries, func(e entry) bool {
		return e.Decides && holds(e) && !slices.ContainsFunc(j.Entries, func(other entry) bool {
			return slices.Contains(e.With, other.Key) && !holds(other)
		})
	})
}
