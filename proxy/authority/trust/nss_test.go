package trust

import (
	"crypto/x509"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func newNSS(t *testing.T, dir string) Store {
	return nssStores([]place{{id: "nss", name: "Test", dir: dir}}, program(t, "certutil"), "certutil is missing", "")[0]
}

// run runs a program that must succeed, and returns what it said.
func run(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command(args[0], args[1:]...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", args, err, out)
	}
	return string(out)
}

// A real database: what is Corsage's comes, is found, and goes, and what is not
// stays.
func TestNSS(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "not there yet", "nssdb")
	s := newNSS(t, dir)
	shop, other, foreign := newRoot(t, "Shop"), newRoot(t, "Łódź: 'x' \"y\" $z `w`\n"), newRoot(t, "x", func(c *x509.Certificate) {
		c.Subject.Organization, c.Subject.CommonName = []string{"Somebody"}, "Corsage of somebody"
	})
	expect := func(step string, want ...testRoot) []Held {
		t.Helper()
		held, err := s.Held(t.Context())
		if err != nil {
			t.Fatalf("%s: %v", step, err)
		}
		for _, w := range want {
			if StateOf(held, w.Cert, nil) != Trusted {
				t.Errorf("%s: %s is not trusted", step, w.Profile)
			}
		}
		if len(held) != len(want) {
			t.Errorf("%s: %d held", step, len(held))
		}
		return held
	}
	expect("at first")
	if err := install(t, &s, shop.Root); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder: %v %v", info, err)
	}
	run(t, "certutil", "-A", "-d", "sql:"+dir, "-t", "C,,", "-n", "Corsage of somebody", "-i", foreign.Path)
	expect("one", shop)
	if err := install(t, &s, shop.Root, other.Root); err != nil {
		t.Fatal(err)
	}
	held := expect("two", shop, other)
	if plan := s.Installing([]Root{shop.Root, other.Root}, held); !plan.Empty() {
		t.Errorf("again: %v", plan)
	}
	// NSS's list tells the profile, and that trust is for TLS servers alone.
	if list := run(t, "certutil", "-L", "-d", "sql:"+dir); !strings.Contains(list, "Corsage Shop ("+mark(shop.Cert)+")") || !strings.Contains(list, "C,, ") {
		t.Errorf("the list:\n%s", list)
	}

	// Somebody takes the trust away and leaves the certificate.
	run(t, "certutil", "-M", "-d", "sql:"+dir, "-t", ",,", "-n", shop.label())
	held, err := s.Held(t.Context())
	if err != nil || StateOf(held, shop.Cert, nil) != NotTrusted || len(held) != 2 {
		t.Errorf("without trust: %v %v", held, err)
	}
	if err := install(t, &s, shop.Root); err != nil {
		t.Fatal(err)
	}
	expect("trusted again", shop, other)

	// Somebody imported one by hand, by its own name.
	hand := newRoot(t, "Hand")
	run(t, "certutil", "-A", "-d", "sql:"+dir, "-t", "CT,c,", "-n", hand.Cert.Subject.CommonName+" - Corsage", "-i", hand.Path)
	held = expect("by hand", shop, other, hand)

	if err := uninstall(t, &s, Of(held, shop.Cert)); err != nil {
		t.Fatal(err)
	}
	held = expect("without shop", other, hand)
	if err := uninstall(t, &s, held); err != nil {
		t.Fatal(err)
	}
	expect("at last")
	if list := run(t, "certutil", "-L", "-d", "sql:"+dir); !strings.Contains(list, "Corsage of somebody") {
		t.Errorf("what is not Corsage's is gone:\n%s", list)
	}
	if keys, err := exec.Command("certutil", "-K", "-d", "sql:"+dir).CombinedOutput(); err == nil || !strings.Contains(string(keys), "no keys found") {
		t.Errorf("a key is in the store: %s", keys)
	}
}

// Where the database has a password, nothing is installed, nothing stays half
// done, and what to do is said.
func TestNSSPassword(t *testing.T) {
	dir := t.TempDir()
	s := newNSS(t, dir)
	password := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(password, []byte("secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, "certutil", "-N", "-d", "sql:"+dir, "-f", password)
	shop := newRoot(t, "Shop")
	err := install(t, &s, shop.Root)
	if err == nil || !strings.Contains(err.Error(), "protected by a password") {
		t.Errorf("installing: %v", err)
	}
	if list := run(t, "certutil", "-L", "-d", "sql:"+dir); strings.Contains(list, "Corsage") {
		t.Errorf("left behind:\n%s", list)
	}
	// One that is there goes without the password.
	run(t, "certutil", "-A", "-d", "sql:"+dir, "-f", password, "-t", "C,,", "-n", shop.label(), "-i", shop.Path)
	held, err := s.Held(t.Context())
	if err != nil || len(held) != 1 {
		t.Fatalf("held: %v %v", held, err)
	}
	if err := uninstall(t, &s, held); err != nil {
		t.Error(err)
	}
}

// Some processes at once, of which each finds no database yet: those that come too
// late may fail, but they end, and what they were to do can be done.
func TestNSSAtOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "nssdb")
	shop := newRoot(t, "Shop")
	s := newNSS(t, dir)
	var all sync.WaitGroup
	for _, f := range Survey(t.Context(), []Store{s, s, s, s}) {
		all.Go(func() {
			if err := f.Trust(t.Context(), Profile{Name: "Shop", Root: shop.Root}); err != nil {
				t.Log(err)
			}
		})
	}
	all.Wait()
	if err := install(t, &s, shop.Root); err != nil {
		t.Error(err)
	}
	if held, err := s.Held(t.Context()); err != nil || StateOf(held, shop.Cert, nil) != Trusted || len(held) != 1 {
		t.Errorf("held %v: %v", held, err)
	}
}

// Without certutil nothing is begun: an empty folder would be what Chromium reads
// from then on.
func TestNSSWithoutCertutil(t *testing.T) {
	dir := filepath.Join(t.TempDir(), ".pki", "nssdb")
	s := NSS("nss", "Test", "", dir, "")
	shop := newRoot(t, "Shop")
	if err := install(t, &s, shop.Root); err == nil || !strings.Contains(err.Error(), "certutil is missing") {
		t.Errorf("installing: %v", err)
	}
	if _, err := os.Stat(filepath.Dir(dir)); err == nil {
		t.Error("a folder was left behind")
	}
	if plan := s.Installing([]Root{shop.Root}, nil); plan.Lacks == "" || len(plan.Lines(AsIs)) != 3 {
		t.Errorf("plan %+v", plan)
	}
}

func TestNSSCantTell(t *testing.T) {
	dir := t.TempDir()
	s := newNSS(t, dir)
	if err := os.WriteFile(filepath.Join(dir, "cert9.db"), []byte("garbage"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Held(t.Context()); err == nil || !strings.Contains(err.Error(), "certutil") {
		t.Errorf("a damaged database: %v", err)
	}
	s.contents = nss{dir, "", "certutil is missing"}
	if _, err := s.Held(t.Context()); err == nil || !strings.Contains(err.Error(), "certutil is missing") {
		t.Errorf("without certutil: %v", err)
	}
	if err := os.Rename(filepath.Join(dir, "cert9.db"), filepath.Join(dir, "cert8.db")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Held(t.Context()); err == nil || !strings.Contains(err.Error(), "old kind") {
		t.Errorf("an old database: %v", err)
	}
}

func TestNicknames(t *testing.T) {
	const list = `
Certificate Nickname                                         Trust Attributes
                                                             SSL,S/MIME,JAR/XPI

Corsage Shop (ab12cd34ef56)                                  C,,  
Corsage a name that is longer than the column, and so much that it goes on CT,c,C
two  spaces                                                  ,,   
Łódź                                                     u,u,u
Builtin Object Token:Some CA                                 cp,p,p
`
	got := make(map[string]bool)
	for name, trusted := range nicknames([]byte(list)) {
		got[name] = trusted
	}
	want := map[string]bool{
		"Corsage Shop (ab12cd34ef56)": true,
		"Corsage a name that is longer than the column, and so much that it goes on": true,
		"two  spaces": false, "Łódź": false, "Builtin Object Token:Some CA": false,
	}
	for name, trusted := range want {
		if t2, ok := got[name]; !ok || t2 != trusted {
			t.Errorf("%q: %v %v", name, ok, t2)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%v", got)
	}
}

func FuzzNicknames(f *testing.F) {
	f.Add([]byte("Corsage Shop (ab12cd34ef56)                                  C,,  \n"))
	f.Add([]byte("a ,,\nSSL,S/MIME,JAR/XPI"))
	f.Fuzz(func(t *testing.T, out []byte) {
		for name := range nicknames(out) {
			if name != strings.TrimRight(name, " \t\n\r\v\f") || name == "" || strings.Contains(name, "\n") {
				t.Errorf("%q of %q", name, out)
			}
		}
	})
}
