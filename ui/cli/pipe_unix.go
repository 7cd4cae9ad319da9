//go:build !windows

package cli

import (
	"errors"
	"syscall"
)

// isClosedPipe reports whether err says that nobody reads the output any more.
func isClosedPipe(err error) bool { return errors.Is(err, syscall.EPIPE) }
