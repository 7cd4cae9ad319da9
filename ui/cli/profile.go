package cli

import (
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"corsage/profiles"
	"corsage/ui/instance"
)

func (env Env) profileCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "profile",
		Short: "Makes, lists, switches and checks profiles",
		Args:  noCommand,
		RunE:  needCommand,
	}
	cmd.AddCommand(
		&cobra.Command{
			Use:   "ls",
			Short: "Lists the profiles, of the running corsage if there is one",
			Args:  noArguments(""),
			RunE:  env.listProfiles,
		},
		env.enableCommand(),
		env.disableCommand(),
		&cobra.Command{
			Use:   "check FILE...",
			Short: "Checks profile files without using them",
			Args: func(_ *cobra.Command, args []string) error {
				if len(args) == 0 {
					return usageError{"'corsage profile check' needs at least one profile's file"}
				}
				return nil
			},
			RunE: env.checkProfiles,
		},
		env.newProfileCommand(),
		env.importCommand(),
	)
	return cmd
}

func (env Env) listProfiles(cmd *cobra.Command, _ []string) (err error) {
	p, done, err := instance.OpenProfiles(cmd.Context(), instance.DefaultDirs())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	list, err := p.List(cmd.Context())
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(env.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "NAME\tENABLED\tBACKENDS\tFILE")
	for _, p := range list {
		name, enabled, backends := "-", "no", "-"
		if p.Name != "" {
			name = printable(p.Name)
		}
		if p.Enabled {
			enabled = "yes"
		}
		if len(p.Backends) > 0 {
			backends = printable(strings.Join(p.Backends, ","))
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", name, enabled, backends, p.File)
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("writing the list: %w", err)
	}
	for _, p := range list {
		if p.Error != "" {
			for line := range strings.Lines(p.Error) {
				fmt.Fprintln(env.Stderr, "corsage: "+oneLine(line))
			}
		}
	}
	if len(list) == 0 {
		fmt.Fprintln(env.Stderr, "there is no profile yet: start 'corsage' to make one, or put a file into", instance.DefaultDirs().Profiles.Config)
	}
	return nil
}

func (env Env) checkProfiles(_ *cobra.Command, files []string) error {
	bad := 0
	for _, file := range files {
		warnings, err := profiles.Check(file)
		for _, w := range warnings {
			w.Message = "warning: " + w.Message
			fmt.Fprintln(env.Stdout, oneLine(w.Error()))
		}
		if err == nil {
			fmt.Fprintln(env.Stdout, oneLine(file+": ok"))
			continue
		}
		bad++
		var faults profiles.Errors
		if !errors.As(err, &faults) {
			fmt.Fprintln(env.Stdout, oneLine(file+": "+err.Error()))
			continue
		}
		for _, fault := range faults {
			fmt.Fprintln(env.Stdout, oneLine(fault.Error()))
		}
	}
	if bad > 0 {
		return fmt.Errorf("%d of %s can't be used: correct what is named above", bad, plural(uint64(len(files)), "file", "files"))
	}
	return nil
}
