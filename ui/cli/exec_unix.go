//go:build !windows

package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"syscall"

	"corsage/ui/environ"
)

// defaultShell is the shell of those who have named none.
func defaultShell() string { return "/bin/sh" }

// run makes this process the command's, as env(1) does: signals, the terminal
// and the exit code are all its own. It returns only if that fails.
func run(command []string, e environ.Environ) error {
	path, err := exec.LookPath(command[0])
	switch {
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		return exitError{exitNotFound, fmt.Errorf("there is no command %q: is it on PATH?", command[0])}
	case err != nil && !errors.Is(err, exec.ErrDot):
		return exitError{exitNotRun, fmt.Errorf("can't run %q: %w", command[0], err)}
	}
	err = syscall.Exec(path, command, e.List())
	return exitError{exitNotRun, fmt.Errorf("can't run %s: %w", path, err)}
}
