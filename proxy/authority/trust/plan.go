package trust

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// Plan is a list of commands, to be run in order until one fails. The zero Plan
// changes nothing.
type Plan struct {
	Commands [][]string // programs with their arguments
	// Root tells that they need root.
	Root bool
	// Lacks says what has to be installed before they can be run; empty for
	// nothing.
	Lacks string
	// Left says what was to go and stays, and what to do; empty for nothing.
	Left string
}

// Empty reports that there is nothing to run.
func (p Plan) Empty() bool { return len(p.Commands) == 0 }

// Elevation is how commands get to be root's.
type Elevation string

// The ways. What asks for a password in a terminal is never run, only shown.
const (
	AsIs   Elevation = ""       // there is no need, or no way
	Pkexec Elevation = "pkexec" // polkit's, which asks in a dialog
	Sudo   Elevation = "sudo"
)

// Lines are the commands as they would be typed into a shell, each a line: on
// Windows its Command Prompt. They are exactly what [Found.Trust] and
// [Found.Untrust] run where by is [Elevate]'s.
func (p Plan) Lines(by Elevation) []string {
	var lines []string
	for _, args := range p.elevated(by) {
		lines = append(lines, quote(args))
	}
	return lines
}

// elevated are the commands to start. Those for root are one, so that a password
// is asked for once.
func (p Plan) elevated(by Elevation) [][]string {
	if !p.Root || by == AsIs || p.Empty() {
		return p.Commands
	}
	var script []string
	for _, args := range p.Commands {
		script = append(script, quote(args))
	}
	return [][]string{{string(by), "/bin/sh", "-c", strings.Join(script, " && ")}}
}

// Elevate is how this process would run commands for root: as they are if it is
// root's, by pkexec where a desktop can show its dialog, else not: then Sudo
// tells what a person can type.
func Elevate() Elevation {
	if os.Geteuid() == 0 {
		return AsIs
	}
	if os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != "" {
		if _, err := exec.LookPath(string(Pkexec)); err == nil {
			return Pkexec
		}
	}
	return Sudo
}

// NeedsRoot says that a plan was not run, since this process can't become root:
// a person has to run its lines.
type NeedsRoot struct{ Lines []string }

func (e *NeedsRoot) Error() string {
	return "this needs root: run " + strings.Join(e.Lines, " && ")
}

// run runs the plan.
func (p Plan) run(ctx context.Context, run runner) error {
	if p.Lacks != "" && !p.Empty() {
		return errors.New(p.Lacks)
	}
	by := AsIs
	if p.Root && !p.Empty() {
		if by = Elevate(); by == Sudo {
			return &NeedsRoot{p.Lines(by)}
		}
	}
	for _, args := range p.elevated(by) {
		if _, err := run(ctx, args...); err != nil {
			return err
		}
	}
	return nil
}

// runner runs a program to its end and returns its standard output.
type runner func(ctx context.Context, args ...string) ([]byte, error)

// command is a runner. The program gets no input, and speaks no language but the
// one that is understood here. Its error holds what the program said.
func command(ctx context.Context, args ...string) ([]byte, error) {
	return start(ctx, args, func(*exec.Cmd) {})
}

// patience is how long a program may take that asks nobody.
const patience = time.Minute

// detached is a command that would ask for a password in the terminal: it has
// none.
func detached(ctx context.Context, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("`%s` did not end within %v", quote(args), patience))
	defer cancel()
	return start(ctx, args, leaveTerminal)
}

// start runs a program as prepare has it.
func start(ctx context.Context, args []string, prepare func(*exec.Cmd)) ([]byte, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	cmd.WaitDelay = time.Second
	hideWindow(cmd)
	prepare(cmd)
	out, complaint := output{stop: stop}, output{stop: stop}
	cmd.Stdout, cmd.Stderr = &out, &complaint
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case cmd.ProcessState != nil && errors.Is(context.Cause(ctx), errTalkative):
		return nil, &failure{args, cmd.ProcessState.ExitCode(), said(complaint.text, out.text)}
	case err == nil:
		return out.text, nil
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case errors.As(err, &exit) && args[0] == string(Pkexec) && exit.ExitCode() == 126:
		return nil, errors.New("the password dialog was closed, and nothing was changed")
	case errors.As(err, &exit) && args[0] == string(Pkexec) && exit.ExitCode() == 127:
		return nil, fmt.Errorf("this user was not allowed to act as root: %s", said(complaint.text, out.text))
	case errors.As(err, &exit):
		return nil, &failure{args, exit.ExitCode(), said(complaint.text, out.text)}
	}
	return nil, fmt.Errorf("starting %s: %w", args[0], err)
}

// maxOutput is more than any program has to say, in bytes.
const maxOutput = 4 << 20

var errTalkative = errors.New("the program goes on and on")

// output takes in what a program says, and stops one that goes on and on, as
// certutil does where it asks for a password and there is nobody.
type output struct {
	text []byte
	stop context.CancelCauseFunc
}

func (o *output) Write(p []byte) (int, error) {
	if len(o.text)+len(p) > maxOutput {
		o.stop(errTalkative)
		return len(p), nil // an error would be told to the program, which may complain of it
	}
	o.text = append(o.text, p...)
	return len(p), nil
}

// failure is a program that ran and failed.
type failure struct {
	args []string
	code int
	text string
}

func (f *failure) Error() string {
	return fmt.Sprintf("`%s` failed (%d): %s", quote(f.args), f.code, f.text)
}

// said is the first line that says something.
func said(outputs ...[]byte) string {
	for _, out := range outputs {
		for line := range strings.Lines(string(out)) {
			if line = strings.TrimSpace(line); line != "" {
				return line
			}
		}
	}
	return "it said nothing"
}
