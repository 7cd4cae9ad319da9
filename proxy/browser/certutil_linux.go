package browser

import "errors"

func missingCertutil() error {
	return errors.New("certutil is needed to make Firefox trust Corsage: install libnss3-tools (Debian, Ubuntu), nss-tools (Fedora) or nss (Arch)")
}
