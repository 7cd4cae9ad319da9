package trust

import (
	"context"
	"crypto/sha1"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
)

// keychain is a user's login keychain on macOS, by security(1). What a user
// trusts there counts for that user's Safari, Chrome and curl, and macOS asks for
// the password before each change of trust.
type keychain struct{ file string }

// noTrustSettings is what security says where a user trusts nothing; it fails
// then.
const noTrustSettings = "No Trust Settings were found"

func (k keychain) list(ctx context.Context, run runner) ([]Held, error) {
	out, err := run(ctx, "security", "find-certificate", "-a", "-c", organization, "-p", k.file)
	var f *failure
	if errors.As(err, &f) && strings.Contains(f.text, "could not be found") {
		return nil, nil // some versions fail where there is none
	}
	if err != nil {
		return nil, err
	}
	settings, err := run(ctx, "security", "dump-trust-settings")
	if errors.As(err, &f) && strings.Contains(f.text, noTrustSettings) {
		settings, err = nil, nil
	}
	if err != nil {
		return nil, err
	}
	trusted := trustedNames(settings)
	var held []Held
	for _, c := range certificates(out) {
		if isOurs(c) {
			held = append(held, Held{Cert: c, Label: thumbprint(c), Trusted: trusted[c.Subject.CommonName]})
		}
	}
	return held, nil
}

// trustedNames are the common names of the certificates for which security's
// dump-trust-settings tells of settings that don't deny. Each root of Corsage has
// a name of its own.
func trustedNames(out []byte) map[string]bool {
	names := make(map[string]bool)
	var name string
	for line := range strings.Lines(string(out)) {
		line = strings.TrimSpace(line)
		if head, rest, ok := strings.Cut(line, ": "); ok && strings.HasPrefix(head, "Cert ") {
			name = rest
			names[name] = true
		} else if strings.Contains(line, "kSecTrustSettingsResultDeny") || strings.Contains(line, "kSecTrustSettingsResultUnspecified") {
			names[name] = false
		}
	}
	return names
}

// thumbprint is the SHA-1 by which macOS, in all its versions, and Windows find a
// certificate.
func thumbprint(c *x509.Certificate) string { return fmt.Sprintf("%X", sha1.Sum(c.Raw)) }

func (k keychain) install(roots []Root, _ []Held) [][]string {
	var commands [][]string
	for _, r := range roots { // adding again what is there only sets its trust
		commands = append(commands, []string{"security", "add-trusted-cert", "-r", "trustRoot", "-p", "ssl", "-k", k.file, r.Path})
	}
	return commands
}

// remove takes the settings of trust away with the certificates (-t).
func (k keychain) remove(held []Held) [][]string {
	var commands [][]string
	for _, h := range held {
		commands = append(commands, []string{"security", "delete-certificate", "-Z", h.Label, "-t", k.file})
	}
	return commands
}
