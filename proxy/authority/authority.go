// Package authority is Corsage's dev CA: the root certificate that developers
// trust on their own machine, and the leaf certificates minted from it for the
// backends that the proxy decrypts.
//
// One [Authority] is one root in one folder. The private key never leaves that
// folder and the process; there is no way to get it through this API.
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
	"path/filepath"
	"sync"
	"time"
)

// An Authority is a loaded dev CA. It is made by [Open], never changes its root
// afterwards, and all its methods may be called from any number of goroutines.
type Authority struct {
	dir       string // absolute
	root      root
	tightened fs.FileMode // see Status.Tightened

	leafKey   *ecdsa.PrivateKey
	leafKeyID []byte // subject key identifier of every leaf

	now     func() time.Time
	tickets *tls.Config // holds the session ticket keys of all TLSConfigs

	mu     sync.Mutex
	leaves map[string]*leafSlot // by canonical host, at most maxLeaves
}

// Open loads the dev CA from dir (files ca.pem and ca-key.pem), or makes it
// there if dir has none yet: an ECDSA P-256 root, valid for two years, with the
// key file in mode 0600, the certificate in 0644 and, where Open has to make
// it, the folder in 0700. Processes that open the same dir at once end up with
// the same CA.
//
// Open never replaces a file. A CA that can't be used (damaged, mismatched,
// expired) is an error that says what to do about it. The one thing it repairs
// is a key file that others could read: it is set to 0600, which
// [Status.Tightened] reports. A key without a certificate is a first use that
// was cut short, and is completed.
//
// Open may wait up to ten seconds for another process that is making the CA.
func Open(dir string) (*Authority, error) {
	return open(dir, time.Now)
}

func open(dir string, now func() time.Time) (*Authority, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("dev CA: finding folder %q: %w", dir, err)
	}
	a := &Authority{
		dir:     dir,
		now:     now,
		tickets: &tls.Config{Time: now},
		leaves:  make(map[string]*leafSlot),
	}
	if a.root, err = loadOrCreate(dir, now()); err != nil {
		return nil, err
	}
	if a.tightened, err = tighten(a.keyPath()); err != nil {
		return nil, fmt.Errorf("dev CA: closing the private key to other users of this machine: %w; make %s yours alone (mode 0600) and start again", err, a.keyPath())
	}
	if a.leafKey, a.leafKeyID, err = newLeafKey(); err != nil {
		return nil, err
	}
	return a, nil
}

// CertPath is the absolute path of the root certificate in PEM, the file to
// import into a trust store.
func (a *Authority) CertPath() string { return filepath.Join(a.dir, certFile) }

func (a *Authority) keyPath() string { return filepath.Join(a.dir, keyFile) }

// PEM is the root certificate as one PEM block, without the key. The slice is
// the caller's.
func (a *Authority) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: certBlock, Bytes: a.root.cert.Raw})
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

// A LeafError says why there is no certificate for a host: it is no host, or the
// root is not valid by the present clock.
type LeafError struct {
	Host string
	Err  error
}

func (e *LeafError) Error() string {
	return fmt.Sprintf("dev CA: certificate for %q: %v", e.Host, e.Err)
}
func (e *LeafError) Unwrap() error { return e.Err }

// Leaf returns a server certificate for host, a DNS name, an IPv4 or an IPv6
// address without a port. Case, a trailing dot, the brackets and the zone of an
// IPv6 address make no difference; an internationalised name may be given in
// either form. It fails with a [LeafError].
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
	slot := a.slot(name)
	slot.mu.Lock()
	defer slot.mu.Unlock()
	now := a.now()
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
