package authority

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// The files of a root's folder. The lock file lies in the folder of all roots and
// stays: removing it would let two processes lock two different files of that
// name.
const (
	certFile    = "ca.pem"
	keyFile     = "ca-key.pem"
	profileFile = "profile" // the path of the profile file, and nothing else
	lockFile    = "ca.lock"

	unfinished = ".new" // what the name of a folder that is being made ends in
)

const (
	lockWait  = 10 * time.Second // making a root takes milliseconds
	lockRetry = 10 * time.Millisecond
)

// A folder is where the root of one profile lies.
type folder struct {
	dir     string // absolute
	profile string // path of the profile file
}

// folderOf is the folder of a profile's root among all roots in dir. Its name
// doesn't show what is in it, and any path has one.
func folderOf(dir, profile string) folder {
	sum := sha256.Sum256([]byte(profile))
	return folder{filepath.Join(dir, rootsDir, hex.EncodeToString(sum[:12])), profile}
}

func (f folder) cert() string { return filepath.Join(f.dir, certFile) }
func (f folder) key() string  { return filepath.Join(f.dir, keyFile) }

// errNoCert says that the folder holds no certificate: a first use.
var errNoCert = errors.New("no certificate yet")

// damage says that what is in a folder is no root of ours, and never will be one
// again.
type damage struct{ error }

func (d damage) Unwrap() error { return d.error }

// load reads the root and changes nothing. A root's folder appears whole, so no
// lock is needed, but for another look at what seems damaged while it is being
// replaced. Its dates are not checked.
func (f folder) load() (root, error) {
	certPEM, err := os.ReadFile(f.cert())
	if errors.Is(err, fs.ErrNotExist) {
		return root{}, errNoCert
	} else if err != nil {
		return root{}, fmt.Errorf("dev CA: reading the root certificate: %w; make the file readable for you", err)
	}
	keyPEM, err := os.ReadFile(f.key())
	if errors.Is(err, fs.ErrNotExist) {
		return root{}, damage{fmt.Errorf("%s has no %s beside it", certFile, keyFile)}
	} else if err != nil {
		return root{}, fmt.Errorf("dev CA: reading the root's private key: %w; make the file readable for you, and for nobody else", err)
	}
	r, err := parseRoot(certPEM, keyPEM)
	if err != nil {
		return root{}, damage{err}
	}
	return r, nil
}

// certificate returns what can be read of the root's certificate; nil if nothing
// can.
func (f folder) certificate() *x509.Certificate {
	text, err := os.ReadFile(f.cert())
	if err != nil {
		return nil
	}
	cert, _ := parseCert(text)
	return cert
}

// prepare makes a root for canonical hosts beside f, for the holder of the lock,
// which is to take f's place.
func (f folder) prepare(hosts []string, now time.Time) (folder, error) {
	next := folder{f.dir + unfinished, f.profile}
	if err := next.remove(); err != nil { // left by a process that was killed
		return folder{}, err
	}
	if err := os.MkdirAll(next.dir, 0o700); err != nil {
		return folder{}, fmt.Errorf("dev CA: making the folder of a root: %w; make the one it is to be in writable, then try again", err)
	}
	if err := next.fill(hosts, now); err != nil {
		return folder{}, errors.Join(err, next.remove())
	}
	return next, nil
}

// fill makes the files of a root in an empty folder.
func (f folder) fill(hosts []string, now time.Time) error {
	key, err := newRootKey()
	if err != nil {
		return fmt.Errorf("dev CA: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return fmt.Errorf("dev CA: encoding a root's private key: %w", err)
	}
	r, err := newRoot(hosts, key, now)
	if err != nil {
		return fmt.Errorf("dev CA: %w", err)
	}
	err = errors.Join(
		writeFile(filepath.Join(f.dir, profileFile), []byte(f.profile), 0o600),
		writeFile(f.key(), pem.EncodeToMemory(&pem.Block{Type: keyBlock, Bytes: der}), 0o600),
		writeFile(f.cert(), encodeCert(r.cert), 0o644),
	)
	if err != nil {
		return fmt.Errorf("dev CA: saving a root certificate: %w; free some space or make its folder writable, then try again", err)
	}
	return nil
}

// remove removes the folder, the key first, for the holder of the lock.
func (f folder) remove() error {
	err := os.Remove(f.key())
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if err = errors.Join(err, os.RemoveAll(f.dir)); err != nil {
		return fmt.Errorf("dev CA: removing a root that is no longer used: %w; make its folder writable, then try again", err)
	}
	return nil
}

// whose reads the profile of the root that lies in dir.
func whose(dir string) (profile string, err error) {
	text, err := os.ReadFile(filepath.Join(dir, profileFile))
	if err != nil {
		return "", err
	}
	return string(text), nil
}

// lock keeps other processes, and other Roots of this one, from changing what is
// in dir at the same time. It makes dir.
func lock(dir string) (unlock func(), err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("dev CA: making its folder: %w; make it yourself, or the one it is to be in writable", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), lockWait)
	defer cancel()
	l := flock.New(filepath.Join(dir, lockFile))
	if _, err := l.TryLockContext(ctx, lockRetry); errors.Is(err, context.DeadlineExceeded) {
		return nil, fmt.Errorf("dev CA: another process has been holding %s for %v; end it and try again", l.Path(), lockWait)
	} else if err != nil {
		return nil, fmt.Errorf("dev CA: locking its folder: %w", err)
	}
	return func() { _ = l.Close() }, nil // closing unlocks; there is nothing to do if it fails
}

// temporary is what the name of a file begins with while it is being written.
func temporary(name string) string { return "." + name + "-" }

// writeFile writes path so that it is there whole or not at all. os.CreateTemp
// makes the file in mode 0600, so a key is never open to others.
func writeFile(path string, content []byte, mode fs.FileMode) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), temporary(filepath.Base(path))+"*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name()) // the first error is the one to report
		}
	}()
	_, err = f.Write(content)
	if err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
