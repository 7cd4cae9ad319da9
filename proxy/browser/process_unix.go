//go:build unix

package browser

import (
	"os/exec"
	"syscall"
)

// ownGroup lets the browser and its helpers be ended together, and keeps a
// Ctrl-C in Corsage's terminal from them.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func terminate(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }

func kill(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
