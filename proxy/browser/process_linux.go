package browser

import (
	"os/exec"
	"syscall"
)

// endWithParent has the browser end when the thread that starts it does, so that
// nothing of a temporary one is left of a Corsage that was killed.
func endWithParent(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = new(syscall.SysProcAttr)
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGTERM
}
