package browser

import (
	"errors"
	"os/exec"

	"github.com/gofrs/flock"
)

var errLocked = errors.New("another process holds it")

// lock is one of LockFileEx.
type lock struct{ file *flock.Flock }

// tryLock takes the lock of a file, made where it is missing; errLocked if it is
// taken.
func tryLock(path string) (*lock, error) {
	f := flock.New(path)
	ok, err := f.TryLock()
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, errLocked
	}
	return &lock{f}, nil
}

// inherit does nothing: here the browser ends with Corsage.
func (l *lock) inherit(*exec.Cmd) {}

// release lets go of it.
func (l *lock) release() { _ = l.file.Close() }
