package trust

import (
	"context"
	"os"
	"os/exec"

	"github.com/adrg/xdg"
)

const missingCertutil = "NSS's certutil is needed: install libnss3-tools (Debian, Ubuntu), nss-tools (Fedora), mozilla-nss-tools (openSUSE) or nss (Arch)"

// Stores finds the trust stores of this machine that this user has to do with.
// It starts no program.
func Stores(ctx context.Context) []Store {
	home, err := os.UserHomeDir()
	if err != nil {
		return nil
	}
	certutil, _ := exec.LookPath("certutil") // empty where it is missing
	stores := nssStores(chromiumPlaces(home, xdg.DataHome), certutil, missingCertutil, chromiumNote)
	stores = append(stores, nssStores(firefoxPlaces(home, xdg.ConfigHome), certutil, missingCertutil, firefoxNote)...)
	if s, ok := systemOf(distributions()); ok {
		stores = append(stores, Store{
			ID: "system", Name: "System", Clients: "curl, Python, Go, git and most other programs of all users, but not by Node", Place: s.anchors, Shared: true,
			Note: "Programs that are running see a change after a restart.", contents: s, run: command,
		})
	}
	return stores
}
