// Package browser finds the browsers of this machine and starts them in a
// profile of their own, kept or thrown away, that uses the proxy and trusts its
// roots, so that nothing of the user's own profiles is read or changed.
package browser

import (
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"strings"
)

// Kind is a family of browsers that take the same settings.
type Kind int

// The families.
const (
	Chromium Kind = iota
	Firefox
)

// Sandbox is what confines a program from outside of it.
type Sandbox string

// The sandboxes. A confined browser sees little of the user's files, so that its
// profile has to lie in a folder of its own.
const (
	Unconfined Sandbox = ""
	Snap       Sandbox = "snap"
	Flatpak    Sandbox = "flatpak"
)

// The channels. Others, such as a flatpak's branch, may occur.
const (
	Stable    = ""
	Beta      = "beta"
	Dev       = "dev"
	Canary    = "canary"
	Nightly   = "nightly"
	ESR       = "ESR"
	Developer = "Developer Edition"
)

// Browser is an installed browser.
type Browser struct {
	Name    string // as people know it, such as "Google Chrome"
	Kind    Kind
	Path    string // the program's absolute path; that of flatpak for a flatpak
	Version string // such as "156.0.8078.79"; "" if it did not tell
	Channel string // such as Beta; Stable is ""
	Sandbox Sandbox
	App     string // the snap's name or the flatpak's ID
	Default bool   // links open in it
	// Obstacle says why Launch can't open it, and what to do instead; "" if it can.
	Obstacle string
}

// Title is the name with the channel, such as "Google Chrome Beta".
func (b Browser) Title() string {
	if b.Channel == Stable || strings.HasSuffix(b.Name, b.Channel) {
		return b.Name
	}
	return b.Name + " " + strings.ToUpper(b.Channel[:1]) + b.Channel[1:]
}

// Titles are the titles of a list, each with as much more as it takes to tell it
// from the others: how it is confined, its version, its path.
func Titles(list []Browser) []string {
	titles := make([]string, len(list))
	for i, b := range list {
		titles[i] = b.Title()
	}
	for _, more := range []func(Browser) string{
		func(b Browser) string { return string(b.Sandbox) },
		func(b Browser) string { return b.Version },
		func(b Browser) string { return b.Path },
	} {
		count := make(map[string]int)
		for _, t := range titles {
			count[t]++
		}
		for i, b := range list {
			if count[titles[i]] > 1 && more(b) != "" {
				titles[i] += " (" + more(b) + ")"
			}
		}
	}
	return titles
}

// id names the browser in the names of folders. Two programs differ in it, since
// one Firefox refuses a profile that a newer one has used.
func (b Browser) id() string {
	sum := sha256.Sum256([]byte(b.Path + "\x00" + b.App))
	return slug(b.Title()) + "-" + hex.EncodeToString(sum[:3])
}

// slug makes a name of letters, digits and hyphens of any.
func slug(name string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		}
		return '-'
	}, name), "-")
}

// ProfileDir is the folder of the browser's profile that is kept for the Corsage
// profile called name; "" for no profile. It lies below base, or, for a confined
// browser, in the folder that its sandbox lets it use.
func (b Browser) ProfileDir(base, name string) (string, error) {
	reach, err := b.reach()
	if err != nil {
		return "", err
	}
	if reach != "" {
		base = filepath.Join(reach, "profiles")
	}
	folder := "none"
	if name != "" {
		sum := sha256.Sum256([]byte(name)) // names may differ in what slug drops
		folder = strings.Trim(slug(name)+"-"+hex.EncodeToString(sum[:3]), "-")
	}
	return filepath.Join(base, folder, b.id()), nil
}
