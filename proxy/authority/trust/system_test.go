package trust

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// Debian's own program, in a folder in place of /, makes the bundle that curl
// then trusts a server by.
func TestSystem(t *testing.T) {
	program(t, "curl")
	program(t, "openssl") // which update-ca-certificates calls
	update := program(t, "update-ca-certificates")
	dir := t.TempDir()
	s := system{anchors: filepath.Join(dir, "local"), bundle: filepath.Join(dir, "etc", "ca-certificates.crt")}
	s.update = []string{update, "--localcertsdir", s.anchors, "--etccertsdir", filepath.Dir(s.bundle), "--certsconf", filepath.Join(dir, "conf"), "--certsdir", filepath.Join(dir, "certs"), "--hooksdir", filepath.Join(dir, "hooks")}
	for _, d := range []string{"local", "etc", "certs", "hooks"} {
		if err := os.Mkdir(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	s.without = append(slices.Clone(s.update), "--fresh")
	foreign := newRoot(t, "x", func(c *x509.Certificate) { c.Subject.Organization = []string{"Somebody"} })
	for name, text := range map[string]string{"conf": "theirs.crt\n", "certs/theirs.crt": pemText(foreign)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	store := Store{ID: "system", Name: "System", contents: s, run: command}
	shop, other := newRoot(t, "Shop"), newRoot(t, "Other / ../ one")
	servers := make(map[string]string)
	for _, r := range []testRoot{shop, other} {
		server := httptest.NewUnstartedServer(http.NotFoundHandler())
		server.TLS = &tls.Config{Certificates: []tls.Certificate{r.leaf(t)}}
		server.StartTLS()
		t.Cleanup(server.Close)
		servers[r.Profile] = strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	}
	curl := func(r testRoot) bool {
		out, err := exec.Command("curl", "-sS", "--noproxy", "*", "--cacert", s.bundle, "--capath", dir, servers[r.Profile]).CombinedOutput()
		if err != nil && !strings.Contains(string(out), "certificate") {
			t.Fatalf("curl: %v\n%s", err, out)
		}
		return err == nil
	}
	expect := func(step string, want map[string]bool) []Held {
		t.Helper()
		held, err := store.Held(t.Context())
		if err != nil {
			t.Fatalf("%s: %v", step, err)
		}
		for _, r := range []testRoot{shop, other} {
			if got := StateOf(held, r.Cert, nil) == Trusted; got != want[r.Profile] || curl(r) != got {
				t.Errorf("%s: %s: trusted by the store %v, by curl %v", step, r.Profile, got, curl(r))
			}
		}
		return held
	}
	run(t, s.update...)
	expect("at first", nil)
	if err := install(t, &store, shop.Root, other.Root); err != nil {
		t.Fatal(err)
	}
	held := expect("both", map[string]bool{"Shop": true, "Other / ../ one": true})
	files, _ := filepath.Glob(filepath.Join(s.anchors, "*"))
	want := []string{filepath.Join(s.anchors, "corsage-other-one-"+mark(other.Cert)+".crt"), filepath.Join(s.anchors, "corsage-shop-"+mark(shop.Cert)+".crt")}
	if !slices.Equal(files, want) {
		t.Errorf("files %v", files)
	}
	for _, f := range files {
		if info, err := os.Stat(f); err != nil || info.Mode().Perm() != 0o644 {
			t.Errorf("%s: %v %v", f, info, err)
		}
	}
	if err := uninstall(t, &store, Of(held, shop.Cert)); err != nil {
		t.Fatal(err)
	}
	held = expect("one", map[string]bool{"Other / ../ one": true})

	// Somebody deleted the file, and the bundle was not made anew.
	if err := os.Remove(held[0].Label); err != nil {
		t.Fatal(err)
	}
	held = expect("without its file", map[string]bool{"Other / ../ one": true})
	if err := uninstall(t, &store, held); err != nil {
		t.Fatal(err)
	}
	expect("at last", nil)
	if links, _ := filepath.Glob(filepath.Join(dir, "etc", "*")); len(links) != 3 { // the bundle, theirs.pem and its hash
		t.Errorf("left behind: %v", links)
	}

	// A file that was not taken over yet is not trusted, and installing takes it over.
	text, err := os.ReadFile(shop.Path)
	if err == nil {
		err = os.WriteFile(filepath.Join(s.anchors, "mine.crt"), text, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	if held = expect("not taken over", nil); len(held) != 1 || held[0].Trusted {
		t.Errorf("held %v", held)
	}
	if err := install(t, &store, shop.Root); err != nil {
		t.Fatal(err)
	}
	expect("taken over", map[string]bool{"Shop": true})
}

// A file of an administrator's that holds Corsage's certificates among others
// stays, and so does one that also has another profile's.
func TestSystemFilesOfSeveral(t *testing.T) {
	dir := t.TempDir()
	s := system{anchors: dir, update: []string{"true"}, without: []string{"true"}, bundle: filepath.Join(t.TempDir(), "bundle.crt")}
	store := Store{ID: "system", Name: "System", contents: s, run: command}
	shop, other := newRoot(t, "Shop"), newRoot(t, "Other")
	foreign := newRoot(t, "x", func(c *x509.Certificate) { c.Subject.Organization = []string{"Somebody"} })
	both, company := filepath.Join(dir, "both.crt"), filepath.Join(dir, "company.crt")
	for path, text := range map[string]string{both: pemText(shop, other), company: pemText(foreign, shop)} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	held, err := store.Held(t.Context())
	if err != nil || len(held) != 3 {
		t.Fatalf("held %v: %v", held, err)
	}
	of := Of(held, shop.Cert)
	if plan := store.Removing(of); !plan.Empty() || !strings.Contains(plan.Left, both+" and "+company) {
		t.Errorf("one profile's: %+v", plan)
	}
	if err := uninstall(t, &store, of); err == nil || !strings.Contains(err.Error(), "by hand") {
		t.Errorf("one profile's: %v", err)
	}
	plan := store.Removing(held)
	if lines := plan.Lines(AsIs); !slices.Equal(lines, []string{"rm -f " + both, "true"}) || strings.Contains(plan.Left, both) || !strings.Contains(plan.Left, company) {
		t.Errorf("all: %q, %q", lines, plan.Left)
	}
	if err := uninstall(t, &store, held); err == nil || !strings.Contains(err.Error(), company+" also has") {
		t.Errorf("all: %v", err)
	}
	if files, _ := filepath.Glob(filepath.Join(dir, "*")); !slices.Equal(files, []string{company}) {
		t.Errorf("left are %q", files)
	}
}

// The commands of each distribution.
func TestSystemCommands(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("these are paths of Linux")
	}
	shop := newRoot(t, "My Shop")
	shop.Path = "/home/me/my ca.pem"
	file := "corsage-my-shop-" + mark(shop.Cert) + ".crt"
	for _, c := range []struct{ anchors, update, without string }{
		{"/etc/pki/ca-trust/source/anchors", "update-ca-trust extract", "update-ca-trust extract"},
		{"/etc/ca-certificates/trust-source/anchors", "trust extract-compat", "trust extract-compat"},
		{"/etc/pki/trust/anchors", "update-ca-certificates", "update-ca-certificates"},
		{"/usr/local/share/ca-certificates", "update-ca-certificates", "update-ca-certificates --fresh"},
	} {
		var s system
		for _, d := range distributions() {
			if d.anchors == c.anchors {
				s = d
			}
		}
		store := Store{contents: s, Shared: true}
		install := store.Installing([]Root{shop.Root}, nil)
		want := []string{"sudo /bin/sh -c 'install -m 0644 '\"'\"'/home/me/my ca.pem'\"'\"' " + c.anchors + "/" + file + " && " + c.update + "'"}
		if got := install.Lines(Sudo); !slices.Equal(got, want) {
			t.Errorf("install: %q\nwant %q", got, want)
		}
		remove := store.Removing([]Held{{Cert: shop.Cert, Label: c.anchors + "/" + file, Trusted: true}})
		want = []string{"rm -f " + c.anchors + "/" + file, c.without}
		if got := remove.Lines(AsIs); !slices.Equal(got, want) || !remove.Root {
			t.Errorf("remove: %q\nwant %q", got, want)
		}
	}
	if _, ok := systemOf([]system{{anchors: filepath.Join(t.TempDir(), "none")}}); ok {
		t.Error("a system without a store has one")
	}
}
