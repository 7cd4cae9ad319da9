//go:build !windows

package trust

import (
	"os/exec"
	"syscall"

	"al.essio.dev/pkg/shellescape"
)

// quote writes a command as POSIX shells read it.
func quote(args []string) string { return shellescape.QuoteCommand(args) }

func hideWindow(*exec.Cmd) {}

// leaveTerminal has a program run in a session of its own, without a terminal.
func leaveTerminal(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }
