package authority

import (
	"context"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// The files of a CA's folder. The lock file stays: removing it would let two
// processes lock two different files of that name.
const (
	certFile = "ca.pem"
	keyFile  = "ca-key.pem"
	lockFile = "ca.lock"
)

const (
	lockWait  = 10 * time.Second // making a CA takes milliseconds
	lockRetry = 10 * time.Millisecond
)

// loadOrCreate returns the CA in dir, making what is missing. The certificate is
// written last, so where there is one the CA is complete: loading it takes no
// lock and works in a folder that can't be written.
func loadOrCreate(dir string, now time.Time) (root, error) {
	r, err := load(dir, now)
	if !errors.Is(err, errNoCert) {
		return r, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return root{}, fmt.Errorf("dev CA: making its folder: %w; make it yourself, or the one it is to be in writable", err)
	}
	unlock, err := lock(dir)
	if err != nil {
		return root{}, err
	}
	defer unlock()
	r, err = load(dir, now)
	if !errors.Is(err, errNoCert) {
		return r, err // another process was first
	}
	return create(dir, now)
}

// errNoCert says that the folder holds no certificate: a first use.
var errNoCert = errors.New("no certificate yet")

// load reads the CA in dir and changes nothing. Its errors say what to do.
func load(dir string, now time.Time) (root, error) {
	certPEM, err := os.ReadFile(filepath.Join(dir, certFile))
	if errors.Is(err, fs.ErrNotExist) {
		return root{}, errNoCert
	} else if err != nil {
		return root{}, fmt.Errorf("dev CA: reading its certificate: %w; make the file readable for you", err)
	}
	keyPEM, err := os.ReadFile(filepath.Join(dir, keyFile))
	if errors.Is(err, fs.ErrNotExist) {
		return root{}, unusable(dir, fmt.Errorf("%s has no %s beside it", certFile, keyFile))
	} else if err != nil {
		return root{}, fmt.Errorf("dev CA: reading its private key: %w; make the file readable for you, and for nobody else", err)
	}
	r, err := parseRoot(certPEM, keyPEM)
	if err != nil {
		return root{}, unusable(dir, err)
	}
	if err := r.validAt(now); errors.Is(err, errNotYetValid) {
		return root{}, fmt.Errorf("dev CA in %s: %w; set the clock", dir, err)
	} else if err != nil {
		return root{}, unusable(dir, err)
	}
	return r, nil
}

// unusable adds the way out for a CA that can't be used any more.
func unusable(dir string, err error) error {
	return fmt.Errorf("dev CA in %s: %w; restore both files from a backup, or move %s and %s away, start again for a new CA, and trust that in place of this one", dir, err, certFile, keyFile)
}

// create makes a CA in dir, for the holder of the lock. A key that is there
// already stems from a first use that was cut short; it is used, not replaced.
func create(dir string, now time.Time) (root, error) {
	key, err := loadKey(dir)
	if errors.Is(err, fs.ErrNotExist) {
		key, err = createKey(dir)
	}
	if err != nil {
		return root{}, err
	}
	r, err := newRoot(commonName(), key, now)
	if err != nil {
		return root{}, fmt.Errorf("dev CA: %w", err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: certBlock, Bytes: r.cert.Raw})
	if err := writeFile(filepath.Join(dir, certFile), text, 0o644); err != nil {
		return root{}, fmt.Errorf("dev CA: saving its certificate: %w; free some space or make its folder writable, then start again", err)
	}
	return r, nil
}

func loadKey(dir string) (crypto.Signer, error) {
	text, err := os.ReadFile(filepath.Join(dir, keyFile))
	if err != nil {
		return nil, fmt.Errorf("dev CA: reading its private key: %w", err)
	}
	key, err := parseKey(text)
	if err != nil {
		return nil, unusable(dir, err)
	}
	return key, nil
}

func createKey(dir string) (crypto.Signer, error) {
	key, err := newRootKey()
	if err != nil {
		return nil, fmt.Errorf("dev CA: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("dev CA: encoding its private key: %w", err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: keyBlock, Bytes: der})
	if err := writeFile(filepath.Join(dir, keyFile), text, 0o600); err != nil {
		return nil, fmt.Errorf("dev CA: saving its private key: %w; free some space or make its folder writable, then start again", err)
	}
	return key, nil
}

// lock keeps other processes, and other Opens of this one, from making a CA in
// dir at the same time.
func lock(dir string) (unlock func(), err error) {
	ctx, cancel := context.WithTimeout(context.Background(), lockWait)
	defer cancel()
	l := flock.New(filepath.Join(dir, lockFile))
	if _, err := l.TryLockContext(ctx, lockRetry); errors.Is(err, context.DeadlineExceeded) {
		return nil, fmt.Errorf("dev CA: another process has been holding %s for %v; end it and start again", l.Path(), lockWait)
	} else if err != nil {
		return nil, fmt.Errorf("dev CA: locking its folder: %w", err)
	}
	return func() { _ = l.Close() }, nil // closing unlocks; there is nothing to do if it fails
}

// writeFile writes path so that it is there whole or not at all. os.CreateTemp
// makes the file in mode 0600, so a key is never open to others.
func writeFile(path string, content []byte, mode fs.FileMode) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
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
