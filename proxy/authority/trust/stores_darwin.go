package trust

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
)

const missingCertutil = "NSS's certutil is needed: brew install nss. Firefox from version 120 on also trusts what the login keychain does"

// Stores finds the trust stores of this machine that this user has to do with.
// It starts no program.
func Stores(ctx context.Context) []Store {
	home, err := os.UserHomeDir()
	if err != nil {
		return nil
	}
	stores := []Store{loginKeychain(home)}
	certutil, err := exec.LookPath("certutil")
	for _, brewed := range []string{"/opt/homebrew/opt/nss/bin/certutil", "/usr/local/opt/nss/bin/certutil"} {
		if _, statErr := os.Stat(brewed); err != nil && statErr == nil {
			certutil, err = brewed, nil
		}
	}
	places := profilesIn([]folder{{"", filepath.Join(home, "Library", "Application Support", "Firefox"), "Firefox"}})
	return append(stores, nssStores(places, certutil, missingCertutil, firefoxNote)...)
}
