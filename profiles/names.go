package profiles

import (
	"os"
	"path/filepath"
	"strings"
)

// Names returns the names of the profiles whose files are in a folder, by file. It
// only reads: neither the folder nor anything else is made, and files that can't be
// read are left out.
func Names(dir string) (names []string) {
	files, _ := os.ReadDir(dir)
	for _, f := range files {
		if !isProfile(f) {
			continue
		}
		path := filepath.Join(dir, f.Name())
		text, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		if p, _, err := Parse(path, text); err == nil {
			names = append(names, p.Name)
		}
	}
	return names
}

// isProfile reports whether a file of the folder is taken for a profile's.
func isProfile(f os.DirEntry) bool {
	ext := strings.ToLower(filepath.Ext(f.Name()))
	return (ext == ".yaml" || ext == ".yml") && !strings.HasPrefix(f.Name(), ".") && !f.IsDir()
}
