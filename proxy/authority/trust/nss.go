package trust

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// nss is a database of Mozilla's Network Security Services, as Chromium on Linux
// and Firefox have them. NSS's certutil works on it, beside a browser that runs.
type nss struct {
	dir string // absolute
	// certutil is the program; empty where it is missing, which missing says.
	certutil, missing string
}

// trustFlags make a root one for TLS servers, and for nothing else.
const trustFlags = "C,,"

func (n nss) database() string { return "sql:" + n.dir }

// exists reports whether there is a database yet.
func (n nss) exists() bool {
	_, err := os.Stat(filepath.Join(n.dir, "cert9.db"))
	return err == nil
}

func (n nss) list(ctx context.Context, run runner) ([]Held, error) {
	if !n.exists() {
		if _, err := os.Stat(filepath.Join(n.dir, "cert8.db")); err == nil {
			return nil, errors.New("its database is of an old kind: open the profile once in a present Firefox")
		}
		return nil, nil
	}
	if n.certutil == "" {
		return nil, errors.New(n.missing)
	}
	out, err := run(ctx, n.certutil, "-L", "-d", n.database())
	if err != nil {
		return nil, err
	}
	var held []Held
	for name, trusted := range nicknames(out) {
		// Those that somebody imported by hand are named by their subject.
		if !strings.Contains(name, organization) {
			continue
		}
		text, err := run(ctx, n.certutil, "-L", "-d", n.database(), "-n", name, "-a")
		if err != nil {
			return nil, err
		}
		for _, c := range certificates(text) {
			if isOurs(c) && find(held, c) == nil {
				held = append(held, Held{Cert: c, Label: name, Trusted: trusted})
			}
		}
	}
	return held, nil
}

// nickname matches a line of certutil's list: a name and its flags.
var nickname = regexp.MustCompile(`^(.*\S)\s+([a-zA-Z]*),[a-zA-Z]*,[a-zA-Z]*\s*$`)

// nicknames reads certutil's list, in its order: names, and whether each is
// trusted for TLS servers.
func nicknames(out []byte) func(yield func(string, bool) bool) {
	return func(yield func(string, bool) bool) {
		for line := range strings.Lines(string(out)) {
			m := nickname.FindStringSubmatch(line)
			if m == nil || m[2] == "SSL" { // the heading
				continue
			}
			if !yield(m[1], strings.Contains(m[2], "C")) {
				return
			}
		}
	}
}

// certificates are those in PEM text; what can't be read is none.
func certificates(text []byte) []*x509.Certificate {
	var all []*x509.Certificate
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if c, err := x509.ParseCertificate(block.Bytes); err == nil && block.Type == "CERTIFICATE" {
			all = append(all, c)
		}
	}
	return all
}

func (n nss) install(roots []Root, held []Held) [][]string {
	certutil := n.certutil
	if certutil == "" {
		certutil = "certutil"
	}
	var commands [][]string
	if !n.exists() {
		commands = append(commands, []string{"mkdir", "-p", "-m", "0700", n.dir},
			// Where there is one after all, certutil would ask for its password for ever.
			[]string{certutil, "-N", "-d", n.database(), "--empty-password", "-f", os.DevNull})
	}
	for _, r := range roots {
		if h := find(held, r.Cert); h != nil {
			commands = append(commands, []string{certutil, "-M", "-d", n.database(), "-n", h.Label, "-t", trustFlags})
			continue
		}
		commands = append(commands, []string{certutil, "-A", "-d", n.database(), "-n", r.label(), "-t", trustFlags, "-a", "-i", r.Path})
	}
	return commands
}

func (n nss) remove(held []Held) [][]string {
	var commands [][]string
	for _, h := range held {
		commands = append(commands, []string{n.certutil, "-D", "-d", n.database(), "-n", h.Label})
	}
	return commands
}

// hinted explains certutil's failures for want of a password.
func hinted(run runner) runner {
	return func(ctx context.Context, args ...string) ([]byte, error) {
		out, err := run(ctx, args...)
		var f *failure
		if errors.As(err, &f) && (strings.Contains(f.text, "SEC_ERROR_BAD_PASSWORD") || strings.Contains(f.text, "input terminal")) {
			return out, fmt.Errorf("its database is protected by a password (Firefox calls it primary password): import the certificate in the browser's settings, or take the password off for as long as it takes")
		}
		return out, err
	}
}
