//go:build !windows

package trust

import (
	"os/exec"

	"al.essio.dev/pkg/shellescape"
)

// quote writes a command as POSIX shells read it.
func quote(args []string) string { return shellescape.QuoteCommand(args) }

func hideWindow(*exec.Cmd) {}
