package authority

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"
)

const (
	// A leaf is good for 120 days from its minting. With the day before, that
	// stays below the 150 days that every platform accepts.
	leafLifetime = 120 * 24 * time.Hour

	// A leaf with less than this left is minted anew, so that a browser never
	// holds a connection open past its certificate's end.
	leafRenewal = 30 * 24 * time.Hour

	maxLeaves = 1024 // about 3 kB each
)

// A leafSlot is the place of one host's leaf. Its lock is held while the leaf is
// minted, so that callers for one host wait for one minting.
type leafSlot struct {
	mu   sync.Mutex
	cert *tls.Certificate // nil until minted
}

// newLeafKey makes the key that all leaves of the process share, and its
// identifier. It is never stored: a new process mints new leaves.
func newLeafKey() (*ecdsa.PrivateKey, []byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, fmt.Errorf("dev CA: making the key for the servers' certificates: %w", err)
	}
	public, err := key.PublicKey.Bytes()
	if err != nil {
		return nil, nil, fmt.Errorf("dev CA: encoding the key for the servers' certificates: %w", err)
	}
	sum := sha256.Sum256(public)
	return key, sum[:20], nil // RFC 7093 section 2, method 1
}

// fresh says whether leaf can still be served. The certificate's dates carry no
// monotonic reading, so a clock that was set is seen, not only time that passed.
func (a *Authority) fresh(leaf *x509.Certificate, now time.Time) bool {
	until := leaf.NotAfter
	if until.Before(a.root.cert.NotAfter) { // else a new one would not last longer
		until = until.Add(-leafRenewal)
	}
	return !now.Before(leaf.NotBefore) && !now.After(until)
}

// mint signs a leaf for a canonical host.
func (a *Authority) mint(host string, now time.Time) (*tls.Certificate, error) {
	if err := a.root.validAt(now); err != nil {
		return nil, fmt.Errorf("%s: %w; check the clock, then restart Corsage", a.CertPath(), err)
	}
	serial, err := newSerial()
	if err != nil {
		return nil, err
	}
	notAfter := now.Add(leafLifetime)
	if end := a.root.cert.NotAfter; notAfter.After(end) {
		notAfter = end
	}
	template := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{Organization: []string{"Corsage"}},
		NotBefore:             now.Add(-backdate),
		NotAfter:              notAfter,
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
		SubjectKeyId:          a.shared.leafKeyID,
	}
	// The common name is for the eyes only: clients read the alternative names.
	// An address gets none, since OpenSSL holds it against the constraints of DNS
	// names.
	if ip, err := netip.ParseAddr(host); err == nil {
		template.IPAddresses = []net.IP{ip.AsSlice()}
	} else {
		template.DNSNames = []string{host}
		if len(host) <= maxCommonName {
			template.Subject.CommonName = host
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.root.cert, a.shared.leafKey.Public(), a.root.key)
	if err != nil {
		return nil, fmt.Errorf("signing: %w", err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("reading it back: %w", err)
	}
	return &tls.Certificate{
		// Clients that trust the root don't need it sent; SPKI does.
		Certificate: [][]byte{der, a.root.cert.Raw},
		PrivateKey:  a.shared.leafKey,
		Leaf:        leaf,
	}, nil
}
