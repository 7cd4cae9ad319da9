package trust

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
)

// system is the system's store of Linux distributions: a folder for roots that an
// administrator adds, a program that takes them over, and the file that it makes.
type system struct {
	anchors string   // the folder
	update  []string // the program
	without []string // the program, after something was taken out
	bundle  string   // the file
}

// distributions are the known ones. Each is told by its folder, which comes with
// the package that has the program.
func distributions() []system {
	takeOver := []string{"update-ca-trust", "extract"}
	compat := []string{"trust", "extract-compat"}
	update := []string{"update-ca-certificates"}
	return []system{
		// Fedora, RHEL and theirs: update-ca-trust(8).
		{"/etc/pki/ca-trust/source/anchors", takeOver, takeOver, "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem"},
		// Arch: trust(1) of p11-kit, as update-ca-trust runs it.
		{"/etc/ca-certificates/trust-source/anchors", compat, compat, "/etc/ca-certificates/extracted/tls-ca-bundle.pem"},
		// openSUSE: update-ca-certificates(8) of its own.
		{"/etc/pki/trust/anchors", update, update, "/var/lib/ca-certificates/ca-bundle.pem"},
		// Debian, Ubuntu, Alpine: update-ca-certificates(8), which leaves links to what
		// is gone unless it begins afresh.
		{"/usr/local/share/ca-certificates", update, []string{"update-ca-certificates", "--fresh"}, "/etc/ssl/certs/ca-certificates.crt"},
	}
}

// systemOf is the one whose folder is there; ok is false for none.
func systemOf(all []system) (s system, ok bool) {
	for _, s := range all {
		if isDir(s.anchors) {
			return s, true
		}
	}
	return system{}, false
}

func (s system) list(context.Context, runner) ([]Held, error) {
	bundle, err := os.ReadFile(s.bundle)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var trusted []Held
	for _, c := range certificates(bundle) {
		if isOurs(c) {
			trusted = append(trusted, Held{Cert: c, Label: s.bundle, Trusted: true})
		}
	}
	files, err := os.ReadDir(s.anchors)
	if err != nil {
		return nil, err
	}
	var held []Held
	for _, f := range files {
		path := filepath.Join(s.anchors, f.Name())
		if !f.Type().IsRegular() || filepath.Ext(path) != ".crt" && filepath.Ext(path) != ".pem" {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		inside := certificates(text)
		for i, c := range inside {
			if isOurs(c) {
				held = append(held, Held{c, path, find(trusted, c) != nil, slices.Concat(inside[:i], inside[i+1:])})
			}
		}
	}
	for _, t := range trusted { // from a file that is gone, before the next update
		if find(held, t.Cert) == nil {
			held = append(held, t)
		}
	}
	return held, nil
}

func (s system) install(roots []Root, held []Held) [][]string {
	var commands [][]string
	for _, r := range roots {
		if find(held, r.Cert) == nil {
			commands = append(commands, []string{"install", "-m", "0644", r.Path, filepath.Join(s.anchors, r.fileName())})
		}
	}
	return append(commands, s.update)
}

func (s system) remove(held []Held) [][]string {
	var commands [][]string
	removed := make(map[string]bool)
	for _, h := range held {
		if h.Label != s.bundle && !removed[h.Label] {
			removed[h.Label] = true
			commands = append(commands, []string{"rm", "-f", h.Label})
		}
	}
	return append(commands, s.without)
}

// fileName is a label without what file systems or shells take for something
// else. Debian reads only files that end in .crt.
func (r Root) fileName() string {
	words := strings.FieldsFunc(strings.ToLower(r.Profile), func(c rune) bool {
		return c > unicode.MaxASCII || !unicode.IsLetter(c) && !unicode.IsDigit(c)
	})
	name := strings.Join(append([]string{strings.ToLower(organization)}, words...), "-")
	return name[:min(len(name), 60)] + "-" + mark(r.Cert) + ".crt"
}
