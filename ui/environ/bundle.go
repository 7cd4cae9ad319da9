package environ

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"corsage/profiles"
)

// System stands for the certificates that the system trusts.
const System = ""

// Bundles keeps files of certificates, in PEM: each those of a base, the
// system's or a file of the user's, and Corsage's roots. Programs that take a file in place
// of the system's certificates are given one of them. Each says what it was made
// of, so that it can be made anew.
type Bundles struct {
	Dir   string // made at first use
	Roots string // the file with Corsage's roots
}

// maxCertificates bounds what is read of a base, in bytes; a system has 0.3 MB.
const maxCertificates = 16 << 20

// baseLine begins the line of a bundle that says what it was made of.
const baseLine = "# Base: "

// Write makes the bundle of base, or brings it up to date, and returns its
// path. base is System or the absolute path of a file, or of a folder with
// files, in PEM; a bundle of ours stands for its own base.
func (b Bundles) Write(base string) (path string, err error) {
	if filepath.Dir(base) == b.Dir {
		if base, err = baseOf(base); err != nil {
			return "", err
		}
	}
	name := "system.pem"
	if base != System {
		sum := sha256.Sum256([]byte(base))
		name = "own-" + hex.EncodeToString(sum[:6]) + ".pem"
	}
	text, err := b.text(base)
	if err != nil {
		return "", err
	}
	path = filepath.Join(b.Dir, name)
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, text) {
		return path, nil
	}
	if err := os.MkdirAll(b.Dir, 0o700); err != nil {
		return "", fmt.Errorf("making the folder for certificates: %w", err)
	}
	return path, profiles.WriteFile(path, text, 0o644)
}

// Refresh brings all bundles up to date, and makes none. One whose base is gone
// stays as it is.
func (b Bundles) Refresh() error {
	files, err := filepath.Glob(filepath.Join(b.Dir, "*.pem"))
	if err != nil {
		return err
	}
	var errs []error
	for _, file := range files {
		if _, err := b.Write(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// baseOf reads what a bundle was made of.
func baseOf(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	lines := bufio.NewScanner(io.LimitReader(f, 1<<14))
	for lines.Scan() {
		if quoted, ok := strings.CutPrefix(lines.Text(), baseLine); ok {
			if base, err := strconv.Unquote(quoted); err == nil {
				return base, nil
			}
		}
	}
	return "", fmt.Errorf("%s is no file of Corsage's: remove it", path)
}

// text is the whole bundle. Its order is that of the base, so that it is the
// same as long as nothing changes.
func (b Bundles) text(base string) ([]byte, error) {
	var certs []byte
	var err error
	if base == System {
		certs, err = systemCertificates()
	} else {
		certs, err = read(base)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the certificates of %s: %w", nameOf(base), err)
	}
	roots, err := os.ReadFile(b.Roots)
	if err != nil {
		return nil, fmt.Errorf("reading Corsage's certificates: %w", err)
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "# The certificates of %s, and Corsage's. Corsage writes this file anew when its own change.\n%s%q\n",
		nameOf(base), baseLine, base)
	seen := make(map[[sha256.Size]byte]bool)
	for _, text := range [][]byte{certs, roots} {
		for {
			var block *pem.Block
			if block, text = pem.Decode(text); block == nil {
				break
			}
			if sum := sha256.Sum256(block.Bytes); block.Type == "CERTIFICATE" && !seen[sum] {
				seen[sum] = true
				if err := pem.Encode(&out, &pem.Block{Type: block.Type, Bytes: block.Bytes}); err != nil {
					return nil, err
				}
			}
		}
	}
	return out.Bytes(), nil
}

func nameOf(base string) string {
	if base == System {
		return "the system"
	}
	return strconv.Quote(base)
}

// read returns the text of a file, or of all files of a folder. It fails where
// they hold no certificate.
func read(path string) ([]byte, error) {
	files := []string{path}
	if info, err := os.Stat(path); err != nil {
		return nil, err
	} else if info.IsDir() {
		list, err := os.ReadDir(path)
		if err != nil {
			return nil, err
		}
		files = nil
		for _, entry := range list {
			files = append(files, filepath.Join(path, entry.Name()))
		}
	}
	var all bytes.Buffer
	for _, file := range files {
		if info, err := os.Stat(file); err != nil || !info.Mode().IsRegular() {
			continue // a dead link among certificates, for example
		}
		f, err := os.Open(file)
		if err != nil {
			return nil, err
		}
		_, err = all.ReadFrom(io.LimitReader(f, maxCertificates+1-int64(all.Len())))
		if err = errors.Join(err, f.Close()); err != nil {
			return nil, err
		}
		all.WriteByte('\n')
		if all.Len() > maxCertificates {
			return nil, fmt.Errorf("they are more than %d MB", maxCertificates>>20)
		}
	}
	if !bytes.Contains(all.Bytes(), []byte("-----BEGIN CERTIFICATE-----")) {
		return nil, errors.New("there is no certificate in PEM")
	}
	return all.Bytes(), nil
}
