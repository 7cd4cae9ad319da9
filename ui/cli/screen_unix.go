//go:build unix && !darwin

package cli

import (
	"os"
	"slices"
)

// noScreen tells why a browser may have ended at once.
func noScreen(args []string) string {
	if os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != "" || slices.Contains(args, "--headless") {
		return ""
	}
	return "; there is no screen here, since neither DISPLAY nor WAYLAND_DISPLAY is set"
}
