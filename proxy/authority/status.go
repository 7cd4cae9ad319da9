package authority

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"
)

// A Status describes a root to a person.
type Status struct {
	Subject     string    // RFC 2253 form: "CN=Corsage dev.example.com (3f9a2c1b),OU=user@host,O=Corsage"
	Fingerprint string    // SHA-256 of the certificate, "AB:CD:…", as openssl and Firefox print it
	Hosts       []string  // see Authority.Hosts
	ValidFrom   time.Time // UTC
	ValidUntil  time.Time // UTC
	CertPath    string    // absolute
	KeyPath     string    // absolute

	// KeyMode is the key file's mode bits as they are now, 0600 if all is well,
	// and zero if the file is gone. On Windows it says nothing: the folder's
	// access list protects the key there.
	KeyMode fs.FileMode

	// Tightened is the mode that the key file had when For found it open to
	// other users and set it to 0600; else zero. If it isn't, tell the user: the
	// key may have been read.
	Tightened fs.FileMode
}

// Status returns what `corsage ca status` prints.
func (a *Authority) Status() Status {
	cert := a.root.cert
	s := Status{
		Subject:     cert.Subject.String(),
		Fingerprint: fingerprint(cert.Raw),
		Hosts:       a.Hosts(),
		ValidFrom:   cert.NotBefore.UTC(),
		ValidUntil:  cert.NotAfter.UTC(),
		CertPath:    a.CertPath(),
		KeyPath:     a.folder.key(),
		Tightened:   a.tightened,
	}
	if info, err := os.Stat(a.folder.key()); err == nil {
		s.KeyMode = info.Mode().Perm()
	}
	return s
}

func fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	return strings.ReplaceAll(fmt.Sprintf("% X", sum[:]), " ", ":")
}
