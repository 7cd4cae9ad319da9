package browser

import (
	"os/exec"
	"strconv"
	"syscall"
)

// ownGroup keeps a Ctrl-C in Corsage's terminal from the browser.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}

// terminate closes the windows of the process and of those that it started.
func terminate(pid int, _ Kind) { _ = exec.Command("taskkill", "/T", "/PID", strconv.Itoa(pid)).Run() }

// kill ends the process and those that it started.
func kill(pid int) { _ = exec.Command("taskkill", "/F", "/T", "/PID", strconv.Itoa(pid)).Run() }
