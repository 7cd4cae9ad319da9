package browser

import (
	"context"
	"os"
)

// prepareChromium returns the arguments for a browser of Chromium's family. The
// authority is trusted by its key, which needs no tool and changes no trust
// store; --test-type only keeps the bar away that warns of that.
func prepareChromium(_ context.Context, dir string, o Options) ([]string, error) {
	args := []string{
		"--user-data-dir=" + dir,
		"--proxy-server=http://" + o.Proxy,
		"--proxy-bypass-list=<-loopback>",
		"--ignore-certificate-errors-spki-list=" + o.SPKI,
		"--test-type",
		"--disable-quic",
		"--no-first-run",
		"--no-default-browser-check",
		"--disable-sync",
		"--password-store=basic",
		"--use-mock-keychain",
	}
	if os.Geteuid() == 0 {
		args = append(args, "--no-sandbox") // Chromium does not start as root otherwise
	}
	args = append(args, o.Args...)
	if o.URL != "" {
		args = append(args, o.URL)
	}
	return args, nil
}
