package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"corsage/ui/instance"
)

// enableCommand and disableCommand stand at the top and under profile as well.
func (env Env) enableCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "enable NAME...",
		Short: "Enables profiles, at once in a running corsage",
		Long: "Enables the named profiles: of the running corsage, for new requests at once; if none is running, for\n" +
			"the next start.",
		Args: someProfiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			return switchProfiles(cmd.Context(), true, func([]instance.Profile) []string { return args })
		},
	}
}

func (env Env) disableCommand() *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use:   "disable NAME... | --all",
		Short: "Disables profiles, at once in a running corsage",
		Long: "Disables the named profiles, or all: of the running corsage, for new requests at once; if none is\n" +
			"running, for the next start.",
		DisableFlagsInUseLine: true,
		Args: func(cmd *cobra.Command, args []string) error {
			switch {
			case all && len(args) > 0:
				return usageError{fmt.Sprintf("'%s' takes names or --all, not both", cmd.CommandPath())}
			case all:
				return nil
			}
			return someProfiles(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return switchProfiles(cmd.Context(), false, func(have []instance.Profile) []string {
				if all {
					return enabled(have)
				}
				return args
			})
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "disable all that are enabled")
	return cmd
}

func someProfiles(cmd *cobra.Command, args []string) error {
	if len(args) == 0 || slices.Contains(args, "") {
		return usageError{fmt.Sprintf("'%s' needs a profile's name; 'corsage profile ls' lists them", cmd.CommandPath())}
	}
	return nil
}

func enabled(list []instance.Profile) (names []string) {
	for _, p := range list {
		if p.Enabled && p.Name != "" {
			names = append(names, p.Name)
		}
	}
	return names
}

// switchProfiles switches those that which chooses. One that can't be switched
// keeps none of the others from it.
func switchProfiles(ctx context.Context, on bool, which func([]instance.Profile) []string) (err error) {
	p, done, err := instance.OpenProfiles(ctx, instance.DefaultDirs())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	have, err := p.List(ctx)
	if err != nil {
		return err
	}
	names := which(have)
	if whole := strings.Join(names, " "); len(names) > 1 && slices.ContainsFunc(have, func(p instance.Profile) bool { return p.Name == whole }) {
		return usageError{fmt.Sprintf("put quotes around %q: it is one profile's name", whole)}
	}
	var errs []error
	for _, name := range names {
		errs = append(errs, p.SetEnabled(ctx, name, on))
	}
	return errors.Join(errs...)
}
