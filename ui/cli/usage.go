package cli

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"corsage/ui/plain"
)

// usageError is bad use of the command line: exit code 2.
type usageError struct{ text string }

func (e usageError) Error() string { return e.text }

// noArguments is for commands that take none; hint says where such an argument
// may belong.
func noArguments(hint string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		if hint != "" {
			hint = "; " + hint
		}
		return usageError{fmt.Sprintf("'%s' takes no argument, but got %q%s", cmd.CommandPath(), args[0], hint)}
	}
}

// noCommand is for commands that have subcommands, of which args name none.
func noCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	cmd.SuggestionsMinimumDistance = 2
	advice := "'" + cmd.CommandPath() + " --help' shows all"
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		best := near[0]
		for _, name := range near {
			if strings.HasPrefix(name, args[0]) {
				best = name
				break
			}
		}
		advice = fmt.Sprintf("did you mean '%s %s'?", cmd.CommandPath(), best)
	}
	return usageError{fmt.Sprintf("there is no command '%s %s'; %s", cmd.CommandPath(), args[0], advice)}
}

// needCommand is what a command does that only has subcommands.
func needCommand(cmd *cobra.Command, _ []string) error {
	var names []string
	for _, c := range cmd.Commands() {
		names = append(names, c.Name())
	}
	return usageError{fmt.Sprintf("'%s' needs to know what to do: add one of %s", cmd.CommandPath(), strings.Join(names, ", "))}
}

// oneLine and printable make text fit for a terminal.
func oneLine(s string) string { return plain.Line(s) }

func printable(s string) string { return plain.Text(s) }

func plural(n uint64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.FormatUint(n, 10) + " " + many
}
