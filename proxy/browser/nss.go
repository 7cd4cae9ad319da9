package browser

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// trustInNSS makes the roots the only ones of Corsage's in the NSS database of
// the profile in dir, which is made where it is missing.
func trustInNSS(ctx context.Context, dir string, r roots) error {
	certutil, err := exec.LookPath("certutil")
	if err != nil {
		return missingCertutil()
	}
	run := func(args ...string) (string, error) {
		// Where it wants a password, it gets none, rather than asking for it for ever.
		args = append(args, "-d", "sql:"+dir, "-f", os.DevNull)
		out, err := exec.CommandContext(ctx, certutil, args...).CombinedOutput()
		if err != nil {
			return "", fmt.Errorf("put the roots into the profile's trust store (certutil %s): %w", args[0], errors.Join(err, errors.New(strings.TrimSpace(string(out)))))
		}
		return string(out), nil
	}
	if _, err := os.Stat(filepath.Join(dir, "cert9.db")); err != nil {
		if _, err := run("-N", "--empty-password"); err != nil {
			return err
		}
	}
	listing, err := run("-L")
	if err != nil {
		return err
	}
	have := ownNicknames(listing)
	for _, name := range have {
		if !slices.ContainsFunc(r, func(c *x509.Certificate) bool { return nickname(c) == name }) {
			if _, err := run("-D", "-n", name); err != nil {
				return err
			}
		}
	}
	for _, cert := range r {
		if slices.Contains(have, nickname(cert)) {
			continue
		}
		file := filepath.Join(dir, "corsage-root.pem")
		if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}), 0o600); err != nil {
			return err
		}
		_, err := run("-A", "-n", nickname(cert), "-t", "C,,", "-i", file)
		if err := errors.Join(err, os.Remove(file)); err != nil {
			return err
		}
	}
	return nil
}

// ownNicknames reads which certificates of Corsage's "certutil -L" lists. A line
// is the nickname, then spaces and the trust flags.
func ownNicknames(listing string) []string {
	var names []string
	for line := range strings.Lines(listing) {
		if fields := strings.Fields(line); strings.HasPrefix(line, nicknamePrefix) && len(fields) > 2 {
			names = append(names, nicknamePrefix+fields[1])
		}
	}
	return names
}
