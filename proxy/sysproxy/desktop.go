package sysproxy

import (
	"context"
	"iter"
	"maps"
	"slices"
)

// A desktop is whose proxy setting it is: a handful of named values that can be
// read and written one by one. Everything that makes switching safe stands above
// this line and is the same for all of them.
type desktop interface {
	// id names it in the journal, name for people.
	id() string
	name() string
	// has tells whether key is one of its values.
	has(key string) bool
	// read returns all of its values.
	read(ctx context.Context) (values, error)
	// write writes one value, or takes the user's own away if it is unset.
	write(ctx context.Context, key string, v value) error
	// plan returns what leads to want, given what is there without Corsage, in
	// the order in which it is to be written: the values that say where the proxy
	// is before the one that makes programs go there.
	plan(now values, want Want) ([]change, error)
	// previous reads what the values mean.
	previous(now values) Previous
	// announce tells running programs of a change, where the system does not. If
	// it can't, they see it when they are started anew.
	announce(ctx context.Context)
}

// value is one value, in the desktop's own notation.
type value struct {
	Text string `json:"text"`
	// Unset says that the user has no value of their own: Text is what holds
	// without one.
	Unset bool `json:"unset,omitempty"`
}

// same tells whether two values are the same to a user.
func (v value) same(w value) bool {
	return v.Unset == w.Unset && (v.Unset || v.Text == w.Text)
}

// values are a desktop's, by key. One that is missing does not exist, such as
// those of a network service that was removed.
type values map[string]value

// with returns the values with some replaced.
func (v values) with(others values) values {
	all := maps.Clone(v)
	maps.Copy(all, others)
	return all
}

// text returns a value's text; "" if it does not exist.
func (v values) text(key string) string { return v[key].Text }

// change is one step of a plan.
type change struct {
	key, text string
	// with are the keys that mean nothing without this one, or this one nothing
	// without them: if somebody else has changed one of these, this one is theirs
	// too.
	with []string
	// decides says that this value makes programs go where the others say.
	decides bool
}

// sorted goes through the keys in order.
func sorted(v values) iter.Seq[string] { return slices.Values(slices.Sorted(maps.Keys(v))) }
