package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"corsage/ui/environ"
	"corsage/ui/instance"
)

// errNoneToUse says what to do where a shell can't use Corsage.
var errNoneToUse = errors.New("no corsage is running: start 'corsage', or 'corsage serve' in another terminal, and try again")

func (env Env) envCommand() *cobra.Command {
	var shell string
	var unset bool
	cmd := &cobra.Command{
		Use:   "env [--shell sh|fish|powershell|cmd] [--unset] | env [--] COMMAND [ARG]...",
		Short: "Prints the variables that make curl, Node, Python and others use Corsage, or runs a command with them",
		Long: "Prints the variables that make programs in a terminal use the running Corsage: its proxy, and files of\n" +
			"certificates with the system's, your own and Corsage's. In bash, zsh and other shells that are like sh:\n\n" +
			"  eval \"$(corsage env)\"            this shell uses Corsage from now on\n" +
			"  eval \"$(corsage env --unset)\"    and as before again\n" +
			"  corsage env npm run dev          one command uses it, and its exit code is the command's\n\n" +
			"What the variables were is kept: a company's certificates go into the files, and the exceptions in NO_PROXY stay.\n" +
			"Programs on this machine go on talking to each other directly, except where a profile has a backend here.",
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			words := environ.ShellAt(os.Getenv("SHELL"))
			if cmd.Flags().Changed("shell") {
				var err error
				if words, err = environ.ShellNamed(shell); err != nil {
					return usageError{"--shell: " + err.Error()}
				}
			}
			switch {
			case len(args) == 0 && cmd.ArgsLenAtDash() == 0:
				return usageError{"'corsage env --' needs a command to run after it"}
			case len(args) > 0 && (unset || cmd.Flags().Changed("shell")):
				return usageError{"--shell and --unset are for printing, not for running a command: leave them out"}
			case len(args) > 0:
				return env.runWith(cmd.Context(), args)
			case unset:
				return env.printUndo(words)
			}
			return env.printVariables(cmd.Context(), words)
		},
	}
	cmd.Flags().SetInterspersed(false) // what follows COMMAND is its own
	cmd.Flags().StringVar(&shell, "shell", "sh", "in whose words: sh (bash, zsh and their like), fish, powershell or cmd; by default what $SHELL is")
	cmd.Flags().BoolVar(&unset, "unset", false, "print how to make the variables what they were")
	return cmd
}

func (env Env) shellCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "shell",
		Short: "Starts a shell whose programs use Corsage",
		Long: "Starts your shell ($SHELL) with the variables that 'corsage env' prints. Its 'exit' leaves it.\n" +
			"The tray's menu opens a terminal with it.",
		Args: noArguments("to run a command use 'corsage env COMMAND'"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			e, status, err := env.using(cmd.Context())
			if err != nil {
				return err
			}
			fmt.Fprintln(env.Stderr, status.Setup().Sign())
			return run([]string{cmp.Or(os.Getenv("SHELL"), defaultShell())}, e)
		},
	}
}

// variables returns what the environment e needs to use the running instance.
func variables(ctx context.Context, e environ.Environ) (set []environ.Variable, notes []string, status instance.Status, err error) {
	status, err = instance.NewClient(instance.DefaultDirs()).Status(ctx)
	if errors.Is(err, instance.ErrNotRunning) {
		return nil, nil, status, errNoneToUse
	}
	if err != nil {
		return nil, nil, status, err
	}
	set, notes, err = status.Setup().Variables(e)
	return set, notes, status, err
}

// using returns this process's environment made to use the running instance,
// and tells on stderr what a person should know of it.
func (env Env) using(ctx context.Context) (environ.Environ, instance.Status, error) {
	e := environ.Current()
	set, notes, status, err := variables(ctx, e)
	if err != nil {
		return nil, status, err
	}
	for _, n := range notes {
		fmt.Fprintln(env.Stderr, "corsage: "+oneLine(n))
	}
	return e.With(set), status, nil
}

func (env Env) runWith(ctx context.Context, command []string) error {
	e, _, err := env.using(ctx)
	if err != nil {
		return err
	}
	return run(command, e)
}

func (env Env) printVariables(ctx context.Context, shell environ.Shell) error {
	set, notes, status, err := variables(ctx, environ.Current())
	if err != nil {
		return err
	}
	comments := append([]string{
		"With these, programs use the Corsage at " + status.Proxy + ": " + shell.Use,
		"To make them what they were: " + shell.Undo,
	}, notes...)
	text, err := shell.Text(set, nil, comments...)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(env.Stdout, text)
	return err
}

func (env Env) printUndo(shell environ.Shell) error {
	e := environ.Current()
	set, unset, err := e.Undo()
	if err != nil {
		return err
	}
	comment := "With these, the variables are what they were: " + shell.Undo
	if !e.InUse() {
		comment = "This shell does not use Corsage: there is nothing to undo."
	}
	text, err := shell.Text(set, unset, comment)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(env.Stdout, text)
	return err
}

// exitError is a command's exit code, which is corsage's then. err is nil where
// the command has had its say.
type exitError struct {
	code int
	err  error
}

func (e exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e exitError) Unwrap() error { return e.err }

// The exit codes of env(1) where it can't run a command.
const (
	exitNotRun   = 126
	exitNotFound = 127
)
