package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"corsage/profiles"
	"corsage/proxy"
	"corsage/ui/instance"
)

// newProfileCommand makes a profile file. A running corsage sees it by itself.
func (env Env) newProfileCommand() *cobra.Command {
	var preset, name string
	cmd := &cobra.Command{
		Use:   "new URL [--preset NAME] [--name NAME]",
		Short: "Makes a profile for a backend, and prints its file",
		Long: "Makes a profile for the backend at URL, any page of it will do, and prints its file. It is not enabled yet.\n\n" +
			"Presets, which set the names of the CSRF token and the toggles:\n\n" + presetsTable(),
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError{"'corsage profile new' needs one URL, such as https://dev.example.com"}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := profiles.FromURL(args[0])
			if err != nil {
				return usageError{err.Error()}
			}
			if preset != "" {
				s, err := profiles.FindPreset(preset)
				if err != nil {
					return usageError{err.Error()}
				}
				s.ApplyTo(&p)
			}
			if cmd.Flags().Changed("name") {
				p.Name = name
			}
			file, err := createProfile(p)
			if err != nil {
				return err
			}
			fmt.Fprintln(env.Stdout, file)
			return nil
		},
	}
	cmd.Flags().StringVar(&preset, "preset", "", "what kind of backend it is, see above")
	cmd.Flags().StringVar(&name, "name", "", "the profile's name; without it, the backend's host")
	return cmd
}

// createProfile writes p to a file of the user's profiles, which it returns.
func createProfile(p profiles.Profile) (file string, err error) {
	store, err := profiles.Open(instance.DefaultDirs().Profiles, nil, func(*proxy.Ruleset) {})
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	if err := store.Create(p); err != nil {
		return "", err
	}
	for _, item := range store.Items() {
		if item.Profile != nil && item.Profile.Name == p.Name {
			file = item.File
		}
	}
	return file, nil
}

// presetsTable lists the presets for the help.
func presetsTable() string {
	var b strings.Builder
	for _, preset := range profiles.Presets() {
		fmt.Fprintf(&b, "  %-10s %s\n", preset.Name, preset.Label)
	}
	return b.String()
}
