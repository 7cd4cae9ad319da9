package instance

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"corsage/profiles"
)

// A file of certificates that a terminal was given has the roots of profiles that
// came later.
func TestBundlesFollowTheRoots(t *testing.T) {
	dirs := testDirs(t)
	i, _ := begin(t, Options{Dirs: dirs})
	own := filepath.Join(t.TempDir(), "company.pem")
	if err := os.WriteFile(own, []byte("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := i.Status().Setup().Bundles.Write(own)
	if err != nil {
		t.Fatal(err)
	}
	count := func() int {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return bytes.Count(text, []byte("BEGIN CERTIFICATE"))
	}
	if n := count(); n != 1 {
		t.Fatalf("%d certificates before there is a profile", n)
	}
	p, err := profiles.FromURL("https://shop.example.com")
	if err != nil {
		t.Fatal(err)
	}
	if err := i.Store.Create(p); err != nil {
		t.Fatal(err)
	}
	if err := i.Store.SetEnabled(p.Name, true); err != nil {
		t.Fatal(err)
	}
	await(t, "the company's certificate and the profile's", func() bool { return count() == 2 })
}
