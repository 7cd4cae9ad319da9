package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

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
		RunE:                  func(cmd *cobra.Command, _ []string) error { return env.status(cmd.Context(), asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON object")
	return cmd
}

// statusReport is what status prints.
type statusReport struct {
	instance.Status
	// SystemProxy is how the system's proxy setting stands; nil where it can't be
	// told.
	SystemProxy *instance.SystemProxy `json:"system_proxy,omitempty"`
}

func (env Env) status(ctx context.Context, asJSON bool) error {
	dirs := instance.DefaultDirs()
	s, err := instance.NewClient(dirs).Status(ctx)
	if err != nil {
		return notRunning(err)
	}
	report := statusReport{Status: s}
	if system, err := instance.FindSystemProxy(ctx, dirs); err == nil {
		report.SystemProxy = &system
	}
	if asJSON {
		out := json.NewEncoder(env.Stdout)
		out.SetEscapeHTML(false)
		out.SetIndent("", "  ")
		return out.Encode(report)
	}
	return report.write(env.Stdout)
}

// notRunning says what to do where none runs.
func notRunning(err error) error {
	if errors.Is(err, instance.ErrNotRunning) {
		return fmt.Errorf("%w: start it with 'corsage', or with 'corsage serve' where there is no screen", err)
	}
	return err
}

// write writes a status for people: facts, then a line a profile, with what is wrong
// with its file, or new of its root certificate, below.
func (s statusReport) write(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row := func(name, value string) { fmt.Fprintf(w, "%s\t%s\n", name, printable(value)) }
	kind := "without windows"
	if s.Windows {
		kind = "with tray and windows"
	}
	row("Running", fmt.Sprintf("%s, process %d", kind, s.PID))
	row("Proxy", s.Proxy)
	row("PAC file", s.PAC)
	if s.SystemProxy != nil && s.SystemProxy.Unsupported == "" {
		row("System proxy", systemProxyText(*s.SystemProxy))
	}
	row("Certificates", s.CA)
	if len(s.Profiles) == 0 {
		row("Profiles", "none yet: 'corsage profile new URL' makes one")
		return w.Flush()
	}
	fmt.Fprintln(w)
	if err := w.Flush(); err != nil {
		return err
	}
	w = tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "PROFILE\tENABLED\tBACKENDS\tROOT UNTIL")
	for _, p := range s.Profiles {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", printable(orDash(p.Name)), state(p),
			printable(orDash(strings.Join(p.Backends, ", "))), s.rootUntil(p))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, p := range s.Profiles {
		for line := range strings.Lines(p.Error) {
			fmt.Fprintln(out, "error: "+oneLine(line))
		}
	}
	for _, r := range s.Roots {
		if r.Renewed != "" {
			fmt.Fprintln(out, "note: "+oneLine(r.Profile+": "+r.Renewed))
		}
	}
	return nil
}

// rootUntil is how long a profile's root certificate is valid; one without https
// backends has none.
func (s statusReport) rootUntil(p instance.Profile) string {
	for _, r := range s.Roots {
		if r.File == p.File {
			return r.Until.Local().Format(time.DateOnly)
		}
	}
	return "-"
}

// state tells whether a profile is on, and until when.
func state(p instance.Profile) string {
	switch {
	case p.OffAt == nil:
		return yesNo(p.Enabled)
	case time.Until(*p.OffAt) < 12*time.Hour:
		return "until " + p.OffAt.Local().Format("15:04")
	}
	return "until " + p.OffAt.Local().Format("Mon 15:04")
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
