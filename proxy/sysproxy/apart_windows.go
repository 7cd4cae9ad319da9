package sysproxy

import (
	"syscall"

	"golang.org/x/sys/windows"
)

// root is a folder that keeps nothing from being unmounted.
const root = `C:\`

// apart has a process survive what is sent to this one's group or console.
func apart() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: windows.CREATE_NEW_PROCESS_GROUP | windows.DETACHED_PROCESS, HideWindow: true}
}
