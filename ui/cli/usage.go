package cli

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/spf13/cobra"
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

// oneLine brings text to one line that does nothing to a terminal but show.
func oneLine(s string) string {
	lines := strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' })
	return printable(strings.Join(lines, "; "))
}

// printable replaces what could steer a terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar || unicode.Is(unicode.Cf, r) {
			return '?'
		}
		return r
	}, s)
}
