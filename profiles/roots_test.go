package profiles

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"corsage/proxy"
	"corsage/proxy/authority"
)

// signing is a Store that gives its rules roots.
type signing struct {
	*Store
	engine applied
	dirs   Dirs
	ca     string // folder of the roots
	roots  *authority.Roots
}

func openSigning(t *testing.T, files map[string]string) *signing {
	t.Helper()
	g := &signing{dirs: tempDirs(t), ca: filepath.Join(t.TempDir(), "ca")}
	for name, text := range files {
		write(t, filepath.Join(g.dirs.Config, name), text)
	}
	g.roots = openRoots(t, g.ca)
	must(t, g.roots.Sweep(g.dirs.Config))
	var err error
	g.Store, err = Open(g.dirs, g.roots, g.engine.apply)
	must(t, err)
	t.Cleanup(func() { must(t, g.Close()) })
	return g
}

func openRoots(t *testing.T, dir string) *authority.Roots {
	t.Helper()
	roots, err := authority.OpenRoots(dir)
	must(t, err)
	return roots
}

// root is that of the only profile's rules; nil where they have none.
func (g *signing) root(t *testing.T) *authority.Authority {
	t.Helper()
	rules := g.engine.rules()
	for _, r := range rules {
		if r.Authority != rules[0].Authority {
			t.Fatal("the rules of one profile have two roots")
		}
	}
	if len(rules) == 0 {
		return nil
	}
	return rules[0].Authority
}

const (
	shopText  = "name: Shop\nbackends: [{url: \"https://dev.example.com\"}, {url: \"https://*.wild.test:*/api\"}, {url: \"https://10.0.0.5\"}, {url: \"http://plain.test\"}]\n"
	plainText = "name: Plain\nbackends: [{url: \"http://plain.test\"}]\n"
)

// An enabled profile's rules have its root, which is made when it is first needed
// and stays whatever is done to the profile but giving it a host.
func TestRulesHaveTheProfilesRoot(t *testing.T) {
	g := openSigning(t, map[string]string{"shop.yaml": shopText, "plain.yaml": plainText})
	if left, err := os.ReadDir(filepath.Join(g.ca, "roots")); len(left) != 0 {
		t.Errorf("roots for profiles that are off: %v, %v", left, err)
	}
	must(t, g.SetEnabled("Plain", true))
	if g.root(t) != nil {
		t.Error("a root where nothing is https")
	}
	must(t, g.SetEnabled("Plain", false))
	must(t, g.SetEnabled("Shop", true))
	first := g.root(t)
	if first == nil || !slices.Equal(first.Hosts(), []string{"dev.example.com", "wild.test", "10.0.0.5"}) || first.Profile() != filepath.Join(g.dirs.Config, "shop.yaml") {
		t.Fatalf("the root is %v", first)
	}
	rules := g.engine.rules()

	same := func(what string) {
		t.Helper()
		if g.root(t) != first {
			t.Errorf("%s: another root", what)
		}
	}
	must(t, g.SetEnabled("Plain", true))
	if now := g.engine.rules()[1:]; !slices.Equal(now, rules) { // Plain is first
		t.Error("rules that did not change are new ones")
	}
	must(t, g.SetEnabled("Plain", false))
	must(t, g.SetToggle("Shop", "relax-csp", true))
	same("a toggle")
	must(t, g.SetEnabled("Shop", false))
	must(t, g.SetEnabled("Shop", true))
	same("off and on")
	update := func(change func(p *Profile)) string {
		t.Helper()
		item := g.Items()[slices.IndexFunc(g.Items(), func(i Item) bool { return filepath.Base(i.File) == "shop.yaml" })]
		p := item.Profile.Clone()
		change(p)
		must(t, g.Update(item.Profile.Name, *p))
		return p.Name
	}
	update(func(p *Profile) { p.Name = "Store" })
	same("another name")
	update(func(p *Profile) { p.Backends[0].URL = "https://dev.example.com:8443/api" })
	same("another port and path")
	update(func(p *Profile) { p.Backends = append(p.Backends, Backend{URL: "http://more.test"}) })
	same("a host without TLS")
	update(func(p *Profile) { p.Backends = slices.Delete(p.Backends, 1, 2) })
	same("a host less")
	update(func(p *Profile) { p.Backends = append(p.Backends, Backend{URL: "https://more.test"}) })
	second := g.root(t)
	if second == first || !second.Permits("more.test") || second.Permits("a.wild.test") {
		t.Fatalf("with a host more the root is for %q", second.Hosts())
	}
	if notice := g.roots.Renewed(second.Profile()); !strings.Contains(notice, "more.test") {
		t.Errorf("the notice is %q", notice)
	}
}

// Roots makes those of profiles that are off too, of bad files none.
func TestRootsOfAllProfiles(t *testing.T) {
	g := openSigning(t, map[string]string{
		"shop.yaml": shopText, "plain.yaml": plainText, "bad.yaml": "name: Bad\nbackends: [",
		"a.yaml": "name: A\nbackends: [{url: \"https://a.test\"}]\n",
	})
	must(t, g.SetEnabled("Shop", true))
	for range 2 {
		list, err := g.Roots()
		must(t, err)
		if len(list) != 2 || list[0].Profile != "A" || list[0].Enabled || list[1].Profile != "Shop" || !list[1].Enabled || list[1].Authority != g.root(t) || filepath.Base(list[0].File) != "a.yaml" {
			t.Errorf("the roots are %+v", list)
		}
	}
}

// A profile whose root can't be made doesn't get in the way of others; the Store
// says so until it can be.
func TestRootThatCannotBeMade(t *testing.T) {
	g := openSigning(t, map[string]string{"shop.yaml": shopText, "a.yaml": "name: A\nbackends: [{url: \"https://a.test\"}]\n"})
	must(t, g.SetEnabled("A", true))
	working := g.root(t)
	roots := filepath.Join(g.ca, "roots")
	hidden := roots + ".hidden"
	must(t, errors.Join(os.Rename(roots, hidden), os.WriteFile(roots, nil, 0o600)))
	must(t, g.SetEnabled("Shop", true))
	rules := g.engine.rules()
	if rules[0].Authority != working || rules[1].Authority != nil {
		t.Errorf("the roots are %v and %v", rules[0].Authority, rules[1].Authority)
	}
	if err := g.Err(); err == nil || !strings.Contains(err.Error(), "the profile Shop has no root certificate") {
		t.Errorf("the Store says %v", err)
	}
	if list, err := g.Roots(); err == nil || len(list) != 1 || list[0].Authority != working {
		t.Errorf("the roots are %v, %v", list, err)
	}
	must(t, errors.Join(os.Remove(roots), os.Rename(hidden, roots)))
	g.Renew()
	if err := g.Err(); err != nil {
		t.Errorf("once it can be made the Store says %v", err)
	}
	if rules := g.engine.rules(); rules[0].Authority != working || rules[1].Authority == nil {
		t.Error("the missing root was not made")
	}
}

// A root that can't be renewed goes on for what it is good for.
func TestRootThatCannotBeRenewed(t *testing.T) {
	g := openSigning(t, map[string]string{"a.yaml": "name: A\nbackends: [{url: \"https://a.test\"}]\n"})
	must(t, g.SetEnabled("A", true))
	first := g.root(t)
	list := filepath.Join(g.ca, "retired.json")
	must(t, os.Mkdir(list, 0o700)) // where the old one would have to be noted
	must(t, g.Update("A", Profile{Name: "A", Backends: []Backend{{URL: "https://a.test"}, {URL: "https://b.test"}}}))
	if g.root(t) != first || len(g.engine.rules()) != 2 {
		t.Error("the old root is not used any more")
	}
	if err := g.Err(); err == nil || !strings.Contains(err.Error(), "the root certificate of the profile A can't be renewed") {
		t.Errorf("the Store says %v", err)
	}
	must(t, os.Remove(list))
	g.Renew()
	if now := g.root(t); now == first || !now.Permits("b.test") || g.Err() != nil {
		t.Errorf("once it can be, it was not renewed: %v", g.Err())
	}
}

// What another process does to a root shows at once.
func TestRootRenewedElsewhere(t *testing.T) {
	g := openSigning(t, map[string]string{"a.yaml": "name: A\nbackends: [{url: \"https://a.test\"}]\n"})
	must(t, g.SetEnabled("A", true))
	first := g.root(t)
	wake, cancel := g.Subscribe()
	defer cancel()
	must(t, os.RemoveAll(filepath.Dir(first.CertPath())))
	other, err := openRoots(t, g.ca).For(first.Profile(), []string{"a.test"})
	must(t, err)
	end := time.After(30 * time.Second)
	for !g.root(t).Certificate().Equal(other.Certificate()) {
		select {
		case <-wake:
		case <-end:
			t.Fatal("the rules still have the old root")
		}
	}
}

// A root that will end soon is replaced at a look, and the rules have the new one.
func TestRenew(t *testing.T) {
	g := openSigning(t, map[string]string{"a.yaml": "name: A\nbackends: [{url: \"https://a.test\"}]\n"})
	must(t, g.SetEnabled("A", true))
	first := g.root(t)
	times := g.engine.count()
	g.Renew()
	if g.root(t) != first || g.engine.count() != times {
		t.Error("a look at what is in order changed something")
	}
	shorten(t, first, 20*24*time.Hour)
	g.Renew()
	if now := g.root(t); now == first || time.Until(now.Certificate().NotAfter) < 365*24*time.Hour {
		t.Error("it was not renewed")
	}
	if notice := g.roots.Renewed(first.Profile()); !strings.Contains(notice, "would have expired on") {
		t.Errorf("the notice is %q", notice)
	}
}

// shorten lets a root's file end in a while, with the same key.
func shorten(t *testing.T, a *authority.Authority, left time.Duration) {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(a.CertPath(), a.Status().KeyPath)
	must(t, err)
	short := *a.Certificate()
	short.NotAfter = time.Now().Add(left)
	der, err := x509.CreateCertificate(rand.Reader, &short, &short, short.PublicKey, pair.PrivateKey)
	must(t, err)
	save(t, a.CertPath(), string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
}

// Files that were given have roots by their absolute path.
func TestRootsOfGivenFiles(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "shop.yaml"), shopText)
	t.Chdir(dir)
	roots := openRoots(t, filepath.Join(dir, "ca"))
	var a applied
	s, err := OpenFiles([]string{"shop.yaml"}, t.TempDir(), roots, a.apply)
	must(t, err)
	defer func() { must(t, s.Close()) }()
	var rule *proxy.Rule = a.rules()[0]
	if rule.Authority == nil || rule.Authority.Profile() != filepath.Join(dir, "shop.yaml") {
		t.Errorf("the root is that of %v", rule.Authority)
	}
}
