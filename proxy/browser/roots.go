package browser

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"slices"
)

// roots are the certificates to trust.
type roots []*x509.Certificate

// parseRoots reads all certificates of the PEM texts, each once. There may be
// none: profiles without an https backend need no root.
func parseRoots(texts [][]byte) (roots, error) {
	var list roots
	for _, text := range texts {
		for {
			var block *pem.Block
			if block, text = pem.Decode(text); block == nil {
				break
			}
			if block.Type != "CERTIFICATE" {
				continue
			}
			cert, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				return nil, fmt.Errorf("read a root to trust: %w", err)
			}
			if !slices.ContainsFunc(list, cert.Equal) {
				list = append(list, cert)
			}
		}
	}
	return list, nil
}

// spkis are the base64 SHA-256 of the roots' public keys (SubjectPublicKeyInfo,
// RFC 7469, section 2.4), sorted.
func (r roots) spkis() []string {
	var list []string
	for _, cert := range r {
		sum := sha256.Sum256(cert.RawSubjectPublicKeyInfo)
		list = append(list, base64.StdEncoding.EncodeToString(sum[:]))
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// nickname is the name of a root in an NSS database: it tells that Corsage put
// it there, and which one it is.
func nickname(cert *x509.Certificate) string {
	sum := sha256.Sum256(cert.Raw)
	return nicknamePrefix + hex.EncodeToString(sum[:8])
}

const nicknamePrefix = "Corsage "
