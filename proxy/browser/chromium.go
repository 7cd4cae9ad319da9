package browser

import (
	"os"
	"strings"
)

// chromiumArguments are those for a browser of Chromium's family.
//
// The roots are trusted by their keys, in this profile only (the switch counts
// with --user-data-dir alone); --test-type keeps the bar away that warns of it.
// There is no better place for them: the NSS database that Chromium reads on
// Linux is one for all profiles of the user, found by $HOME, on which fonts,
// themes and downloads depend as well. With a key the browser does not look at
// the root's name constraints, so that it relies on Corsage's signing for the
// chosen hosts only; whoever could steal the key could read the profile too.
func chromiumArguments(dir string, r roots, o Options) []string {
	args := []string{
		"--user-data-dir=" + dir,
		"--proxy-server=http://" + o.Proxy,
		"--proxy-bypass-list=<-loopback>",
		"--disable-quic",
		"--no-first-run",
		"--no-default-browser-check",
		"--disable-search-engine-choice-screen",
		"--hide-crash-restore-bubble",
		"--disable-sync",
		"--password-store=basic",
		"--use-mock-keychain",
	}
	if keys := r.spkis(); len(keys) > 0 {
		args = append(args, "--ignore-certificate-errors-spki-list="+strings.Join(keys, ","), "--test-type")
	}
	if os.Geteuid() == 0 {
		args = append(args, "--no-sandbox") // Chromium does not start as root otherwise
	}
	args = append(args, o.Args...)
	if o.URL != "" {
		args = append(args, o.URL)
	}
	return args
}
