package cli

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"corsage/profiles"
	"corsage/profiles/django"
)

// maxSettings bounds what is read of a settings file, in bytes; it is more than
// profiles/django takes, so that the refusal is told there.
const maxSettings = 1 << 20

func (env Env) importCommand() *cobra.Command {
	var name, url string
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Makes a profile of a Django settings file",
		Long: "Makes a profile of what a Django settings file says of CORS, cookies, CSRF and hosts, and lists\n" +
			"what could not be taken over. The file is read, not run. The new profile is not enabled.",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError{"'corsage profile import' needs one settings file, such as backend/settings.py"}
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return env.importProfile(args[0], name, url) },
	}
	cmd.Flags().StringVar(&name, "name", "", "the profile's name (default: the backend's host)")
	cmd.Flags().StringVar(&url, "url", "", "the backend's URL (default: by ALLOWED_HOSTS)")
	return cmd
}

func (env Env) importProfile(file, name, url string) error {
	src, err := readSettings(file)
	if err != nil {
		return err
	}
	made, err := django.Import(file, src, url)
	if err != nil {
		return err
	}
	if name != "" {
		made.Profile.Name = name
	}
	written, err := createProfile(made.Profile)
	if err != nil {
		return err
	}
	fmt.Fprintln(env.Stdout, oneLine("written: "+written))
	for n, setting := range made.Taken {
		if slices.ContainsFunc(made.Left, func(l profiles.Warning) bool { return l.Field == setting }) {
			made.Taken[n] += " (in part)"
		}
	}
	if len(made.Taken) > 0 {
		fmt.Fprintln(env.Stdout, "taken over:", strings.Join(made.Taken, ", "))
	}
	if len(made.Left) > 0 {
		fmt.Fprintln(env.Stdout, "not taken over, or otherwise in a profile:")
		for _, l := range made.Left {
			fmt.Fprintln(env.Stdout, oneLine(l.Error()))
		}
	}
	fmt.Fprintln(env.Stdout, oneLine(fmt.Sprintf("to use it: corsage profile enable %q", made.Profile.Name)))
	return nil
}

func readSettings(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("cannot read the settings: %w", err)
	}
	defer f.Close()
	src, err := io.ReadAll(io.LimitReader(f, maxSettings))
	if err != nil {
		return nil, fmt.Errorf("cannot read the settings; name a file: %w", err)
	}
	return src, nil
}
