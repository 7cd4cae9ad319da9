package profiles

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofrs/flock"

	"corsage/proxy/session"
)

// kept is one held session that a profile keeps. Traffic never waits for it: it
// is woken by changes, and writes on a goroutine of its own.
type kept struct {
	profile string       // path of the profile file
	name    atomic.Value // of the profile: string
	file    string       // on disk
	store   *session.Store
	changed func()
	stop    chan struct{}
	done    chan struct{}

	saving sync.Mutex
	lock   *flock.Flock      // nil while this process doesn't hold it
	last   [sha256.Size]byte // of what the disk has

	mu    sync.Mutex
	fault error
}

// keptText is the form of a kept session's file.
type keptText struct {
	// Version says how to read Browsers; another is another Corsage's.
	Version int `json:"version"`
	// Profile and File are whose session it is.
	Profile  string          `json:"profile"`
	File     string          `json:"file"`
	Browsers json.RawMessage `json:"browsers"` // see session.Store.Encode
}

const (
	keptVersion = 1
	keptExt     = ".json"
	// maxKept bounds the cookies in a kept session's file, in bytes; what was
	// used longest ago is left out. The file has a little more.
	maxKept = 4 << 20
	// keepDelay is how long after a change it is written, together with all
	// that came meanwhile.
	keepDelay = time.Second
	// keepAgain is how often it is written without a change: when a cookie was
	// used last is kept too. Also how soon a failed write is tried again.
	keepAgain = 30 * time.Minute
)

var errKeptElsewhere = errors.New("another Corsage keeps it")

// keptName is the name of the file for a profile file's session: it doesn't show
// what is in it, and any path has one.
func keptName(profile string) string {
	sum := sha256.Sum256([]byte(profile))
	return hex.EncodeToString(sum[:12]) + keptExt
}

func newKept(dir, profile string, store *session.Store, changed func()) *kept {
	k := &kept{
		profile: profile, file: filepath.Join(dir, keptName(profile)), store: store, changed: changed,
		stop: make(chan struct{}), done: make(chan struct{}),
	}
	k.name.Store("")
	return k
}

// begin reads what is kept and follows the store until end.
func (k *kept) begin() {
	k.load()
	wake, cancel := k.store.Subscribe()
	go func() {
		defer close(k.done)
		defer cancel()
		soon, again := time.NewTimer(keepDelay), time.NewTicker(keepAgain)
		defer soon.Stop()
		defer again.Stop()
		waiting := true // at first too: the store may hold more than the disk
		for {
			select {
			case <-wake:
				if !waiting {
					waiting = true
					soon.Reset(keepDelay)
				}
			case <-soon.C:
				waiting = false
				_ = k.save() // tells by itself
			case <-again.C:
				_ = k.save()
			case <-k.stop:
				return
			}
		}
	}()
}

// end returns when nothing is written any more.
func (k *kept) end() {
	close(k.stop)
	<-k.done
}

// load takes back what is kept. A file that is no good is put aside and told of.
func (k *kept) load() {
	text, err := readKept(k.file)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err == nil && text.Browsers != nil {
		err = k.store.Decode(text.Browsers)
		k.last = sha256.Sum256(text.Browsers)
	}
	if err == nil {
		if mode := tighten(k.file); mode != 0 {
			slog.Warn("profiles: a kept session could be read by other users of this machine, and can't any more: if you don't trust them, log out and in again", "file", k.file, "mode", mode)
		}
		return
	}
	if err := k.take(); err != nil {
		return // whoever keeps it sees to it
	}
	aside := free(k.file+".broken", "")
	if err := os.Rename(k.file, aside); err != nil {
		k.tell(fmt.Errorf("the kept session of %s can't be read, nor put aside; remove %s: %w", k.profile, k.file, err))
		return
	}
	_ = tighten(aside)
	k.tell(fmt.Errorf("the kept session of %s could not be read and is not used, log in again; it lies in %s now, remove it: %w", k.profile, aside, err))
}

// save writes the session, or removes its file where nothing is held. It is safe
// for concurrent use. What goes wrong is also told of in problem.
func (k *kept) save() error {
	k.saving.Lock()
	defer k.saving.Unlock()
	err := k.write()
	if err != nil {
		err = fmt.Errorf("the session of %s is not kept, a restart will forget its logins: %w", k.profile, err)
		k.tell(err)
	}
	return err
}

func (k *kept) write() error {
	browsers, err := k.store.Encode(maxKept)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(browsers)
	if browsers != nil && sum == k.last {
		return nil
	}
	if browsers == nil {
		if _, err := os.Lstat(k.file); errors.Is(err, fs.ErrNotExist) {
			return nil
		}
	} else if err := os.MkdirAll(filepath.Dir(k.file), 0o700); err != nil {
		return fmt.Errorf("cannot make the folder for kept sessions: %w", err)
	}
	if err := k.take(); err != nil {
		return err
	}
	if browsers == nil {
		k.last = sum
		return os.Remove(k.file)
	}
	text, err := json.Marshal(keptText{keptVersion, k.name.Load().(string), k.profile, browsers})
	if err != nil {
		return err
	}
	if err := WriteFile(k.file, append(text, '\n'), 0o600); err != nil {
		return err
	}
	k.last = sum
	k.tell(nil)
	return nil
}

// remove takes everything of the session off the disk, and gives it up.
func (k *kept) remove() {
	k.saving.Lock()
	defer k.saving.Unlock()
	aside, _ := filepath.Glob(k.file + ".broken*") // fails only for a bad pattern
	for _, file := range append(aside, k.file) {
		if _, err := os.Lstat(file); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if k.take() != nil {
			return // whoever keeps it follows the profile too
		}
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			slog.Error("profiles: a session that is no longer to be kept is still on the disk: remove it", "file", file, "error", err)
		}
	}
	k.release()
}

// take makes sure that no other process writes the file: errKeptElsewhere if one
// does.
func (k *kept) take() error {
	if k.lock != nil {
		return nil
	}
	lock := flock.New(k.file+".lock", flock.SetPermissions(0o600))
	held, err := lock.TryLock()
	switch {
	case err != nil:
		return fmt.Errorf("cannot lock %s: %w", lock.Path(), err)
	case !held:
		return errors.Join(errKeptElsewhere, lock.Close())
	}
	k.lock = lock
	return nil
}

// release lets other processes have the file.
func (k *kept) release() {
	if k.lock != nil {
		_ = k.lock.Close()
		k.lock = nil
	}
}

// tell notes what is wrong, nil for nothing, and says so in the log once.
func (k *kept) tell(err error) {
	k.mu.Lock()
	same := fmt.Sprint(k.fault) == fmt.Sprint(err)
	k.fault = err
	k.mu.Unlock()
	if same {
		return
	}
	if err != nil {
		slog.Warn("profiles: " + err.Error())
	}
	k.changed()
}

func (k *kept) problem() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.fault
}

// readKept reads a kept session's file, but for the cookies in it.
func readKept(file string) (text keptText, err error) {
	f, err := os.Open(file)
	if err != nil {
		return text, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxKept+maxFile+1))
	if err != nil {
		return text, err
	}
	if len(data) > maxKept+maxFile {
		return text, errors.New("it is too big")
	}
	if err := json.Unmarshal(data, &text); err != nil {
		return text, err
	}
	if text.Version != keptVersion {
		return text, fmt.Errorf("it has the version %d, and this Corsage reads %d", text.Version, keptVersion)
	}
	return text, nil
}
