package sysproxy

import "fmt"

// findDesktop returns the desktop that a journal names, or for "" the one that
// is here.
func findDesktop(id string) (desktop, error) {
	if m := (macos{run: run}); id == "" || id == m.id() {
		return m, nil
	}
	return nil, fmt.Errorf("there is no proxy setting of %q on this system", id)
}
