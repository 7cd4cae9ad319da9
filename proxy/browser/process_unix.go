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

// terminate asks the browser alone, which ends its helpers. Chromium takes
// SIGTERM for the end of the session, in which it leaves behind what it did not
// write yet: cookies of the last half minute are gone then. (Measured with
// Chromium 156.) With SIGINT it writes them. Firefox knows neither, and writes
// soon.
func terminate(pid int, kind Kind) {
	signal := syscall.SIGTERM
	if kind == Chromium {
		signal = syscall.SIGINT
	}
	_ = syscall.Kill(pid, signal)
}

func kill(pid int) { _ = syscall.Kill(-pid, syscall.SIGKILL) }
