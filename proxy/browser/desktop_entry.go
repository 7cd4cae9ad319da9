package browser

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kballard/go-shellquote"
)

// desktopEntry is what a .desktop file says of a browser (freedesktop.org
// Desktop Entry Specification 1.5).
type desktopEntry struct {
	id      string   // the file's name, by which it is the default
	name    string   // not localized
	command []string // Exec without field codes, and without env and its variables
	flatpak string   // its ID
	snap    string   // its name
}

// parseDesktopEntry reads the text of a .desktop file. ok is false if it is no
// program that opens https addresses, or is hidden.
func parseDesktopEntry(id string, text []byte) (e desktopEntry, ok bool, err error) {
	file, err := readINI(text)
	if err != nil {
		return desktopEntry{}, false, fmt.Errorf("%s: %w", id, err)
	}
	s := file.Section("Desktop Entry")
	value := func(key string) string { return s.Key(key).Value() }
	types := strings.Split(value("MimeType"), ";")
	if value("Type") != "Application" || value("Hidden") == "true" || !slices.Contains(types, "x-scheme-handler/https") {
		return desktopEntry{}, false, nil
	}
	command, err := parseExec(value("Exec"))
	if err != nil {
		return desktopEntry{}, false, fmt.Errorf("%s: %w", id, err)
	}
	if len(command) == 0 {
		return desktopEntry{}, false, nil
	}
	return desktopEntry{
		id: id, name: value("Name"), command: command,
		flatpak: value("X-Flatpak"), snap: value("X-SnapInstanceName"),
	}, true, nil
}

// parseExec splits an Exec value (section 7, "The Exec key").
func parseExec(line string) ([]string, error) {
	// Strings are escaped once as values, then quoted as arguments.
	line = strings.NewReplacer(`\s`, " ", `\n`, "\n", `\t`, "\t", `\r`, "\r", `\\`, `\`).Replace(line)
	words, err := shellquote.Split(line)
	if err != nil {
		return nil, fmt.Errorf("the command %q: %w", line, err)
	}
	var command []string
	for _, w := range words {
		switch {
		case len(w) == 2 && w[0] == '%' && w != "%%", w == "@@" || w == "@@u":
			continue // field codes, and flatpak's marks round them
		case len(command) == 0 && (w == "env" || filepath.Base(w) == "env" || strings.Contains(w, "=")):
			continue
		}
		command = append(command, strings.ReplaceAll(w, "%%", "%"))
	}
	return command, nil
}

// desktopEntries reads the browsers' entries in the folders, the first of them
// first; where two have the same name only the first counts, as everywhere.
// Files that can't be read are left out.
func desktopEntries(dirs []string) []desktopEntry {
	var list []desktopEntry
	seen := make(map[string]bool)
	for _, dir := range dirs {
		_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".desktop") {
				return nil
			}
			rel, err := filepath.Rel(dir, path)
			if err != nil {
				return nil
			}
			id := strings.ReplaceAll(filepath.ToSlash(rel), "/", "-")
			if seen[id] {
				return nil
			}
			seen[id] = true
			text, err := readText(path)
			if err != nil {
				return nil
			}
			if e, ok, err := parseDesktopEntry(id, text); err == nil && ok {
				list = append(list, e)
			}
			return nil
		})
	}
	return list
}
