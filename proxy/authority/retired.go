package authority

import (
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"
)

const (
	retiredFile = "retired.json"

	// retiredFor is how long after its end a retired root is remembered: no
	// client trusts it any more, but it may still lie in a store.
	retiredFor = 90 * 24 * time.Hour

	// noticeFor is how long a renewal is told.
	noticeFor = 30 * 24 * time.Hour
)

// Retired is a root that signs nothing any more: its key was deleted. Its
// certificate is kept so that it can be found in trust stores and taken out.
type Retired struct {
	Certificate *x509.Certificate
	Fingerprint string    // as in Status
	Profile     string    // path of the profile file; "" for that of earlier versions
	Why         string    // what of it, such as "expired on 2026-11-23"
	Since       time.Time // UTC
}

// retiredText is the form of one in the file.
type retiredText struct {
	Profile string    `json:"profile,omitempty"`
	Why     string    `json:"why"`
	Since   time.Time `json:"since"`
	PEM     string    `json:"certificate"`
}

// Retired returns the roots that were replaced, oldest first, until each is
// forgotten or has been expired for 90 days.
func (r *Roots) Retired() ([]Retired, error) {
	texts, err := r.readRetired()
	if err != nil {
		return nil, err
	}
	var all []Retired
	for _, text := range texts {
		if cert, err := parseCert([]byte(text.PEM)); err == nil {
			all = append(all, Retired{cert, fingerprint(cert.Raw), text.Profile, text.Why, text.Since})
		}
	}
	return all, nil
}

// Forget drops retired roots, by fingerprint: call it once no trust store has
// them.
func (r *Roots) Forget(fingerprints ...string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.change(func() error {
		texts, err := r.readRetired()
		if err != nil {
			return err
		}
		return r.writeRetired(slices.DeleteFunc(texts, func(text retiredText) bool {
			cert, err := parseCert([]byte(text.PEM))
			return err != nil || slices.Contains(fingerprints, fingerprint(cert.Raw))
		}))
	})
}

// Renewed says that the root of a profile has replaced another, and why: a
// sentence for people, for 30 days or until the old root is forgotten; else "".
func (r *Roots) Renewed(profile string) string {
	texts, err := r.readRetired()
	if err != nil {
		return ""
	}
	for _, text := range slices.Backward(texts) {
		if text.Profile == profile && r.shared.now().Sub(text.Since) < noticeFor {
			return fmt.Sprintf("The root certificate was renewed on %s: the old one %s. Trust the new one in its place.", text.Since.Local().Format(time.DateOnly), text.Why)
		}
	}
	return ""
}

// retire notes the certificate in f and removes the root, for the holder of the
// lock.
func (r *Roots) retire(f folder, now time.Time, why string) error {
	if cert := f.certificate(); cert != nil {
		if err := r.note(cert, f.profile, why, now); err != nil {
			return err
		}
	}
	return f.remove()
}

// note adds a certificate to the retired ones.
func (r *Roots) note(cert *x509.Certificate, profile, why string, now time.Time) error {
	texts, err := r.readRetired()
	if err != nil {
		return err
	}
	text := retiredText{profile, why, now.UTC().Truncate(time.Second), string(encodeCert(cert))}
	texts = slices.DeleteFunc(texts, func(old retiredText) bool {
		cert, err := parseCert([]byte(old.PEM))
		return err != nil || old.PEM == text.PEM || now.After(cert.NotAfter.Add(retiredFor))
	})
	return r.writeRetired(append(texts, text))
}

// retireEarlier ends the one root of earlier versions, which lay where all roots
// are now.
func (r *Roots) retireEarlier() error {
	earlier := folder{dir: r.dir}
	if _, err := os.Lstat(earlier.key()); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	cert := earlier.certificate()
	if cert != nil {
		if err := r.note(cert, "", "is of an earlier version, and could sign for any host", r.shared.now()); err != nil {
			return err
		}
	}
	if err := os.Remove(earlier.key()); err != nil {
		return fmt.Errorf("dev CA: deleting the key of the root of earlier versions, which could sign for any host: %w; delete it yourself", err)
	}
	if cert != nil {
		slog.Warn("the root certificate of earlier versions could sign for any host. Its key is deleted now; remove the certificate from every trust store that has it", "subject", cert.Subject.String(), "sha256", fingerprint(cert.Raw))
	}
	return nil
}

// mendRetired sets a file aside that can't be understood, for the holder of the
// lock: the certificates in it can't be found in stores by it any more, but nothing
// else depends on it.
func (r *Roots) mendRetired() error {
	path := filepath.Join(r.dir, retiredFile)
	data, err := os.ReadFile(path)
	if err != nil || json.Unmarshal(data, new([]retiredText)) == nil {
		return nil // what reads it says why it can't
	}
	if err := os.Rename(path, path+".broken"); err != nil {
		return fmt.Errorf("dev CA: setting the damaged list of replaced roots aside: %w; move %s away yourself", err, path)
	}
	slog.Warn("dev CA: the list of root certificates that were replaced is damaged and begins anew: `corsage ca uninstall` takes what was in it out of your trust stores, and `corsage ca install` puts the present ones back", "file", path+".broken")
	return nil
}

// readRetired reads the file. One that can't be understood is like none, until the
// next change mends it.
func (r *Roots) readRetired() ([]retiredText, error) {
	path := filepath.Join(r.dir, retiredFile)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("dev CA: reading which roots were replaced: %w; make the file readable for you", err)
	}
	var texts []retiredText
	if err := json.Unmarshal(data, &texts); err != nil {
		return nil, nil
	}
	return texts, nil
}

func (r *Roots) writeRetired(texts []retiredText) error {
	if len(texts) == 0 {
		texts = []retiredText{}
	}
	data, err := json.MarshalIndent(texts, "", "  ")
	if err == nil {
		err = writeFile(filepath.Join(r.dir, retiredFile), append(data, '\n'), 0o644)
	}
	if err != nil {
		return fmt.Errorf("dev CA: noting which roots were replaced: %w; free some space or make its folder writable, then try again", err)
	}
	return nil
}
