package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"corsage/profiles"
	"corsage/profiles/recipe"
	"corsage/proxy"
	"corsage/ui/instance"
)

// recipeCommand prints what a server, or a page, needs for a profile.
func (env Env) recipeCommand() *cobra.Command {
	var server string
	cmd := &cobra.Command{
		Use:   "recipe [NAME] [--for SERVER]",
		Short: "Prints the server's settings that make a profile unnecessary, or a page's calls",
		Long: "Prints for the profile called NAME how its server would be set up so that Corsage isn't needed, or the\n" +
			"calls that a page makes. NAME can be left out where one profile only is enabled, or there is only one.\n" +
			"Without --for it lists what there is:\n\n" + recipesTable(),
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usageError{fmt.Sprintf("'corsage recipe' takes one profile's name: put quotes around %q if it is one", strings.Join(args, " "))}
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if server == "" {
				fmt.Fprint(env.Stdout, recipesTable())
				return nil
			}
			r, err := recipe.Find(server)
			if err != nil {
				return usageError{err.Error()}
			}
			p, err := chosenProfile(args)
			if err != nil {
				return err
			}
			text, err := r.Text(p)
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(env.Stdout, text)
			return err
		},
	}
	cmd.Flags().StringVar(&server, "for", "", "what it is for, see above")
	return cmd
}

// recipesTable lists the recipes: what --for takes, and what it is.
func recipesTable() string {
	var b strings.Builder
	for _, r := range recipe.All() {
		kind := "the server's settings"
		if r.Page {
			kind = "a page's calls"
		}
		fmt.Fprintf(&b, "  %-16s %-16s %s\n", r.Name, r.Label, kind)
	}
	return b.String()
}

// chosenProfile returns the stored profile that args name, or the only one.
func chosenProfile(args []string) (p *profiles.Profile, err error) {
	store, err := profiles.Open(instance.DefaultDirs().Profiles, nil, func(*proxy.Ruleset) {})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	var all, enabled []*profiles.Profile
	var names []string
	for _, item := range store.Items() {
		switch {
		case item.Profile == nil:
			continue
		case len(args) == 1 && item.Profile.Name == args[0]:
			return item.Profile, nil
		case item.Enabled:
			enabled = append(enabled, item.Profile)
		}
		all = append(all, item.Profile)
		names = append(names, item.Profile.Name)
	}
	switch {
	case len(args) == 1:
		return nil, &instance.UnknownProfileError{Name: args[0], Have: names}
	case len(enabled) == 1:
		return enabled[0], nil
	case len(all) == 1:
		return all[0], nil
	case len(all) == 0:
		return nil, errors.New("there is no profile yet: make one with 'corsage profile new URL'")
	}
	return nil, usageError{fmt.Sprintf("there are %d profiles: name one; 'corsage profile ls' lists them", len(all))}
}
