package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"corsage/proxy/authority/trust"
	"corsage/ui/instance"
)

// caCommand makes the root certificates where it is the first to need them, so
// that a script gets a path that exists.
func (env Env) caCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "ca",
		Short: "Shows the dev CA's certificates, and has browsers trust them",
		Long: "Shows the dev CA's certificates, which browsers must trust. Each profile with an https backend has one of\n" +
			"its own, which is good for the hosts of the profile and the names below them, and for nothing else.",
		Args: noCommand,
		RunE: needCommand,
	}
	cmd.AddCommand(
		env.caSub("path", "Prints the path of the file with the certificates in PEM", env.caPath),
		env.caSub("export", "Prints the certificates in PEM", env.caExport),
		env.caStatusCommand(), env.caInstall(), env.caUninstall(),
	)
	return cmd
}

// caSub is a subcommand for all roots, or for that of --profile alone.
func (env Env) caSub(name, short string, show func(roots []instance.Root, profile string) error) *cobra.Command {
	var profile string
	sub := &cobra.Command{
		Use: name, Short: short, Args: noArguments(""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			roots, err := rootsOf(cmd.Context(), profile)
			if err != nil && len(roots) == 0 {
				return err
			}
			return errors.Join(show(roots, profile), err)
		},
	}
	sub.Flags().StringVar(&profile, "profile", "", "only the certificate of this profile")
	return sub
}

// rootsOf returns the roots of all profiles, or of the named one. Beside an error
// there may be some.
func rootsOf(ctx context.Context, profile string) ([]instance.Root, error) {
	roots, err := instance.FindRoots(ctx, instance.DefaultDirs())
	if profile == "" || err != nil && len(roots) == 0 {
		return roots, err
	}
	var have []string
	for _, root := range roots {
		if root.Profile == profile {
			return []instance.Root{root}, nil
		}
		have = append(have, fmt.Sprintf("%q", root.Profile))
	}
	if err != nil {
		return nil, err
	}
	if len(have) == 0 {
		return nil, fmt.Errorf("no profile has a certificate, since none has an https backend")
	}
	return nil, fmt.Errorf("no profile %q has a certificate; those with an https backend have one: %s", profile, strings.Join(have, ", "))
}

func (env Env) caPath(roots []instance.Root, profile string) error {
	path := instance.DefaultDirs().CertPath()
	if profile != "" {
		path = roots[0].Cert
	}
	if len(roots) == 0 {
		fmt.Fprintln(env.Stderr, "corsage: no profile has an https backend yet, so there is no certificate in the file")
	}
	_, err := fmt.Fprintln(env.Stdout, path)
	return err
}

func (env Env) caExport(roots []instance.Root, _ string) error {
	if len(roots) == 0 {
		return fmt.Errorf("no profile has an https backend yet, so there is no certificate to export")
	}
	for _, root := range roots {
		if _, err := env.Stdout.Write(root.PEM); err != nil {
			return err
		}
	}
	return nil
}

func (env Env) caStatusCommand() *cobra.Command {
	t := new(caTrust)
	cmd := &cobra.Command{
		Use: "status", Short: "Prints what the certificates are, how long they are valid, and which trust stores have them", Args: noArguments(""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			roots, missing := rootsOf(cmd.Context(), t.profile)
			if missing != nil && len(roots) == 0 {
				return missing
			}
			if err := t.open(cmd.Context(), roots, func(trust.Store) bool { return true }); err != nil {
				return errors.Join(err, missing)
			}
			if err := env.caStatus(roots); err != nil {
				return errors.Join(err, missing)
			}
			fmt.Fprintln(env.Stdout)
			return errors.Join(env.caStores(t), missing)
		},
	}
	t.flags(cmd, "nss, firefox, system, keychain, windows")
	return cmd
}

func (env Env) caStatus(roots []instance.Root) error {
	if len(roots) == 0 {
		_, err := fmt.Fprintln(env.Stdout, "No profile has an https backend yet, so there is no certificate.")
		return err
	}
	w := tabwriter.NewWriter(env.Stdout, 0, 0, 2, ' ', 0)
	for i, root := range roots {
		if i > 0 {
			fmt.Fprintln(w)
		}
		describeRoot(w, root)
	}
	return w.Flush()
}

// goodFor is what a root may sign for, which a DNS name's constraint says of all
// names below too.
func goodFor(hosts []string) string {
	text := strings.Join(hosts, ", ")
	if slices.ContainsFunc(hosts, func(host string) bool { return net.ParseIP(host) == nil }) {
		text += ", and the names below"
	}
	return text
}

func describeRoot(w io.Writer, root instance.Root) {
	row := func(name, value string) { fmt.Fprintf(w, "%s\t%s\n", name, value) }
	state := "off"
	if root.Enabled {
		state = "on"
	}
	row("Profile", root.Profile+" ("+state+", "+root.File+")")
	row("Good for", goodFor(root.Hosts))
	row("Subject", root.Subject)
	row("SHA-256", root.Fingerprint)
	row("Valid until", root.Until.Format(time.DateTime)+" UTC ("+humanize.Time(root.Until)+")")
	row("Certificate", root.Cert)
	mode := "which is gone"
	if info, err := os.Stat(root.Key); err == nil {
		mode = fmt.Sprintf("mode %04o", info.Mode().Perm())
	}
	row("Key", root.Key+" ("+mode+")")
	if root.Renewed != "" {
		row("Renewed", root.Renewed)
	}
}
