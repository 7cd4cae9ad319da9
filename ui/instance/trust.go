package instance

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"

	"corsage/proxy/authority"
	"corsage/proxy/authority/trust"
)

// TrustProfiles are the profiles of the roots, in their order, as package trust
// wants them. The roots' PEM must be what the authority made.
func TrustProfiles(roots []Root, retired []authority.Retired) ([]trust.Profile, error) {
	var all []trust.Profile
	for _, r := range roots {
		block, _ := pem.Decode(r.PEM)
		if block == nil {
			return nil, fmt.Errorf("the root certificate of the profile %q has no PEM", r.Profile)
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("reading the root certificate of the profile %q: %w", r.Profile, err)
		}
		p := trust.Profile{Name: r.Profile, Root: trust.Root{Profile: r.Profile, Path: r.Cert, Cert: cert}}
		for _, old := range retired {
			if old.Profile == r.File {
				p.Retired = append(p.Retired, old.Certificate)
			}
		}
		all = append(all, p)
	}
	return all, nil
}

// ForgetRetired has forget drop the retired roots that no store has any more, by
// fingerprint.
func ForgetRetired(forget func(fingerprints ...string) error, retired []authority.Retired, stores []trust.Found) error {
	var gone []string
	for _, old := range retired {
		if len(trust.Gone(stores, old.Certificate)) > 0 {
			gone = append(gone, old.Fingerprint)
		}
	}
	if len(gone) == 0 {
		return nil
	}
	return forget(gone...)
}
