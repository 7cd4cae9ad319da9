package authority

import (
	"cmp"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"
	"os/user"
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

	maxCommonName = 64 // characters; RFC 5280 appendix A.1, ub-common-name

	certBlock = "CERTIFICATE"
	keyBlock  = "PRIVATE KEY" // PKCS #8, RFC 5208
)

// A root is a CA certificate and its key. Everything that tells one root from
// another (its name; one day its name constraints) goes in through newRoot.
type root struct {
	cert *x509.Certificate
	key  crypto.Signer
}

func newRootKey() (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("making the private key: %w", err)
	}
	return key, nil
}

// newRoot signs a root certificate (RFC 5280 section 4.2.1) for key. It may sign
// leaves and nothing below them.
func newRoot(commonName string, key crypto.Signer, now time.Time) (root, error) {
	serial, err := newSerial()
	if err != nil {
		return root{}, err
	}
	template := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{Organization: []string{"Corsage"}, CommonName: commonName},
		NotBefore:             now.Add(-backdate),
		NotAfter:              now.AddDate(rootYears, 0, 0),
		IsCA:                  true,
		BasicConstraintsValid: true,
		MaxPathLenZero:        true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return root{}, fmt.Errorf("signing the root certificate: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return root{}, fmt.Errorf("reading the root certificate back: %w", err)
	}
	return root{cert: cert, key: key}, nil
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
// one: a self-signed CA certificate that belongs to the key.
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
	return root{cert: cert, key: key}, nil
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

// commonName names the user and machine, so that people recognise the root in a
// trust store: "Corsage dev CA (user@host)".
func commonName() string {
	var login string
	if u, err := user.Current(); err == nil {
		login = u.Username
	}
	host, _ := os.Hostname() // without one, "localhost" says it
	return formatCommonName(login, host)
}

func formatCommonName(login, host string) string {
	const before, after = "Corsage dev CA (", ")"
	who := []rune(cmp.Or(printable(login), "user") + "@" + cmp.Or(printable(host), "localhost"))
	return before + string(who[:min(len(who), maxCommonName-len(before)-len(after))]) + after
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
