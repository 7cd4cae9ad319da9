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
func terminate(pid int, _ Kind) { taskkill("/T", "/PID", strconv.Itoa(pid)) }

// kill ends the process and those that it started.
func kill(pid int) { taskkill("/F", "/T", "/PID", strconv.Itoa(pid)) }

// taskkill runs it without the console that a program with windows would get for it.
func taskkill(args ...string) {
	cmd := exec.Command("taskkill", args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{HideWindow: true}
	_ = cmd.Run()
}
