package cli

import (
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"corsage/proxy/authority"
	"corsage/ui/instance"
)

// caCommand makes the dev CA where it is the first to need it, so that a script
// gets a path that exists.
func (env Env) caCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "ca",
		Short: "Shows the dev CA's certificate, which browsers must trust",
		Args:  noCommand,
		RunE:  needCommand,
	}
	sub := func(name, short string, show func(*authority.Authority) error) {
		cmd.AddCommand(&cobra.Command{
			Use: name, Short: short, Args: noArguments(""),
			RunE: func(*cobra.Command, []string) error {
				a, err := authority.Open(instance.DefaultDirs().Authority)
				if err != nil {
					return err
				}
				return show(a)
			},
		})
	}
	sub("path", "Prints the path of the certificate", func(a *authority.Authority) error {
		_, err := fmt.Fprintln(env.Stdout, a.CertPath())
		return err
	})
	sub("export", "Prints the certificate in PEM", func(a *authority.Authority) error {
		_, err := env.Stdout.Write(a.PEM())
		return err
	})
	sub("status", "Prints what the certificate is and how long it is valid", env.caStatus)
	return cmd
}

func (env Env) caStatus(a *authority.Authority) error {
	s := a.Status()
	w := tabwriter.NewWriter(env.Stdout, 0, 0, 2, ' ', 0)
	row := func(name, value string) { fmt.Fprintf(w, "%s\t%s\n", name, value) }
	row("Subject", s.Subject)
	row("SHA-256", s.Fingerprint)
	row("Valid from", s.ValidFrom.Format(time.DateTime)+" UTC")
	row("Valid until", s.ValidUntil.Format(time.DateTime)+" UTC ("+humanize.Time(s.ValidUntil)+")")
	row("Certificate", s.CertPath)
	row("Key", fmt.Sprintf("%s (mode %04o)", s.KeyPath, s.KeyMode))
	if s.Tightened != 0 {
		row("Warning", fmt.Sprintf("the key had mode %04o until now: other users could have read it", s.Tightened))
	}
	return w.Flush()
}
