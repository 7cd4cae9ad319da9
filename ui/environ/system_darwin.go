package environ

import (
	"fmt"
	"os/exec"
)

// systemCertificates returns the certificates that the system trusts, in PEM:
// Apple's, and those that an administrator added to the system's keychain, as
// companies do.
func systemCertificates() ([]byte, error) {
	var all []byte
	for _, keychain := range []string{
		"/System/Library/Keychains/SystemRootCertificates.keychain",
		"/Library/Keychains/System.keychain",
	} {
		out, err := exec.Command("/usr/bin/security", "find-certificate", "-a", "-p", keychain).Output()
		if err != nil {
			return nil, fmt.Errorf("asking for the certificates in %s: %w", keychain, err)
		}
		all = append(all, out...)
	}
	return all, nil
}
