package instance

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// What lies in the runtime folder.
const (
	lockFile   = "lock"
	socketFile = "control.sock"
	holderFile = "holder.json"
)

// maxSocketPath is how many bytes a socket's path may have on all systems: macOS has
// 104 with the end's zero, Linux and Windows 108.
const maxSocketPath = 103

// primary is what the one instance of a user's session holds that others reach:
// a lock, which the system gives up with the process however that ends, and a
// socket, which is only ever removed by who holds the lock.
type primary struct {
	dir      string
	lock     *flock.Flock
	listener net.Listener // of this user's connections
	locked   fs.FileInfo  // the lock's file
	socket   fs.FileInfo
}

// holder is what the one who holds the lock says of itself, for the messages of
// others.
type holder struct {
	PID  int    `json:"pid"`
	Host string `json:"host"` // the machine's name: folders can be on a network
}

// errHeld says that another process is the primary one.
var errHeld = errors.New("another corsage is running")

// acquire makes this process the primary one of the folder, or fails at once
// with errHeld if another one is.
func acquire(dir string) (_ *primary, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the runtime folder: %w", err)
	}
	if err := closeToOthers(dir); err != nil {
		return nil, err
	}
	lock := flock.New(filepath.Join(dir, lockFile), flock.SetPermissions(0o600))
	// One that somebody left while the folder was open to others could be held by
	// them for ever.
	if err := owned(lock.Path(), fs.FileMode.IsRegular); err != nil && !errors.Is(err, fs.ErrNotExist) {
		if err := os.Remove(lock.Path()); err != nil {
			return nil, fmt.Errorf("removing a lock that is not yours: %w", err)
		}
	}
	held, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("locking %s: %w; if its file system has no locks, set XDG_RUNTIME_DIR to a folder of yours on one that has", lock.Path(), err)
	}
	if !held {
		return nil, errors.Join(errHeld, lock.Close())
	}
	p := &primary{dir: dir, lock: lock}
	if err := p.listen(); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return p, nil
}

// listen opens the socket. With the lock in hand, one that is there already is
// what a killed process left.
func (p *primary) listen() (err error) {
	path := filepath.Join(p.dir, socketFile)
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("removing the socket of an ended corsage: %w", err)
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return fmt.Errorf("opening the control socket %s (%d bytes; a system allows about 100): %w", path, len(path), cause(err))
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, l.Close())
		}
	}()
	l.SetUnlinkOnClose(false) // by then it may be another's, see release
	p.listener = &trusted{l}
	if err := os.Chmod(path, 0o600); err != nil {
		return fmt.Errorf("closing the control socket to others: %w", err)
	}
	if p.socket, err = os.Lstat(path); err != nil {
		return fmt.Errorf("looking at the control socket: %w", err)
	}
	if p.locked, err = p.lock.Stat(); err != nil {
		return fmt.Errorf("looking at the lock: %w", err)
	}
	p.sign()
	return nil
}

// sign writes who holds the lock. Where it can't, as on a full disk, the messages
// of others do without.
func (p *primary) sign() {
	host, _ := os.Hostname()
	if text, err := json.Marshal(holder{os.Getpid(), host}); err == nil {
		_ = os.WriteFile(filepath.Join(p.dir, holderFile), append(text, '\n'), 0o600)
	}
}

// holderOf reads who holds the lock of a folder; the zero holder if it does not
// say.
func holderOf(dir string) (h holder) {
	if text, err := os.ReadFile(filepath.Join(dir, holderFile)); err == nil {
		_ = json.Unmarshal(text, &h)
	}
	return h
}

// intact reports whether lock and socket are still what others find in the
// folder. Folders vanish under running programs: at the last logout, and by what
// tidies up old files.
func (p *primary) intact() bool {
	same := func(name string, as fs.FileInfo) bool {
		found, err := os.Lstat(filepath.Join(p.dir, name))
		return err == nil && os.SameFile(found, as)
	}
	return same(lockFile, p.locked) && same(socketFile, p.socket)
}

// release removes the socket and gives up the lock, in this order. The lock's
// file stays: removing it would let two processes lock two files of one name.
// Where the folder is another's by now, nothing in it is touched.
func (p *primary) release() error {
	var errs []error
	if p.intact() {
		for _, name := range []string{holderFile, socketFile} {
			if err := os.Remove(filepath.Join(p.dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				errs = append(errs, err)
			}
		}
	}
	if err := p.listener.Close(); !errors.Is(err, net.ErrClosed) {
		errs = append(errs, err)
	}
	return errors.Join(append(errs, p.lock.Close())...)
}

// released reports whether nobody holds the lock of a folder. It holds it itself
// for an instant, so that it is not for what others may be waiting for.
func released(dir string) bool {
	if _, err := os.Lstat(filepath.Join(dir, lockFile)); err != nil {
		return errors.Is(err, fs.ErrNotExist)
	}
	lock := flock.New(filepath.Join(dir, lockFile), flock.SetPermissions(0o600))
	free, err := lock.TryRLock()
	return errors.Join(err, lock.Close()) == nil && free
}

// succeeded reports whether another process than pid has taken the lock meanwhile, as
// one does that was started again at once.
func succeeded(dir string, pid int) bool {
	h := holderOf(dir)
	return h.PID != 0 && h.PID != pid
}
