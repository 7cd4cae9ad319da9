package trust

import "crypto/x509"

// State is what a store makes of a profile's root.
type State string

// The states.
const (
	Trusted    State = "trusted"
	NotTrusted State = "not trusted"
	// Outdated: the store trusts an earlier root of the profile, which is good for
	// nothing any more, and not the present one.
	Outdated State = "another root of this profile"
	// Unknown: the store could not be read.
	Unknown State = "can't tell"
)

// StateOf tells what a store that holds held makes of a root, nil for a profile
// that has none, whose earlier ones are retired.
func StateOf(held []Held, root *x509.Certificate, retired []*x509.Certificate) State {
	if root != nil {
		if h := find(held, root); h != nil && h.Trusted {
			return Trusted
		}
	}
	for _, old := range retired {
		if find(held, old) != nil {
			return Outdated
		}
	}
	return NotTrusted
}

// Of returns those of the certificates that are held.
func Of(held []Held, certs ...*x509.Certificate) []Held {
	var found []Held
	for _, h := range held {
		for _, c := range certs {
			if h.Cert.Equal(c) {
				found = append(found, h)
				break
			}
		}
	}
	return found
}

// Without returns what is held besides the certificates.
func Without(held []Held, certs ...*x509.Certificate) []Held {
	var rest []Held
	for _, h := range held {
		if len(Of([]Held{h}, certs...)) == 0 {
			rest = append(rest, h)
		}
	}
	return rest
}
