package trust

import (
	"os/exec"
	"syscall"

	"golang.org/x/sys/windows"
)

// quote writes a command as Windows' programs take it apart.
func quote(args []string) string { return windows.ComposeCommandLine(args) }

// hideWindow keeps a console from appearing beside the app's windows.
func hideWindow(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{HideWindow: true} }
