//go:build !windows

package sysproxy

import "syscall"

// root is a folder that keeps nothing from being unmounted.
const root = "/"

// apart has a process survive what is sent to this one's group or terminal.
func apart() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }
