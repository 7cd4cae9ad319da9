package trust

import "path/filepath"

// Measured with Chromium 156 and Firefox 153: certutil works beside a browser that
// runs, which goes by what it read at its start, however long one waits.
const (
	chromiumNote = "Browsers that are running see a change after a restart."
	firefoxNote  = "Where Firefox is running, it sees a change after a restart."
)

// NSS is the store of an NSS database in a folder, which need not be there yet.
// certutil is NSS's program of that name.
func NSS(id, name, clients, dir, certutil string) Store {
	return nssStores([]place{{id, name, clients, dir}}, certutil, "NSS's certutil is missing", chromiumNote)[0]
}

// nssStores are the stores at the places, by that certutil; where it is "",
// missing says what to do.
func nssStores(places []place, certutil, missing, note string) []Store {
	var stores []Store
	lacks := ""
	if certutil == "" {
		lacks = missing
	}
	for _, p := range places {
		stores = append(stores, Store{
			ID: p.id, Name: p.name, Clients: p.clients, Place: p.dir, Note: note,
			lacks: lacks, contents: nss{p.dir, certutil, missing}, run: hinted(detached),
		})
	}
	return stores
}

// loginKeychain is macOS's store for one user.
func loginKeychain(home string) Store {
	file := filepath.Join(home, "Library", "Keychains", "login.keychain-db")
	return Store{
		ID: "keychain", Name: "Login keychain", Clients: "Safari, Chrome, Edge, curl, and Firefox from version 120 on", Place: file,
		Note: "macOS asks for your password.", contents: keychain{file}, run: command,
	}
}

// userRoots is Windows's store for one user; system is its folder System32.
func userRoots(system string) Store {
	return Store{
		ID: "windows", Name: "Windows, this user", Clients: "Edge, Chrome, and Firefox from version 120 on", Place: `Cert:\CurrentUser\Root`,
		Note: "Windows shows the certificate and asks.",
		contents: rootStore{
			certutil:   filepath.Join(system, "certutil.exe"),
			powershell: filepath.Join(system, "WindowsPowerShell", "v1.0", "powershell.exe"),
		}, run: command,
	}
}
