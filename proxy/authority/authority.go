// Package authority is Corsage's dev CA: the root certificates that developers
// trust on their own machine, and the leaf certificates minted from them for the
// backends that the proxy decrypts.
//
// [Roots] are all roots of one folder, one for each profile. Each is an
// [Authority] that is name-constrained (RFC 5280, section 4.2.1.10, critical) to
// the hosts of its profile: whoever trusts it, and whoever gets hold of its key,
// can use it for these hosts and for nothing else. A DNS name is always permitted
// together with all names below it, an IP address alone. A profile that gains a
// host gets a new root, since constraints can't be widened; one that loses a host
// keeps its root.
//
// The private keys never leave that folder and the process; there is no way to
// get one through this API.
package authority

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"time"
)

// An Authority is one root. It comes from [Roots.For], never changes its
// certificate afterwards, and all its methods may be called from any number of
// goroutines.
type Authority struct {
	folder    folder
	root      root
	tightened fs.FileMode // see Status.Tightened
	shared    *shared

	mu     sync.Mutex
	leaves map[string]*leafSlot // by canonical host, at most maxLeaves
}

// shared is what all Authorities of one Roots have in common.
type shared struct {
	now       func() time.Time
	leafKey   *ecdsa.PrivateKey
	leafKeyID []byte      // subject key identifier of every leaf
	tickets   *tls.Config // holds the session ticket keys of all TLSConfigs
}

// Profile is the path of the profile file whose root it is.
func (a *Authority) Profile() string { return a.folder.profile }

// Hosts are what the root is constrained to: DNS names, which stand for
// themselves and all names below, and IP addresses; in canonical form. They are
// the hosts that the profile had when the root was made.
func (a *Authority) Hosts() []string { return slices.Clone(a.root.hosts) }

// Permits reports whether the root may sign for host, in any spelling that
// [Authority.Leaf] takes.
func (a *Authority) Permits(host string) bool {
	name, err := canonicalHost(host)
	return err == nil && permits(a.root.hosts, name)
}

// CertPath is the absolute path of the root certificate in PEM, for a trust
// store that is to have this root alone; see [Roots.CertPath] for all.
func (a *Authority) CertPath() string { return a.folder.cert() }

// PEM is the root certificate as one PEM block, without the key. The slice is
// the caller's.
func (a *Authority) PEM() []byte { return encodeCert(a.root.cert) }

func encodeCert(cert *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: certBlock, Bytes: cert.Raw})
}

// Certificate is the root certificate. It is shared: don't change it.
func (a *Authority) Certificate() *x509.Certificate { return a.root.cert }

// SPKI is the base64 of the SHA-256 of the root's SubjectPublicKeyInfo: what
// Chromium's --ignore-certificate-errors-spki-list takes. It works for leaves
// too, because every leaf is served with the root behind it in its chain.
func (a *Authority) SPKI() string {
	sum := sha256.Sum256(a.root.cert.RawSubjectPublicKeyInfo)
	return base64.StdEncoding.EncodeToString(sum[:])
}

// A LeafError says why there is no certificate for a host: it is no host, or none
// that the root may sign for, or the root is not valid by the present clock.
type LeafError struct {
	Host string
	Err  error
}

func (e *LeafError) Error() string {
	return fmt.Sprintf("dev CA: certificate for %q: %v", e.Host, e.Err)
}
func (e *LeafError) Unwrap() error { return e.Err }

// Leaf returns a server certificate for host, a DNS name, an IPv4 or an IPv6
// address without a port, for which the root must be permitted. Case, a trailing
// dot, the brackets and the zone of an IPv6 address make no difference; an
// internationalised name may be given in either form. It fails with a
// [LeafError].
//
// Leaves are kept and shared, so the result must not be changed. Callers that
// ask for one host at once wait for a single minting (well under a millisecond). A leaf is
// minted anew when it nears its end, and when the clock was set so that it is
// not valid at present. At most 1024 leaves are kept; beyond that some other
// host's is dropped, which costs that host one minting.
func (a *Authority) Leaf(host string) (*tls.Certificate, error) {
	name, err := canonicalHost(host)
	if err != nil {
		return nil, &LeafError{host, err}
	}
	if !permits(a.root.hosts, name) {
		return nil, &LeafError{host, fmt.Errorf("its root is constrained to %s; use this host in a profile", strings.Join(a.root.hosts, ", "))}
	}
	slot := a.slot(name)
	slot.mu.Lock()
	defer slot.mu.Unlock()
	now := a.shared.now()
	if slot.cert != nil && a.fresh(slot.cert.Leaf, now) {
		return slot.cert, nil
	}
	cert, err := a.mint(name, now)
	if err != nil {
		return nil, &LeafError{host, err}
	}
	slot.cert = cert
	return cert, nil
}

// slot returns the place of name's leaf, making room for it if it is new.
func (a *Authority) slot(name string) *leafSlot {
	a.mu.Lock()
	defer a.mu.Unlock()
	if s, ok := a.leaves[name]; ok {
		return s
	}
	if len(a.leaves) >= maxLeaves {
		// Any will do: what is dropped is cheap to make again.
		for other := range a.leaves {
			delete(a.leaves, other)
			break
		}
	}
	s := new(leafSlot)
	a.leaves[name] = s
	return s
}
