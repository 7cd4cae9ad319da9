package instance

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

const (
	lockFile   = "lock"
	socketFile = "control.sock"
)

// primary is what the one instance of a user's session holds that others reach:
// a lock, which the system gives up with the process however that ends, and a
// socket, which is only ever removed by who holds the lock.
type primary struct {
	lock     *flock.Flock
	listener net.Listener
}

// errHeld says that another process is the primary one.
var errHeld = errors.New("another corsage is running")

// acquire makes this process the primary one of the folder, or fails at once
// with errHeld if another one is.
func acquire(dir string) (*primary, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the runtime folder: %w", err)
	}
	if err := private(dir); err != nil {
		return nil, err
	}
	lock := flock.New(filepath.Join(dir, lockFile), flock.SetPermissions(0o600))
	held, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("locking %s: %w", lock.Path(), err)
	}
	if !held {
		return nil, errors.Join(errHeld, lock.Close())
	}
	path := filepath.Join(dir, socketFile)
	// With the lock in hand, a socket here is one that a killed process left.
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, errors.Join(fmt.Errorf("removing the socket of an ended corsage: %w", err), lock.Close())
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening the control socket %s (%d bytes; a system allows about 100): %w", path, len(path), cause(err)), lock.Close())
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("closing the control socket to others: %w", err), l.Close(), lock.Close())
	}
	return &primary{lock: lock, listener: l}, nil
}

// release removes the socket and gives up the lock, in this order. The lock's
// file stays: removing it would let two processes lock two files of one name.
func (p *primary) release() error {
	err := p.listener.Close()
	if errors.Is(err, net.ErrClosed) {
		err = nil
	}
	return errors.Join(err, p.lock.Close())
}
