// Package session is the held session: what a backend set as cookies, kept
// beside the browser for pages that the browser would not send them for.
package session

// Store holds the cookies of one profile, apart for each browser. Safe for
// concurrent use.
type Store struct{}

// NewStore returns an empty Store.
func NewStore() *Store { return &Store{} }
