package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"corsage/proxy/sysproxy"
	"corsage/ui/instance"
)

func (env Env) systemProxyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "system-proxy",
		Short: "Makes the system's proxy setting lead to corsage, and puts it back",
		Args:  noCommand,
		RunE:  needCommand,
	}
	var fixed, pac bool
	on := &cobra.Command{
		Use:   "on [--pac | --fixed]",
		Short: "Makes the system's proxy setting lead to the running corsage",
		Long: "Makes the system's proxy setting lead to the running corsage: by its PAC file, which sends there only the\n" +
			"hosts of enabled profiles, or with --fixed for all traffic. Without either it is as 'system-proxy' in the\n" +
			"settings file says. What was set before is put back by 'off', when corsage ends, and if it is killed.",
		DisableFlagsInUseLine: true,
		Args:                  noArguments(""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if fixed && pac {
				return usageError{"'corsage system-proxy on' takes --pac or --fixed, not both"}
			}
			var how *bool
			if fixed || pac {
				how = &fixed
			}
			return env.systemProxyOn(cmd.Context(), how)
		},
	}
	on.Flags().BoolVar(&fixed, "fixed", false, "set corsage as the proxy for all traffic")
	on.Flags().BoolVar(&pac, "pac", false, "set its PAC file")
	var asJSON bool
	status := &cobra.Command{
		Use:                   "status [--json]",
		Short:                 "Shows where the system's proxy setting leads, and what it is without corsage",
		DisableFlagsInUseLine: true,
		Args:                  noArguments(""),
		RunE:                  func(cmd *cobra.Command, _ []string) error { return env.systemProxyStatus(cmd.Context(), asJSON) },
	}
	status.Flags().BoolVar(&asJSON, "json", false, "print a JSON object")
	cmd.AddCommand(on,
		&cobra.Command{
			Use:                   "off",
			Short:                 "Puts the system's proxy setting back to what it was",
			DisableFlagsInUseLine: true,
			Args:                  noArguments(""),
			RunE:                  func(cmd *cobra.Command, _ []string) error { return env.systemProxyOff(cmd.Context()) },
		},
		status,
		&cobra.Command{
			Use:   "restore",
			Short: "Does the same as off, also after a corsage that was killed",
			Long: "Puts the system's proxy setting back to what it was before corsage changed it, whether corsage is running\n" +
				"or was killed. What somebody else has changed since is left as it is, and named.",
			DisableFlagsInUseLine: true,
			Args:                  noArguments(""),
			RunE:                  func(cmd *cobra.Command, _ []string) error { return env.systemProxyOff(cmd.Context()) },
		},
		&cobra.Command{
			Use:    "guard FOLDER",
			Short:  "Waits for the end of the corsage that started it, and puts the system's proxy setting back",
			Hidden: true, // corsage starts it itself
			Args:   cobra.ExactArgs(1),
			RunE:   func(cmd *cobra.Command, args []string) error { return env.guard(cmd.Context(), args[0]) },
		})
	return cmd
}

func (env Env) systemProxyOn(ctx context.Context, fixed *bool) error {
	state, _, err := instance.NewClient(instance.DefaultDirs()).SetSystemProxy(ctx, true, fixed)
	if errors.Is(err, instance.ErrNotRunning) {
		return fmt.Errorf("%w, so there is nothing that the system's proxy setting could lead to: start it with 'corsage' or 'corsage serve'", err)
	}
	if err != nil {
		return err
	}
	return env.writeSystemProxy(state)
}

func (env Env) systemProxyOff(ctx context.Context) error {
	dirs := instance.DefaultDirs()
	_, report, err := instance.NewClient(dirs).SetSystemProxy(ctx, false, nil)
	if errors.Is(err, instance.ErrNotRunning) {
		report, err = instance.SystemSwitch(dirs).Off(ctx)
	}
	if err == nil {
		err = env.writeReport(report)
	}
	return err
}

// writeReport says what was put back, and on stderr what was not.
func (env Env) writeReport(report sysproxy.Report) error {
	text := "There is nothing to put back: corsage has not changed the system's proxy setting."
	switch {
	case len(report.Left) > 0:
		text = report.Desktop + "'s proxy setting: what somebody else has changed was left alone, the rest is as it was before."
	case !report.Nothing():
		text = report.Desktop + "'s proxy setting is as it was before."
	}
	for _, left := range report.Left {
		fmt.Fprintln(env.Stderr, printable(left.String()))
	}
	_, err := fmt.Fprintln(env.Stdout, text)
	return err
}

func (env Env) systemProxyStatus(ctx context.Context, asJSON bool) error {
	state, err := instance.FindSystemProxy(ctx, instance.DefaultDirs())
	if err != nil {
		return err
	}
	if asJSON {
		out := json.NewEncoder(env.Stdout)
		out.SetEscapeHTML(false)
		out.SetIndent("", "  ")
		return out.Encode(state)
	}
	return env.writeSystemProxy(state)
}

func (env Env) writeSystemProxy(state instance.SystemProxy) error {
	w := tabwriter.NewWriter(env.Stdout, 0, 0, 2, ' ', 0)
	row := func(name, value string) { fmt.Fprintf(w, "%s\t%s\n", name, printable(value)) }
	if state.Unsupported != "" {
		row("System proxy", "none that could be set: "+state.Unsupported)
		return w.Flush()
	}
	row("System proxy", systemProxyText(state))
	before := state.Previous.String()
	if before == "" {
		before = "no proxy"
	}
	if state.PID != 0 {
		row("Put aside", before)
	}
	for _, left := range state.Changed {
		row("Changed", left.String())
	}
	return w.Flush()
}

// systemProxyText is where the setting leads, on a line.
func systemProxyText(state instance.SystemProxy) string {
	by := "by its PAC file"
	if state.Fixed {
		by = "for all traffic"
	}
	switch {
	case state.On && state.Stale:
		return fmt.Sprintf("%s's leads to a corsage that was killed: 'corsage system-proxy restore' puts it back", state.Desktop)
	case state.On:
		return fmt.Sprintf("%s's leads to corsage %s (process %d)", state.Desktop, by, state.PID)
	case state.PID != 0:
		return fmt.Sprintf("%s's was changed by somebody else and does not lead to corsage: 'corsage system-proxy restore' puts the rest back", state.Desktop)
	}
	before := state.Previous.String()
	if before == "" {
		before = "no proxy"
	}
	return fmt.Sprintf("%s's does not lead to corsage: %s", state.Desktop, before)
}

// guard is the process that outlives a corsage that is killed. What would end a
// session's programs does not end it: it ends when there is nothing left to do.
func (env Env) guard(ctx context.Context, dir string) error {
	signal.Ignore(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	report, err := sysproxy.Guard(context.WithoutCancel(ctx), dir, os.Stdin, os.Stdout)
	if err != nil || report.Nothing() {
		return err
	}
	env.log().Info("corsage was killed: its guard has put the system's proxy setting back", "desktop", report.Desktop)
	for _, left := range report.Left {
		env.log().Warn("a part of it was left alone", "part", left.String())
	}
	return nil
}

// guardCommand is the command line of a guard.
func guardCommand() []string {
	program, err := os.Executable()
	if err != nil {
		return nil
	}
	return []string{program, "system-proxy", "guard", instance.DefaultDirs().Profiles.State}
}
