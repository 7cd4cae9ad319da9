package profiles

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// beside returns where a file lies that a profile in dir names.
func beside(dir, name string) string {
	name = filepath.FromSlash(name)
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(dir, name)
}

// files returns the files besides the profile's own that b names.
func (b *Backend) files(dir string) []string {
	var list []string
	for _, name := range []string{b.CA, b.Certificate, b.Key} {
		if name != "" {
			list = append(list, beside(dir, name))
		}
	}
	return list
}

// maxPEM bounds a file of certificates and keys, in bytes.
const maxPEM = 4 << 20

// readPEM reads a file of certificates or keys; what says of which, for
// messages.
func readPEM(path, what string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no file %s: the path is relative to the profile file", path)
	case err != nil:
		return nil, fmt.Errorf("cannot read the %s: %w", what, err)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is no file: name a PEM file with the %s", path, what)
	case info.Size() > maxPEM:
		return nil, fmt.Errorf("%s has %d bytes, at most %d are allowed: name a PEM file with the %s", path, info.Size(), maxPEM, what)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read the %s: %w", what, err)
	}
	return data, nil
}

// blocks returns the PEM blocks of data (RFC 7468).
func blocks(data []byte) []*pem.Block {
	var list []*pem.Block
	for {
		var block *pem.Block
		if block, data = pem.Decode(data); block == nil {
			return list
		}
		list = append(list, block)
	}
}

// readCA reads a PEM bundle and makes sure that it holds certificates.
func readCA(path string) ([]byte, error) {
	data, err := readPEM(path, "certificates")
	if err != nil {
		return nil, err
	}
	certificates := 0
	for _, block := range blocks(data) {
		switch block.Type {
		case "CERTIFICATE", "TRUSTED CERTIFICATE":
			if _, err := x509.ParseCertificate(block.Bytes); err != nil {
				return nil, fmt.Errorf("%s holds a broken certificate: %w", path, err)
			}
			certificates++
		}
	}
	if certificates == 0 {
		return nil, fmt.Errorf("%s holds no certificate: it must be PEM, with lines -----BEGIN CERTIFICATE-----", path)
	}
	return data, nil
}

// readCertificate reads b's client certificate and its key. of is the field of
// b that an error is about.
func readCertificate(dir string, b Backend) (c *tls.Certificate, of string, err error) {
	if b.Certificate == "" {
		return nil, "key", errKeyAlone
	}
	path := beside(dir, b.Certificate)
	chain, err := readPEM(path, "client certificate")
	if err != nil {
		return nil, "certificate", err
	}
	if err := checkChain(path, chain); err != nil {
		return nil, "certificate", err
	}
	key, keyPath, of := chain, path, "certificate"
	if b.Key != "" {
		keyPath, of = beside(dir, b.Key), "key"
		if key, err = readPEM(keyPath, "key"); err != nil {
			return nil, of, err
		}
	}
	if err := checkKey(keyPath, key, b.Key == ""); err != nil {
		return nil, of, err
	}
	pair, err := tls.X509KeyPair(chain, key)
	switch {
	case err != nil && strings.Contains(err.Error(), "does not match"):
		return nil, of, fmt.Errorf("the key in %s does not belong to the first certificate in %s: the client's own certificate must stand first, those above it behind", keyPath, path)
	case err != nil:
		return nil, of, fmt.Errorf("the key in %s can't be used: %w", keyPath, err)
	}
	switch now := time.Now(); {
	case now.After(pair.Leaf.NotAfter):
		return nil, "certificate", fmt.Errorf("the certificate in %s has expired on %s: ask for a new one, or check this machine's clock", path, pair.Leaf.NotAfter.Format(time.DateOnly))
	case now.Before(pair.Leaf.NotBefore):
		return nil, "certificate", fmt.Errorf("the certificate in %s is not valid before %s: check this machine's clock", path, pair.Leaf.NotBefore.Format(time.DateOnly))
	}
	return &pair, "", nil
}

// checkChain says why data, the content of path, is no client certificate.
func checkChain(path string, data []byte) error {
	for _, block := range blocks(data) {
		if block.Type == "CERTIFICATE" {
			if _, err := x509.ParseCertificate(block.Bytes); err != nil {
				return fmt.Errorf("%s holds a broken certificate: %w", path, err)
			}
			return nil
		}
	}
	if len(data) > 0 && data[0] == 0x30 { // DER, a sequence
		return fmt.Errorf("%s is not PEM: if it is a .p12 or .pfx file, \"openssl pkcs12 -in %[1]s -out me.pem -nodes\" makes one of it", path)
	}
	return fmt.Errorf("%s holds no certificate: it must be PEM, with lines -----BEGIN CERTIFICATE-----", path)
}

// checkKey says why data, the content of path, holds no key that can be used.
// both is for a file that is to hold the certificate as well.
func checkKey(path string, data []byte, both bool) error {
	for _, block := range blocks(data) {
		switch {
		case block.Type == "ENCRYPTED PRIVATE KEY", strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED"):
			return fmt.Errorf("the key in %s is encrypted, and Corsage can't ask for its password: \"openssl pkey -in %[1]s -out me-key.pem\" makes one without, to be named as key", path)
		case block.Type == "PRIVATE KEY", strings.HasSuffix(block.Type, " PRIVATE KEY"):
			return nil
		}
	}
	if both {
		return fmt.Errorf("%s holds no key: add it to the file, or name its own as key", path)
	}
	return fmt.Errorf("%s holds no key: it must be PEM, with a line such as -----BEGIN PRIVATE KEY-----", path)
}

// sameCertificate reports whether two are the same, which for their keys is the
// same question.
func sameCertificate(a, b *tls.Certificate) bool {
	if a == nil || b == nil {
		return a == b
	}
	return bytes.Equal(bytes.Join(a.Certificate, nil), bytes.Join(b.Certificate, nil))
}
