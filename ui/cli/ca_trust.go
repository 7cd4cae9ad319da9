package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"corsage/proxy/authority"
	"corsage/proxy/authority/trust"
	"corsage/ui/instance"
)

// caTrust is what install, uninstall and status work on.
type caTrust struct {
	profile string   // whose root; "" for all
	ids     []string // of stores; none for those that the command chooses
	dryRun  bool

	profiles []trust.Profile
	found    []trust.Found
	roots    *authority.Roots
	retired  []authority.Retired
}

func (t *caTrust) flags(cmd *cobra.Command, stores string) {
	cmd.Flags().StringArrayVar(&t.ids, "store", nil, "only this `store`, by its ID or kind ("+stores+"); may be given more than once")
	cmd.Flags().StringVar(&t.profile, "profile", "", "only the certificate of this profile")
}

// open finds out what is to be trusted, and what the stores hold; chosen says
// which of them where none is named.
func (t *caTrust) open(ctx context.Context, roots []instance.Root, chosen func(trust.Store) bool) (err error) {
	stores := trust.Stores(ctx)
	if len(t.ids) == 0 {
		stores = slices.DeleteFunc(stores, func(s trust.Store) bool { return !chosen(s) })
	} else {
		all := stores
		stores = nil
		for _, id := range t.ids {
			some, err := trust.Find(all, id)
			if err != nil {
				return usageError{err.Error()}
			}
			for _, s := range some {
				if !slices.ContainsFunc(stores, func(o trust.Store) bool { return o.ID == s.ID }) {
					stores = append(stores, s)
				}
			}
		}
	}
	if t.roots, err = authority.OpenRoots(instance.DefaultDirs().Authority); err != nil {
		return err
	}
	if t.retired, err = t.roots.Retired(); err != nil {
		return err
	}
	if t.profiles, err = instance.TrustProfiles(roots, t.retired); err != nil {
		return err
	}
	t.found = trust.Survey(ctx, stores)
	return nil
}

// caInstall has roots trusted in the stores of this user, or in those that are
// named: one of all users is only changed if it is.
func (env Env) caInstall() *cobra.Command {
	t := new(caTrust)
	cmd := &cobra.Command{
		Use:   "install",
		Short: "Has this user's browsers trust the certificates",
		Long: "Puts the certificates into the trust stores of this user: Chromium's, and each Firefox profile's; on macOS\n" +
			"the login keychain, on Windows the user's root store. The system's store, which is all users' and which curl\n" +
			"and most other programs read, is only changed with --store system, and needs root. 'corsage ca status' lists\n" +
			"the stores. A root that was replaced is taken out. --dry-run prints the commands and runs none.",
		Args: noArguments(""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			roots, missing := rootsOf(cmd.Context(), t.profile)
			if missing != nil && len(roots) == 0 {
				return missing
			}
			if len(roots) == 0 {
				return errors.New("no profile has an https backend yet, so there is no certificate to trust")
			}
			if err := t.open(cmd.Context(), roots, func(s trust.Store) bool { return !s.Shared }); err != nil {
				return errors.Join(err, missing)
			}
			return errors.Join(missing, env.changeStores(t, func(f *trust.Found) (trust.Plan, string, func() error) {
				return f.Trusting(t.profiles...), "trusts " + namesOf(t.profiles), func() error { return f.Trust(cmd.Context(), t.profiles...) }
			}))
		},
	}
	t.flags(cmd, "nss, firefox, system, keychain, windows")
	cmd.Flags().BoolVar(&t.dryRun, "dry-run", false, "print the commands, and run none")
	return cmd
}

// caUninstall takes all that is Corsage's, or a profile's, out of all stores.
func (env Env) caUninstall() *cobra.Command {
	t := new(caTrust)
	cmd := &cobra.Command{
		Use:   "uninstall",
		Short: "Takes the certificates out of all trust stores",
		Long: "Takes all certificates that are Corsage's out of the trust stores, those of roots that were replaced and of\n" +
			"profiles that were deleted too. With --profile only those of that profile. A file in the system's store that\n" +
			"also has other certificates is left as it is, and named. --dry-run prints the commands and runs none.",
		Args: noArguments(""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			var roots []instance.Root
			if t.profile != "" { // else what is found is taken out, whosever it is
				var err error
				if roots, err = rootsOf(cmd.Context(), t.profile); err != nil {
					return err
				}
			}
			if err := t.open(cmd.Context(), roots, func(trust.Store) bool { return true }); err != nil {
				return err
			}
			err := env.changeStores(t, func(f *trust.Found) (trust.Plan, string, func() error) {
				held := f.Content
				if t.profile != "" {
					held = f.Of(t.profiles[0])
				}
				what := "holds none of Corsage's certificates any more"
				if t.profile != "" {
					what = "holds none of " + namesOf(t.profiles) + " any more"
				}
				return f.Removing(held), what, func() error { return f.Untrust(cmd.Context(), held) }
			})
			if t.dryRun {
				return err
			}
			return errors.Join(err, t.forget(cmd.Context()))
		},
	}
	t.flags(cmd, "nss, firefox, system, keychain, windows")
	cmd.Flags().BoolVar(&t.dryRun, "dry-run", false, "print the commands, and run none")
	return cmd
}

// changeStores does in each store what change says: a plan, what is so once it is
// done, and what carries it out. One that fails does not keep the others from it.
func (env Env) changeStores(t *caTrust, change func(*trust.Found) (plan trust.Plan, done string, do func() error)) error {
	var errs []error
	for i := range t.found {
		f := &t.found[i]
		name := fmt.Sprintf("%s (%s)", f.Name, f.ID)
		if f.Err != nil {
			errs = append(errs, f.Err)
			continue
		}
		plan, done, do := change(f)
		switch {
		case t.dryRun:
			env.printPlan(name, plan)
			continue
		case plan.Empty() && plan.Left == "":
			fmt.Fprintf(env.Stdout, "%s %s: nothing had to be changed\n", name, done)
			continue
		}
		err := do()
		var needs *trust.NeedsRoot
		if errors.As(err, &needs) { // so that it can be copied whole
			fmt.Fprintf(env.Stderr, "corsage: %s: %s\n", name, "this needs root, and nothing was changed. Run:")
			for _, line := range needs.Lines {
				fmt.Fprintln(env.Stdout, line)
			}
			errs = append(errs, fmt.Errorf("%s was not changed, since that needs root", name))
			continue
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		fmt.Fprintf(env.Stdout, "%s %s\n", name, done)
		if f.Note != "" {
			fmt.Fprintf(env.Stdout, "  %s\n", f.Note)
		}
	}
	return errors.Join(errs...)
}

// printPlan prints what would be run, for a shell to read.
func (env Env) printPlan(name string, plan trust.Plan) {
	for _, note := range []string{plan.Lacks, plan.Left} {
		if note != "" {
			fmt.Fprintf(env.Stdout, "# %s: %s\n", printable(name), printable(note))
		}
	}
	if plan.Empty() {
		if plan.Left == "" {
			fmt.Fprintf(env.Stdout, "# %s: nothing to do\n", printable(name))
		}
		return
	}
	by := trust.AsIs
	if plan.Root {
		by = trust.Elevate()
	}
	fmt.Fprintf(env.Stdout, "# %s\n", printable(name))
	for _, line := range plan.Lines(by) {
		fmt.Fprintln(env.Stdout, line)
	}
}

// forget drops the retired roots that no store has any more.
func (t *caTrust) forget(ctx context.Context) error {
	return instance.ForgetRetired(t.roots.Forget, t.retired, trust.Survey(ctx, trust.Stores(ctx)))
}

// namesOf lists profiles.
func namesOf(profiles []trust.Profile) string {
	var names []string
	for _, p := range profiles {
		names = append(names, fmt.Sprintf("%q", p.Name))
	}
	return "the certificate of " + strings.Join(names, " and of ")
}

// caStores prints what each store makes of each root, and what else of Corsage's
// is in it.
func (env Env) caStores(t *caTrust) error {
	w := tabwriter.NewWriter(env.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "STORE\tID\tPROFILE\tSTATE")
	var rest int
	for i := range t.found {
		f := &t.found[i]
		if f.Err != nil {
			fmt.Fprintf(w, "%s\t%s\t\t%s: %s\n", printable(f.Name), printable(f.ID), trust.Unknown, oneLine(strings.TrimPrefix(f.Err.Error(), f.Name+": ")))
			continue
		}
		for _, p := range t.profiles {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", printable(f.Name), printable(f.ID), printable(p.Name), f.State(p))
		}
		if t.profile != "" {
			continue
		}
		if len(t.profiles) == 0 && len(f.Content) == 0 {
			fmt.Fprintf(w, "%s\t%s\t\t%s\n", printable(f.Name), printable(f.ID), "nothing of Corsage's is in it")
		}
		for _, h := range f.Rest(t.profiles) {
			rest++
			fmt.Fprintf(w, "%s\t%s\t\t%s\n", printable(f.Name), printable(f.ID), "of no profile any more: "+printable(h.Cert.Subject.CommonName))
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if rest > 0 {
		_, err := fmt.Fprintln(env.Stdout, "\n'corsage ca uninstall' takes out all that is Corsage's; 'corsage ca install' then has the present ones trusted again.")
		return err
	}
	return nil
}
