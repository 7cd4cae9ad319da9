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

// running reports whether there is a process with this number, who may be any.
func running(pid int) bool {
	process, err := windows.OpenProcess(windows.SYNCHRONIZE, false, uint32(pid))
	if err != nil {
		return false
	}
	defer windows.CloseHandle(process)
	ended, err := windows.WaitForSingleObject(process, 0)
	return err == nil && ended == uint32(windows.WAIT_TIMEOUT)
}
