//go:build !headless && (linux || freebsd || netbsd || openbsd)

package desktop

import (
	"errors"
	"os"
)

// screen fails where there is none to show windows on.
func screen() error {
	if os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
		return errors.New("there is no screen to show windows on (neither DISPLAY nor WAYLAND_DISPLAY is set): use 'corsage serve' here")
	}
	return nil
}
