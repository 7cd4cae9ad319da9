package authority

import (
	"cmp"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"
	"os/user"
	"slices"
	"strings"
	"time"
	"unicode"
)

const (
	// The key lies unencrypted on a developer's disk, and the root is forgotten
	// in trust stores. Two years is rare enough for trusting it again, and short
	// enough that a forgotten one dies by itself.
	rootYears = 2

	// Both kinds of certificate begin a day early, for machines (virtual ones,
	// phones) whose clocks are behind.
	backdate = 24 * time.Hour

	// In characters; RFC 5280 appendix A.1, ub-common-name, and the same for an
	// organizational unit.
	maxCommonName = 64

	certBlock = "CERTIFICATE"
	keyBlock  = "PRIVATE KEY" // PKCS #8, RFC 5208
)

// A root is a CA certificate, its key, and the canonical hosts that it is
// constrained to.
type root struct {
	cert  *x509.Certificate
	key   crypto.Signer
	hosts []string
}

func newRootKey() (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("making the private key: %w", err)
	}
	return key, nil
}

// newRoot signs a root certificate (RFC 5280 section 4.2.1) for key. It may sign
// leaves of servers for canonical hosts, and nothing else.
func newRoot(hosts []string, key crypto.Signer, now time.Time) (root, error) {
	serial, err := newSerial()
	if err != nil {
		return root{}, err
	}
	name, err := subject(hosts, key.Public())
	if err != nil {
		return root{}, err
	}
	template := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               name,
		NotBefore:             now.Add(-backdate),
		NotAfter:              now.AddDate(rootYears, 0, 0),
		IsCA:                  true,
		BasicConstraintsValid: true,
		MaxPathLenZero:        true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	constrain(template, hosts)
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return root{}, fmt.Errorf("signing the root certificate: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return root{}, fmt.Errorf("reading the root certificate back: %w", err)
	}
	return root{cert, key, hosts}, nil
}

// newSerial returns 128 random bits. Firefox refuses two certificates of one
// issuer with the same serial, so it must not be a counter.
func newSerial() (*big.Int, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 128))
	if err != nil {
		return nil, fmt.Errorf("making a serial number: %w", err)
	}
	return serial.Add(serial, big.NewInt(1)), nil // RFC 5280 section 4.1.2.2: not zero
}

// parseKey reads the first private key in PEM text, as Corsage (PKCS #8) or
// openssl (SEC 1) writes it.
func parseKey(text []byte) (crypto.Signer, error) {
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		switch block.Type {
		case keyBlock:
			key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
			if err != nil {
				return nil, fmt.Errorf("%s is damaged: %w", keyFile, err)
			}
			if signer, ok := key.(crypto.Signer); ok {
				return signer, nil
			}
			return nil, fmt.Errorf("%s holds a key that can't sign (%T)", keyFile, key)
		case "EC PRIVATE KEY":
			key, err := x509.ParseECPrivateKey(block.Bytes)
			if err != nil {
				return nil, fmt.Errorf("%s is damaged: %w", keyFile, err)
			}
			return key, nil
		}
	}
	return nil, fmt.Errorf("%s holds no unencrypted private key in PEM", keyFile)
}

// parseCert reads the first certificate in PEM text.
func parseCert(text []byte) (*x509.Certificate, error) {
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == certBlock {
			cert, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				return nil, fmt.Errorf("%s is damaged: %w", certFile, err)
			}
			return cert, nil
		}
	}
	return nil, fmt.Errorf("%s holds no certificate in PEM", certFile)
}

// parseRoot reads a root from the text of its two files and checks that it is
// one: a self-signed CA certificate that belongs to the key and is constrained to
// hosts.
func parseRoot(certPEM, keyPEM []byte) (root, error) {
	cert, err := parseCert(certPEM)
	if err != nil {
		return root{}, err
	}
	key, err := parseKey(keyPEM)
	if err != nil {
		return root{}, err
	}
	if public, ok := cert.PublicKey.(interface{ Equal(crypto.PublicKey) bool }); !ok || !public.Equal(key.Public()) {
		return root{}, fmt.Errorf("%s does not belong to %s", keyFile, certFile)
	}
	if !cert.IsCA || cert.KeyUsage&x509.KeyUsageCertSign == 0 {
		return root{}, fmt.Errorf("%s is not the certificate of a CA", certFile)
	}
	if err := cert.CheckSignatureFrom(cert); err != nil {
		return root{}, fmt.Errorf("%s is damaged or not self-signed: %w", certFile, err)
	}
	hosts, err := constrainedTo(cert)
	if err != nil {
		return root{}, err
	}
	return root{cert, key, hosts}, nil
}

var (
	errExpired     = errors.New("the certificate has expired")
	errNotYetValid = errors.New("the certificate is not valid yet")
)

// validAt checks the root's own dates.
func (r root) validAt(now time.Time) error {
	const day = "2006-01-02 15:04 MST"
	switch {
	case now.After(r.cert.NotAfter):
		return fmt.Errorf("%w (on %s)", errExpired, r.cert.NotAfter.Local().Format(day))
	case now.Before(r.cert.NotBefore):
		return fmt.Errorf("%w (before %s, and the clock of this machine says %s)", errNotYetValid,
			r.cert.NotBefore.Local().Format(day), now.Local().Format(day))
	}
	return nil
}

// subject is the name of a root, by which people recognise it in a trust store:
// the hosts that it is for, and the user and machine that made it. No two have
// the same, since verifiers find a root by its name.
func subject(hosts []string, key crypto.PublicKey) (pkix.Name, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return pkix.Name{}, fmt.Errorf("encoding the public key: %w", err)
	}
	var login string
	if u, err := user.Current(); err == nil {
		login = u.Username
	}
	host, _ := os.Hostname() // without one, "localhost" says it
	return pkix.Name{
		Organization:       []string{"Corsage"},
		OrganizationalUnit: []string{formatWho(login, host)},
		CommonName:         formatCommonName(hosts, sha256.Sum256(der)),
	}, nil
}

// formatCommonName returns such as "Corsage dev.example.com and 2 more (3f9a2c1b)",
// with a name rather than an address.
func formatCommonName(hosts []string, key [sha256.Size]byte) string {
	const before = "Corsage "
	after := fmt.Sprintf(" (%x)", key[:4])
	if n := len(hosts) - 1; n > 0 {
		after = fmt.Sprintf(" and %d more%s", n, after)
	}
	host := hosts[max(0, slices.IndexFunc(hosts, func(host string) bool { return !isAddress(host) }))]
	return before + host[:min(len(host), maxCommonName-len(before)-len(after))] + after
}

func formatWho(login, host string) string {
	who := []rune(cmp.Or(printable(login), "user") + "@" + cmp.Or(printable(host), "localhost"))
	return string(who[:min(len(who), maxCommonName)])
}

// printable drops what certificate viewers can't show.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s)
}
