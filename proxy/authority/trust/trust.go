// Package trust knows the trust stores of a machine: where Chromium, Firefox, the
// system and others keep the root certificates that they trust. It says whether a
// root is in one, puts it there, and takes out all that is Corsage's.
//
// What changes a store is a [Plan], a list of commands made by functions that run
// nothing, so that what is shown beforehand is what is run. A plan is run only by
// who asks for it: nothing here installs anything by itself. Only certificates
// are touched, never a key.
package trust

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Root is a root certificate to install.
type Root struct {
	// Profile is the name of the profile that it is for; it stands in labels.
	Profile string
	// Path is a PEM file that holds this certificate.
	Path string
	Cert *x509.Certificate
}

// Held is a certificate of Corsage's in a store.
type Held struct {
	Cert *x509.Certificate
	// Label is what the store calls it: a nickname, a file, or its hash.
	Label string
	// Trusted tells that servers whose certificates it signed are trusted. A
	// store can hold a certificate without that.
	Trusted bool
	// Beside are the other certificates in the file that Label is, which would go
	// with it.
	Beside []*x509.Certificate
}

// Store is one trust store. Its methods may be called from any number of
// goroutines; they start programs, and so take some milliseconds, or as long as
// somebody takes to enter a password.
type Store struct {
	// ID names it on the command line: a kind such as "nss", and where there may be
	// several a colon and which.
	ID string
	// Name is for people, as is Clients, what reads it.
	Name, Clients string
	// Place is its folder or file.
	Place string
	// Note is what else people should know, such as that a browser must be
	// restarted; empty for nothing.
	Note string
	// Shared tells that it is all users', so that changes need root.
	Shared bool

	lacks string // see Plan.Lacks
	contents
	run runner
}

// contents is what differs from store to store.
type contents interface {
	// list returns what is Corsage's in it.
	list(ctx context.Context, run runner) ([]Held, error)
	// install are the commands that add roots, where held is there.
	install(roots []Root, held []Held) [][]string
	// remove are the commands that take out what is held.
	remove(held []Held) [][]string
}

// Held returns Corsage's certificates in the store, those of roots that were
// retired or forgotten too. Its error says why that can't be told, and what to do.
func (s *Store) Held(ctx context.Context) ([]Held, error) {
	held, err := s.list(ctx, s.run)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.Name, err)
	}
	return held, nil
}

// Installing is what would have the roots trusted of which held says that they
// are not; empty if all are.
func (s *Store) Installing(roots []Root, held []Held) Plan {
	roots = slices.DeleteFunc(slices.Clone(roots), func(r Root) bool {
		h := find(held, r.Cert)
		return h != nil && h.Trusted
	})
	if len(roots) == 0 {
		return Plan{}
	}
	return Plan{Commands: s.install(roots, held), Root: s.Shared, Lacks: s.lacks}
}

// Removing is what would take out what is held; empty for nothing.
func (s *Store) Removing(held []Held) Plan {
	alone, left := apart(held)
	plan := Plan{Root: s.Shared, Left: left}
	if len(alone) > 0 {
		plan.Commands = s.remove(alone)
	}
	return plan
}

// apart returns those of held that can go without taking anything else along, and
// a sentence about the rest.
func apart(held []Held) (alone []Held, left string) {
	var files []string
	for _, h := range held {
		if !slices.ContainsFunc(h.Beside, func(c *x509.Certificate) bool { return find(held, c) == nil }) {
			alone = append(alone, h)
		} else if !slices.Contains(files, h.Label) {
			files = append(files, h.Label)
		}
	}
	if len(files) == 0 {
		return alone, ""
	}
	return alone, strings.Join(files, " and ") + " also has certificates that are to stay, so it is left as it is: take Corsage's out of it by hand, and update the store"
}

// apply runs a plan and looks afterwards whether the roots are trusted and what
// was to go is gone. Where it fails, no root stays in the store half done.
func (f *Found) apply(ctx context.Context, p Plan, roots []Root, gone []Held) error {
	err := p.run(ctx, f.run)
	after, listErr := f.Held(context.WithoutCancel(ctx))
	if listErr != nil {
		return errors.Join(err, listErr)
	}
	var half []Held
	for _, r := range roots {
		h := find(after, r.Cert)
		if h != nil && h.Trusted {
			continue
		}
		if h != nil && find(f.Content, r.Cert) == nil {
			half = append(half, *h)
		}
		if err == nil {
			err = fmt.Errorf("the certificate of the profile %q is still not trusted: look at what manages %s", r.Profile, f.Place)
		}
	}
	for _, h := range gone {
		if err == nil && find(after, h.Cert) != nil {
			err = fmt.Errorf("%q is still there: remove it with what manages %s", h.Label, f.Place)
			if p.Left != "" {
				err = errors.New(p.Left)
			}
		}
	}
	if err == nil {
		return nil
	}
	return errors.Join(fmt.Errorf("%s: %w", f.Name, err), f.Removing(half).run(context.WithoutCancel(ctx), f.run))
}

// Untrust takes out what is held.
func (f *Found) Untrust(ctx context.Context, held []Held) error {
	return f.apply(ctx, f.Removing(held), nil, held)
}

// Find returns the stores that match an ID, or a kind of it: "firefox" is all of
// Firefox's profiles. Its error lists what there is.
func Find(stores []Store, id string) ([]Store, error) {
	var found []Store
	var ids []string
	for _, s := range stores {
		kind, _, _ := strings.Cut(s.ID, ":")
		if s.ID == id || kind == id {
			found = append(found, s)
		}
		ids = append(ids, s.ID)
	}
	if len(found) > 0 {
		return found, nil
	}
	if len(ids) == 0 {
		return nil, errors.New("there is no trust store on this machine that Corsage knows")
	}
	return nil, fmt.Errorf("there is no trust store %q here; there is %s", id, strings.Join(ids, ", "))
}

// find returns what is held of a certificate; nil if it is not.
func find(held []Held, cert *x509.Certificate) *Held {
	for i := range held {
		if held[i].Cert.Equal(cert) {
			return &held[i]
		}
	}
	return nil
}

// organization is that of all roots of Corsage, by which they are found again.
const organization = "Corsage"

// isOurs reports whether a certificate is a root of Corsage, of any profile, user
// and time.
func isOurs(c *x509.Certificate) bool {
	return c.IsCA && slices.Contains(c.Subject.Organization, organization)
}

// mark is the begin of a certificate's SHA-256, which tells it from others in
// labels.
func mark(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	return fmt.Sprintf("%x", sum[:6])
}

// label is what people see in a store's own windows. No store gives any
// character in it a meaning, as NSS does to colons.
func (r Root) label() string {
	name := strings.Map(func(c rune) rune {
		if c == ':' || c == unicode.ReplacementChar || !unicode.IsPrint(c) {
			return '_'
		}
		return c
	}, r.Profile)
	return fmt.Sprintf("%s %s (%s)", organization, strings.TrimSpace(name), mark(r.Cert))
}
