package instance

import (
	"crypto/x509"
	"encoding/pem"

	"corsage/proxy/authority"
	"corsage/proxy/authority/trust"
)

// TrustProfiles are the profiles whose roots are to be trusted, as package trust
// wants them.
func TrustProfiles(roots []Root, retired []authority.Retired) []trust.Profile {
	var all []trust.Profile
	for _, r := range roots {
		block, _ := pem.Decode(r.PEM)
		if block == nil {
			continue
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			continue
		}
		p := trust.Profile{Name: r.Profile, Root: trust.Root{Profile: r.Profile, Path: r.Cert, Cert: cert}}
		for _, old := range retired {
			if old.Profile == r.File {
				p.Retired = append(p.Retired, old.Certificate)
			}
		}
		all = append(all, p)
	}
	return all
}
