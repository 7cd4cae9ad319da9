//go:build unix

package browser

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
)

var errLocked = errors.New("another process holds it")

// lock is a flock(2). It lasts until it is released, or each process has ended
// that has the file open by inheritance.
type lock struct{ file *os.File }

// tryLock takes the lock of a file, made where it is missing; errLocked if it is
// taken. It follows no symbolic link there.
func tryLock(path string) (*lock, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errLocked
		}
		return nil, err
	}
	return &lock{f}, nil
}

// inherit has the command's process hold the lock too.
func (l *lock) inherit(cmd *exec.Cmd) { cmd.ExtraFiles = append(cmd.ExtraFiles, l.file) }

// release lets go of it, also for a helper of the browser's that still has it.
func (l *lock) release() {
	_ = syscall.Flock(int(l.file.Fd()), syscall.LOCK_UN)
	_ = l.file.Close()
}
