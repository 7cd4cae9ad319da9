package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"corsage/ui/instance"
)

func (env Env) statusCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "status [--json]",
		Short: "Shows how the running corsage is",
		Long: "Shows where the proxy of the running corsage is, what it decrypts with, and which profiles are enabled.\n" +
			"The exit code is 1 if none is running.",
		DisableFlagsInUseLine: true,
		Args:                  noArguments(""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := instance.NewClient(instance.DefaultDirs()).Status(cmd.Context())
			if err != nil {
				return notRunning(err)
			}
			if asJSON {
				out := json.NewEncoder(env.Stdout)
				out.SetEscapeHTML(false)
				out.SetIndent("", "  ")
				return out.Encode(s)
			}
			return writeStatus(env.Stdout, s)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON object")
	return cmd
}

// notRunning says what to do where none runs.
func notRunning(err error) error {
	if errors.Is(err, instance.ErrNotRunning) {
		return fmt.Errorf("%w: start it with 'corsage', or with 'corsage serve' where there is no screen", err)
	}
	return err
}

// writeStatus writes a status for people: facts, then a line a profile, with what
// is wrong with its file below it.
func writeStatus(out io.Writer, s instance.Status) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row := func(name, value string) { fmt.Fprintf(w, "%s\t%s\n", name, printable(value)) }
	kind := "without windows"
	if s.Windows {
		kind = "with tray and windows"
	}
	row("Running", fmt.Sprintf("%s, process %d", kind, s.PID))
	row("Proxy", s.Proxy)
	row("PAC file", s.PAC)
	row("Certificates", s.CA)
	if len(s.Profiles) == 0 {
		row("Profiles", "none yet: 'corsage profile new URL' makes one")
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if len(s.Profiles) == 0 {
		return nil
	}
	fmt.Fprintln(out)
	w = tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "PROFILE\tENABLED\tBACKENDS")
	for _, p := range s.Profiles {
		fmt.Fprintf(w, "%s\t%s\t%s\n", printable(orDash(p.Name)), yesNo(p.Enabled), printable(orDash(strings.Join(p.Backends, ", "))))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, p := range s.Profiles {
		for line := range strings.Lines(p.Error) {
			fmt.Fprintln(out, "error: "+oneLine(line))
		}
	}
	return nil
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
