package terminal

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/windows"

	"corsage/ui/environ"
)

// Found reports whether there is a terminal to open: Windows comes with one.
func Found() bool { return true }

// Open opens a console with a shell in it; Windows Terminal shows it where it is
// the default. It stays open when this process ends.
func Open(_ context.Context, s Shell) error {
	args := windowsCommand(cmp.Or(os.Getenv("ComSpec"), "cmd.exe"), exec.LookPath, s.Sign)
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = environ.Current().With(s.Variables).List()
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: windows.CREATE_NEW_CONSOLE}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("opening a console: %w", err)
	}
	return cmd.Process.Release()
}
