//go:build !darwin && !windows

package environ

// systemFiles are where distributions keep the system's certificates in one
// file; the first that holds any counts.
var systemFiles = []string{
	"/etc/ssl/certs/ca-certificates.crt",                // Debian, Ubuntu, Arch, Gentoo
	"/etc/pki/tls/certs/ca-bundle.crt",                  // Fedora, RHEL
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // the same from version 43 on
	"/etc/ssl/ca-bundle.pem",                            // openSUSE
	"/etc/ssl/cert.pem",                                 // Alpine, OpenBSD, FreeBSD
	"/usr/local/share/certs/ca-root-nss.crt",            // FreeBSD
}

// systemCertificates returns the certificates that the system trusts, in PEM;
// Mozilla's where it has none, as a small container may.
func systemCertificates() ([]byte, error) {
	for _, file := range systemFiles {
		if text, err := read(file); err == nil {
			return text, nil
		}
	}
	return mozilla(), nil
}
