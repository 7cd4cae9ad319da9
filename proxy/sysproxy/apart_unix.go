//go:build !windows

package sysproxy

import (
	"errors"
	"syscall"
)

// root is a folder that keeps nothing from being unmounted.
const root = "/"

// apart has a process survive what is sent to this one's group or terminal.
func apart() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }

// running reports whether there is a process with this number, who may be any.
func running(pid int) bool {
	if pid <= 0 {
		return false
	}
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}
