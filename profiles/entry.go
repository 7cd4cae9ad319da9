package profiles

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"corsage/proxy"
	"corsage/proxy/session"
)

// entry is one profile file as a Store last read it. It is not changed once
// made.
type entry struct {
	path string // as listed
	real string // with symbolic links resolved; path where that fails
	text []byte
	err  error // of text; an Errors
	// warnings are of text too.
	warnings []Warning
	// profile and rules are of text, or where that is bad of the last good
	// version; nil if there was none.
	profile *Profile
	rules   []*proxy.Rule
	files   []string // of certificates and keys that text names, readable or not
}

// examine reads and compiles a file. sessions returns the held session of a
// profile's name.
func examine(path string, sessions func(name string) *session.Store) *entry {
	e := &entry{path: path, real: path}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		e.real = real
	}
	var err error
	if e.text, err = readBounded(e.real); err != nil {
		e.err = Errors{{File: path, Message: fmt.Sprintf("cannot be read: %v", err)}}
		return e
	}
	dir := filepath.Dir(e.real)
	var d *document
	d, e.rules, e.err = compile(path, dir, e.text, sessions)
	e.warnings = d.warnings
	for _, b := range d.profile.Backends {
		e.files = append(e.files, b.files(dir)...)
	}
	if e.err == nil {
		e.profile = d.profile
	}
	return e
}

// compile is Parse and Rules, with the places of what Rules finds. The document
// is never nil.
func compile(path, dir string, text []byte, sessions func(name string) *session.Store) (*document, []*proxy.Rule, error) {
	d, err := read(path, text)
	if err != nil {
		return d, nil, err
	}
	rules, err := d.profile.Rules(dir, sessions(d.profile.Name))
	var errs Errors
	if errors.As(err, &errs) {
		for _, e := range errs {
			e.File = path
			if n := d.at[e.Field]; n != nil {
				e.Line, e.Column = n.Line, n.Column
			}
		}
		return d, nil, errs
	}
	return d, rules, nil
}

// readBounded reads a file, but no more than is needed to see that it is too big.
func readBounded(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is no regular file")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxFile+1))
}

// sameAs reports whether nothing has happened between two readings of a file.
func (e *entry) sameAs(old *entry) bool {
	if old == nil || e.real != old.real || !bytes.Equal(e.text, old.text) || fmt.Sprint(e.err) != fmt.Sprint(old.err) {
		return false
	}
	if e.err != nil { // old holds a last good version, e none
		return true
	}
	for i, r := range e.rules {
		if !bytes.Equal(r.CA, old.rules[i].CA) || !sameCertificate(r.Certificate, old.rules[i].Certificate) {
			return false
		}
	}
	return true
}

// name returns what the entry is called: its profile's name, or "".
func (e *entry) name() string {
	if e.profile == nil {
		return ""
	}
	return e.profile.Name
}

// item returns the entry as others see it.
func (e *entry) item(enabled map[string]bool) Item {
	return Item{
		Profile: e.profile.Clone(), File: e.path, Err: e.err, Warnings: e.warnings,
		Enabled: e.profile != nil && enabled[e.profile.Name],
	}
}

// taken is the error of a file whose profile has the name of another's.
func taken(path, name string, text []byte, first string) error {
	p := &Problem{File: path, Field: "name", Message: fmt.Sprintf("%q is the name of the profile in %s already: give this one another", name, first)}
	if d, err := read(path, text); err == nil {
		if n := d.at["name"]; n != nil {
			p.Line, p.Column = n.Line, n.Column
		}
	}
	return Errors{p}
}

// Check reads a profile file as a Store would, the files it names too, and tells what
// is wrong with it. The error is of type Errors.
func Check(file string) ([]Warning, error) {
	e := examine(file, func(string) *session.Store { return nil })
	return e.warnings, e.err
}
