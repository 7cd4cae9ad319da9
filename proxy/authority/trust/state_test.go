package trust

import (
	"crypto/x509"
	"testing"
)

func TestStateOf(t *testing.T) {
	now, old, older, other := newRoot(t, "Shop"), newRoot(t, "Shop"), newRoot(t, "Shop"), newRoot(t, "Other")
	retired := []*x509.Certificate{older.Cert, old.Cert}
	has := func(trusted bool, roots ...testRoot) []Held {
		var held []Held
		for _, r := range roots {
			held = append(held, Held{Cert: r.Cert, Label: r.label(), Trusted: trusted})
		}
		return held
	}
	for _, c := range []struct {
		name string
		held []Held
		root *x509.Certificate
		want State
	}{
		{"nothing", nil, now.Cert, NotTrusted},
		{"it", has(true, other, now), now.Cert, Trusted},
		{"it and an old one", has(true, old, now), now.Cert, Trusted},
		{"an old one", has(true, other, old), now.Cert, Outdated},
		{"it without trust", has(false, now), now.Cert, NotTrusted},
		{"another profile's", has(true, other), now.Cert, NotTrusted},
		{"an old one of a profile that has none", has(true, old), nil, Outdated},
		{"none of a profile that has none", has(true, other), nil, NotTrusted},
	} {
		if got := StateOf(c.held, c.root, retired); got != c.want {
			t.Errorf("%s: %s", c.name, got)
		}
	}
	held := has(true, now, old, other)
	if got := Of(held, now.Cert, old.Cert); len(got) != 2 {
		t.Errorf("of: %v", got)
	}
	if got := Without(held, now.Cert, old.Cert); len(got) != 1 || got[0].Cert != other.Cert {
		t.Errorf("without: %v", got)
	}
}
