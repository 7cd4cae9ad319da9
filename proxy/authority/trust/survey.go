package trust

import (
	"context"
	"crypto/x509"
	"slices"
	"sync"
)

// Profile is one whose root is to be trusted, or was.
type Profile struct {
	Name string
	// Root is the present one.
	Root Root
	// Retired are those that it replaced: they are good for nothing any more.
	Retired []*x509.Certificate
}

// Found is what was found in a store.
type Found struct {
	Store
	Content []Held // what is Corsage's in it
	// Err says why Content could not be told, and what to do.
	Err error
}

// Survey looks into stores, all at once, and returns what it found in their
// order.
func Survey(ctx context.Context, stores []Store) []Found {
	found := make([]Found, len(stores))
	var all sync.WaitGroup
	for i, s := range stores {
		all.Go(func() {
			held, err := s.Held(ctx)
			found[i] = Found{s, held, err}
		})
	}
	all.Wait()
	return found
}

// State tells what the store makes of a profile's root.
func (f *Found) State(p Profile) State {
	if f.Err != nil {
		return Unknown
	}
	return StateOf(f.Content, p.Root.Cert, p.Retired)
}

// Of returns what is held of a profile, present and retired.
func (f *Found) Of(p Profile) []Held {
	return Of(f.Content, append([]*x509.Certificate{p.Root.Cert}, p.Retired...)...)
}

// Rest returns what is held besides the present roots of the profiles: what is
// good for nothing any more, or another user's.
func (f *Found) Rest(profiles []Profile) []Held {
	var present []*x509.Certificate
	for _, p := range profiles {
		present = append(present, p.Root.Cert)
	}
	return Without(f.Content, present...)
}

// Trusting is what would have the profiles' roots trusted, and none of those that
// they replaced; empty if that is so.
func (f *Found) Trusting(profiles ...Profile) Plan {
	roots, retired := f.change(profiles)
	plan, less := f.Installing(roots, f.Content), f.Removing(retired)
	plan.Commands = slices.Concat(plan.Commands, less.Commands)
	plan.Root, plan.Left = f.Shared, less.Left
	return plan
}

func (f *Found) change(profiles []Profile) (roots []Root, retired []Held) {
	for _, p := range profiles {
		roots = append(roots, p.Root)
		retired = append(retired, Of(f.Content, p.Retired...)...)
	}
	return roots, retired
}

// Trust does what Trusting is. Where that fails and has become something else
// meanwhile, as where two processes make a store at once, it does that.
func (f *Found) Trust(ctx context.Context, profiles ...Profile) error {
	roots, retired := f.change(profiles)
	plan := f.Trusting(profiles...)
	err := f.apply(ctx, plan, roots, retired)
	if err == nil {
		return nil
	}
	if now := f.Trusting(profiles...); !slices.EqualFunc(now.Commands, plan.Commands, slices.Equal) {
		return f.apply(ctx, now, roots, retired)
	}
	return err
}

// Gone returns those of the certificates that no store has; none where one of
// the stores could not be read, since that may have them.
func Gone(found []Found, certs ...*x509.Certificate) []*x509.Certificate {
	var gone []*x509.Certificate
	for _, c := range certs {
		if !slices.ContainsFunc(found, func(f Found) bool { return f.Err != nil || len(Of(f.Content, c)) > 0 }) {
			gone = append(gone, c)
		}
	}
	return gone
}
