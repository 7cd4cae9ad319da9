package authority

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// rootsDir holds the folders of the roots.
const rootsDir = "roots"

// renewal is how long before its end a root is replaced, so that there is time
// to trust the new one.
const renewal = 30 * 24 * time.Hour

// Roots are the dev CA of one folder: a root for each profile, in a folder of its
// own, with its key in mode 0600; ca.pem, the certificates of all of them in one
// file; and retired.json, the certificates of those that were replaced. Its
// methods may be called from any number of goroutines, and by several processes
// on one folder, which then all use the same roots.
type Roots struct {
	dir    string // absolute
	shared *shared

	mu   sync.Mutex
	open map[string]*Authority // by profile
}

// OpenRoots returns the roots in dir. It neither reads nor makes anything there:
// [Roots.For] does.
func OpenRoots(dir string) (*Roots, error) {
	return openRoots(dir, time.Now)
}

func openRoots(dir string, now func() time.Time) (*Roots, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("dev CA: finding folder %q: %w", dir, err)
	}
	r := &Roots{dir: dir, open: make(map[string]*Authority)}
	r.shared = &shared{now: now, tickets: &tls.Config{Time: now}}
	if r.shared.leafKey, r.shared.leafKeyID, err = newLeafKey(); err != nil {
		return nil, err
	}
	return r, nil
}

// CertPath is the absolute path of the file with the certificates of all present
// roots in PEM, those of profiles that are off too. It is there after [Roots.Sweep], perhaps
// empty.
func (r *Roots) CertPath() string { return filepath.Join(r.dir, certFile) }

// For returns the root of a profile, which is identified by the absolute path of
// its file. It must be permitted for hosts, at least one, in any spelling that
// [Authority.Leaf] takes. Where there is none it is made: an ECDSA P-256 root,
// valid for two years, constrained to these hosts. One that is not permitted for
// all of them, that has ended or will within 30 days, or whose files are damaged
// is replaced by another with a key and a name of its own; the old one's key is
// deleted, its certificate is [Roots.Retired] from then on, and the log says so.
// Everything else about a profile may change: its root stays.
//
// Where a root can't be read or made, For returns an error that says what to do,
// and with it the root that was to be replaced, or was returned before, since that
// is still good for something.
// It returns the same Authority as long as the root is the same. It may wait up
// to ten seconds for another process that is making a root.
func (r *Roots) For(profile string, hosts []string) (*Authority, error) {
	names, err := canonicalHosts(hosts)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	f, now := folderOf(r.dir, profile), r.shared.now()
	found, err := f.load()
	if err == nil && outworn(found, names, now) == "" {
		return r.adopt(f, found)
	}
	err = r.change(func() error {
		found, err = f.load() // another process may have been first
		switch why := outworn(found, names, now); {
		case errors.Is(err, errNoCert):
			err = r.renew(f, names, now, "")
		case errors.As(err, new(damage)):
			err = r.renew(f, names, now, "was damaged: "+err.Error())
		case err == nil && why != "" && !now.Before(found.cert.NotBefore):
			err = r.renew(f, names, now, why)
		default:
			return err
		}
		if err == nil {
			found, err = f.load()
		}
		return err
	})
	if found.cert == nil {
		return r.open[profile], err
	}
	a, adoptErr := r.adopt(f, found)
	return a, errors.Join(err, adoptErr)
}

// outworn says what of a root makes it one to replace; "" if nothing does.
func outworn(r root, hosts []string, now time.Time) string {
	if r.cert == nil {
		return ""
	}
	var gained []string
	for _, host := range hosts {
		if !permits(r.hosts, host) {
			gained = append(gained, host)
		}
	}
	end := r.cert.NotAfter.Local().Format(time.DateOnly)
	switch {
	case now.After(r.cert.NotAfter):
		return "expired on " + end
	case now.After(r.cert.NotAfter.Add(-renewal)):
		return "would have expired on " + end
	case len(gained) > 0:
		return "does not cover " + strings.Join(gained, ", ")
	}
	return ""
}

// renew makes the root in f, and retires the one that is there, for the holder of
// the lock. why is why that is replaced, "" if there is none. Where it fails
// before the new one is complete, nothing has changed.
func (r *Roots) renew(f folder, hosts []string, now time.Time, why string) error {
	next, err := f.prepare(hosts, now)
	if err != nil {
		return err
	}
	if err := r.retire(f, now, why); err != nil {
		return errors.Join(err, next.remove())
	}
	if err := os.Rename(next.dir, f.dir); err != nil {
		return fmt.Errorf("dev CA: putting a new root in its place: %w; make the folder writable, then try again", err)
	}
	if why != "" {
		slog.Warn("the root certificate of a profile was renewed, and browsers must trust the new one: the old one "+why, "profile", f.profile, "certificate", f.cert())
	}
	return nil
}

// adopt returns the Authority of a root that was read from f, which is the one
// that was returned before if the root is.
func (r *Roots) adopt(f folder, found root) (*Authority, error) {
	a := r.open[f.profile]
	if a == nil || !a.root.cert.Equal(found.cert) {
		a = &Authority{folder: f, root: found, shared: r.shared, leaves: make(map[string]*leafSlot)}
	}
	mode, err := tighten(f.key())
	if err != nil {
		return nil, fmt.Errorf("dev CA: closing a root's private key to other users of this machine: %w; make %s yours alone (mode 0600) and try again", err, f.key())
	}
	if mode != 0 {
		slog.Warn("the key of a root certificate could be read by other users of this machine, and can't any more: if you don't trust them, delete its folder and start again", "key", f.key(), "mode", mode)
		a.tightened = mode
	}
	r.open[f.profile] = a
	if now := r.shared.now(); now.Before(found.cert.NotBefore) {
		return a, fmt.Errorf("dev CA in %s: %w; set the clock, or remove that folder for a new root", f.dir, found.validAt(now))
	}
	return a, nil
}

// Sweep retires what is no longer used: roots of profiles that were deleted from
// the folder stored, and the one root of earlier versions of Corsage, which could
// sign for any host. A profile elsewhere that is missing may only be on another
// branch of its repository: its root stays until it has ended. What a process that
// was killed has left goes too. Sweep makes the folder, and writes ca.pem if that is
// not as it should be.
func (r *Roots) Sweep(stored string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.change(func() error {
		folders, err := r.folders()
		errs := []error{err, r.clear()}
		for _, f := range folders {
			ended := func() bool {
				cert := f.certificate()
				return cert == nil || r.shared.now().After(cert.NotAfter)
			}
			if !deleted(f.profile) || filepath.Dir(f.profile) != stored && !ended() {
				continue
			}
			errs = append(errs, r.retire(f, r.shared.now(), "is of a profile that was deleted"))
		}
		return errors.Join(errs...)
	})
}

// deleted reports whether a profile's file is gone, and not all of its folder,
// which may only be away.
func deleted(profile string) bool {
	_, err := os.Lstat(profile)
	_, above := os.Stat(filepath.Dir(profile))
	return errors.Is(err, fs.ErrNotExist) && above == nil
}

// clear removes what a process that was killed has left half done, for the holder
// of the lock.
func (r *Roots) clear() error {
	var errs []error
	list, _ := os.ReadDir(filepath.Join(r.dir, rootsDir)) // where there is none, nothing is left
	for _, entry := range list {
		if strings.HasSuffix(entry.Name(), unfinished) {
			errs = append(errs, folder{dir: filepath.Join(r.dir, rootsDir, entry.Name())}.remove())
		}
	}
	list, _ = os.ReadDir(r.dir)
	for _, entry := range list {
		for _, name := range []string{certFile, keyFile, retiredFile} {
			if entry.Type().IsRegular() && strings.HasPrefix(entry.Name(), temporary(name)) {
				errs = append(errs, os.Remove(filepath.Join(r.dir, entry.Name())))
			}
		}
	}
	return errors.Join(errs...)
}

// folders are those of all roots, in the order of their profiles. Beside an error
// there are those that could be read.
func (r *Roots) folders() ([]folder, error) {
	list, err := os.ReadDir(filepath.Join(r.dir, rootsDir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	errs := []error{err}
	var all []folder
	for _, entry := range list {
		dir := filepath.Join(r.dir, rootsDir, entry.Name())
		profile, err := whose(dir)
		if f := folderOf(r.dir, profile); err == nil && f.dir == dir {
			all = append(all, f)
		} else if err != nil && entry.IsDir() && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	slices.SortFunc(all, func(a, b folder) int { return strings.Compare(a.profile, b.profile) })
	if err := errors.Join(errs...); err != nil {
		return all, fmt.Errorf("dev CA: reading which roots there are: %w; make its folder readable for you", err)
	}
	return all, nil
}

// change has do change what is on the disk while no other process does, and
// brings ca.pem up to that.
func (r *Roots) change(do func() error) error {
	unlock, err := lock(r.dir)
	if err != nil {
		return err
	}
	defer unlock()
	if err := r.mendRetired(); err != nil {
		return err
	}
	if err := r.retireEarlier(); err != nil { // before ca.pem is written, which was its certificate's name
		return err
	}
	return errors.Join(do(), r.bundle())
}

// bundle writes the certificates of all roots into one file: those whose key can't
// be read at present too, and nothing where a certificate can't.
func (r *Roots) bundle() error {
	folders, err := r.folders()
	if err != nil {
		return err
	}
	var text []byte
	for _, f := range folders {
		one, err := f.load()
		switch {
		case err == nil:
			text = append(text, encodeCert(one.cert)...)
		case errors.Is(err, errNoCert) || errors.As(err, new(damage)):
		default:
			cert := f.certificate()
			if cert == nil {
				return err
			}
			text = append(text, encodeCert(cert)...)
		}
	}
	if old, err := os.ReadFile(r.CertPath()); err == nil && bytes.Equal(old, text) {
		return nil
	}
	if err := writeFile(r.CertPath(), text, 0o644); err != nil {
		return fmt.Errorf("dev CA: saving all root certificates in one file: %w; free some space or make its folder writable, then try again", err)
	}
	return nil
}
