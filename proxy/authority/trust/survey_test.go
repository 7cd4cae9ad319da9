package trust

import (
	"context"
	"crypto/x509"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A profile's new root comes in place of the old one; another profile's stays, and
// so does what nobody knows any more.
func TestSurvey(t *testing.T) {
	s := newNSS(t, filepath.Join(t.TempDir(), "nssdb"))
	old, now, other, unknown := newRoot(t, "Shop"), newRoot(t, "Shop"), newRoot(t, "Other"), newRoot(t, "Deleted")
	shop := Profile{"Shop", now.Root, []*x509.Certificate{old.Cert}}
	others := Profile{Name: "Other", Root: other.Root}
	if err := install(t, &s, old.Root, other.Root, unknown.Root); err != nil {
		t.Fatal(err)
	}
	broken := s
	broken.contents = failing{}
	look := func() *Found {
		found := Survey(t.Context(), []Store{broken, s})
		if found[0].State(shop) != Unknown || found[0].Err == nil || found[1].Err != nil {
			t.Errorf("%+v", found)
		}
		return &found[1]
	}
	f := look()
	if f.State(shop) != Outdated || f.State(others) != Trusted || len(f.Of(shop)) != 1 || len(f.Rest([]Profile{shop, others})) != 2 {
		t.Errorf("before: %s, %s, %v", f.State(shop), f.State(others), f.Rest([]Profile{shop, others}))
	}
	if err := f.Trust(t.Context(), shop, others); err != nil {
		t.Fatal(err)
	}
	f = look()
	if f.State(shop) != Trusted || f.State(others) != Trusted || find(f.Content, old.Cert) != nil || len(f.Content) != 3 {
		t.Errorf("after: %s, %v", f.State(shop), f.Content)
	}
	if plan := f.Trusting(shop, others); !plan.Empty() {
		t.Errorf("again: %q", plan.Lines(AsIs))
	}
	rest := f.Rest([]Profile{shop, others})
	if len(rest) != 1 || !rest[0].Cert.Equal(unknown.Cert) {
		t.Fatalf("rest %v", rest)
	}
	if err := f.Untrust(t.Context(), rest); err != nil {
		t.Fatal(err)
	}
	if f = look(); len(f.Content) != 2 {
		t.Errorf("at last: %v", f.Content)
	}
}

// What the plan says is what is run, and nothing else changes the store.
func TestTrustRunsThePlan(t *testing.T) {
	old, now := newRoot(t, "Shop"), newRoot(t, "Shop")
	shop := Profile{"Shop", now.Root, []*x509.Certificate{old.Cert}}
	f := &Found{Store: loginKeychain("/Users/me"), Content: []Held{{Cert: old.Cert, Label: thumbprint(old.Cert), Trusted: true}}}
	r := &recorder{answers: map[string]any{"security find-certificate": pemText(now), "security dump-trust-settings": "Cert 0: " + now.Cert.Subject.CommonName + "\n"}}
	f.run = r.run
	if err := f.Trust(t.Context(), shop); err != nil {
		t.Fatal(err)
	}
	plan := f.Trusting(shop)
	if len(plan.Commands) != 2 || len(r.ran) != 4 {
		t.Fatalf("%q, ran %q", plan.Commands, r.ran)
	}
	var want []string
	for _, args := range plan.Commands {
		want = append(want, strings.Join(args, " "))
	}
	if !slices.Equal(r.ran[:2], want) {
		t.Errorf("ran %q, planned %q", r.ran, want)
	}
	// A command that succeeds and changes nothing is told.
	r.answers["security dump-trust-settings"] = ""
	if err := f.Trust(t.Context(), shop); err == nil {
		t.Error("what is not trusted is taken for trusted")
	}
	r.answers["security find-certificate"] = pemText(now, old)
	if err := f.Untrust(t.Context(), f.Content); err == nil {
		t.Error("what is still there is taken for gone")
	}
}

// failing is a store that can't be read.
type failing struct{ contents }

func (failing) list(context.Context, runner) ([]Held, error) { return nil, errors.New("broken") }
