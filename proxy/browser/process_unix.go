//go:build unix

package browser

import (
	"os/exec"
	"syscall"
)

// ownGroup lets the browser and its helpers be ended together, and keeps a
// Ctrl-C in Corsage's terminal from them.
func ownGroup(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = new(syscall.SysProcAttr)
	}
	cmd.SysProcAttr.Setpgid = true
}

func terminate(pid int) { _ = syscall.Kill(-pid, syscall.SIGTERM) }

func kill(pid int) { _ = syscall.Kill(-pid, syscall.SIGKILL) }
