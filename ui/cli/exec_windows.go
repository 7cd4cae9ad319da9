package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"

	"corsage/ui/environ"
)

// defaultShell is the shell of those who have named none.
func defaultShell() string { return cmp.Or(os.Getenv("ComSpec"), "cmd.exe") }

// run runs the command and waits for its end; its exit code is in the error.
// Ctrl+C reaches both, since they share the console.
func run(command []string, e environ.Environ) error {
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = e.List()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := cmd.Run()
	exit := new(exec.ExitError)
	switch {
	case err == nil:
		return nil
	case errors.As(err, &exit):
		return exitError{code: exit.ExitCode()}
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		return exitError{exitNotFound, fmt.Errorf("there is no command %q: is it on PATH?", command[0])}
	}
	return exitError{exitNotRun, fmt.Errorf("can't run %q: %w", command[0], err)}
}
