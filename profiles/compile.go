package profiles

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"corsage/proxy"
	"corsage/proxy/session"
)

// Rules compiles the profile: one rule a backend, in order, each with the
// enabled modifiers in the catalogue's order. dir is the folder that ca paths
// are relative to; the files are read here. All rules share sessions. The error
// is of type Errors, without file and places.
func (p *Profile) Rules(dir string, sessions *session.Store) ([]*proxy.Rule, error) {
	var errs Errors
	fail := func(field string, err error) {
		errs = append(errs, &Problem{Field: field, Message: err.Error()})
	}
	if err := checkName(p.Name); err != nil {
		fail("name", err)
	}
	if len(p.Backends) == 0 {
		fail("backends", errors.New("is empty: a profile needs at least one backend"))
	}
	origins, err := proxy.ParseOrigins(p.AllowedOrigins())
	if err != nil {
		fail("origins", err)
	}
	var modifiers []proxy.Modifier
	for _, m := range Catalog() {
		if p.On(m.Name) {
			modifiers = append(modifiers, m)
		}
	}
	csrf := proxy.CSRF{Cookie: p.CSRF.Cookie, Header: p.CSRF.Header}
	if csrf.Cookie == "" {
		csrf.Cookie = DefaultCSRFCookie
	}
	if csrf.Header == "" {
		csrf.Header = DefaultCSRFHeader
	}
	var rules []*proxy.Rule
	for i, b := range p.Backends {
		field := fmt.Sprintf("backends[%d]", i)
		rule := &proxy.Rule{
			Profile: p.Name, Insecure: b.Insecure, Origins: origins,
			Modifiers: modifiers, CSRF: csrf, Sessions: sessions,
		}
		if rule.Backend, err = proxy.ParsePattern(b.URL); err != nil {
			fail(field+".url", err)
		}
		if b.Path != "" {
			if rule.Path, err = regexp.Compile(b.Path); err != nil {
				fail(field+".path", checkPath(b.Path))
			}
		}
		if b.Upstream != "" {
			if rule.Upstream, err = parseUpstream(b.Upstream); err != nil {
				fail(field+".upstream", err)
			}
		}
		if b.CA != "" {
			if rule.CA, err = readCA(caPath(dir, b.CA)); err != nil {
				fail(field+".ca", err)
			}
		}
		rules = append(rules, rule)
	}
	if len(errs) > 0 {
		return nil, errs
	}
	return rules, nil
}

// caPath returns where a ca file lies that a profile in dir names.
func caPath(dir, ca string) string {
	ca = filepath.FromSlash(ca)
	if filepath.IsAbs(ca) {
		return ca
	}
	return filepath.Join(dir, ca)
}

// maxCA bounds a ca file, in bytes.
const maxCA = 4 << 20

// readCA reads a PEM bundle and makes sure that it holds certificates.
func readCA(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no file %s: the path is relative to the profile file", path)
	case err != nil:
		return nil, fmt.Errorf("cannot read the certificates: %w", err)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is no file: name a PEM file with certificates", path)
	case info.Size() > maxCA:
		return nil, fmt.Errorf("%s has %d bytes, at most %d are allowed: name a PEM file with certificates", path, info.Size(), maxCA)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read the certificates: %w", err)
	}
	certificates := 0
	for rest := data; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
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
