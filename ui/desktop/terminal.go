//go:build !headless

package desktop

import (
	"context"
	"errors"
	"fmt"
	"os"

	"corsage/ui/environ"
	"corsage/ui/instance"
	"corsage/ui/terminal"
)

// openTerminal returns what opens a terminal whose programs use i; nil where
// there is no terminal.
func openTerminal(i *instance.Instance, dirs instance.Dirs) func(context.Context) error {
	if !terminal.Found() {
		return nil
	}
	return func(ctx context.Context) error {
		program, err := os.Executable()
		if err != nil {
			return fmt.Errorf("finding out where this program is: %w", err)
		}
		// What runs in the terminal asks the instance that the others reach.
		if s, err := instance.NewClient(dirs).Status(ctx); err != nil || s.PID != os.Getpid() {
			return errors.New("it would use another corsage, which was started first: end that one, with this one, and start again")
		}
		setup := i.Status().Setup()
		set, _, err := setup.Variables(environ.Current())
		if err != nil {
			return err
		}
		return terminal.Open(ctx, terminal.Shell{Program: program, Variables: set, Sign: setup.Sign(), Dir: dirs.Runtime})
	}
}
