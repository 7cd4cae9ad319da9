package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"corsage/ui/instance"
)

// noneKept says why nothing is there while no instance runs.
const noneKept = "no corsage is running, and what it holds ends with it, but for profiles with 'keep-session: true'"

// cookiesCommand shows and clears held sessions. Values are secrets, and printed
// only if asked for.
func (env Env) cookiesCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "cookies",
		Short: "Lists and clears the cookies of held sessions",
		Args:  noCommand,
		RunE:  needCommand,
	}
	var q instance.CookieQuery
	var asJSON bool
	ls := &cobra.Command{
		Use:   "ls [--profile NAME] [--json] [--values]",
		Short: "Lists the cookies, without their values",
		Long: "Lists the cookies that the running corsage holds for the pages of each browser, without their values.\n" +
			"If none is running, those that profiles with 'keep-session: true' have kept.",
		DisableFlagsInUseLine: true,
		Args:                  noArguments("put --profile before a profile's name"),
		RunE:                  func(cmd *cobra.Command, _ []string) error { return env.listCookies(cmd, q, asJSON) },
	}
	ls.Flags().StringVar(&q.Profile, "profile", "", "only those of the profile `NAME`")
	ls.Flags().BoolVar(&q.Values, "values", false, "print the values too: whoever has them has your session")
	ls.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	var which instance.CookieQuery
	rm := &cobra.Command{
		Use:   "clear [--profile NAME] [--domain DOMAIN] [--name COOKIE]",
		Short: "Makes corsage forget cookies, all of them or those that are named",
		Long: "Makes the running corsage forget the cookies that it holds, on the disk too; all of them, or those of a\n" +
			"profile, of a domain and those below it, or of a name. If none is running, those that are kept are removed.\n" +
			"A browser's own cookies stay as they are, and what the backend's own pages send is learned again.",
		DisableFlagsInUseLine: true,
		Args:                  noArguments("put --name before a cookie's name"),
		RunE:                  func(cmd *cobra.Command, _ []string) error { return env.clearCookies(cmd, which) },
	}
	rm.Flags().StringVar(&which.Profile, "profile", "", "only those of the profile `NAME`")
	rm.Flags().StringVar(&which.Domain, "domain", "", "only those of the `DOMAIN` and those below it")
	rm.Flags().StringVar(&which.Name, "name", "", "only those called `COOKIE`")
	cmd.AddCommand(ls, rm)
	return cmd
}

func (env Env) listCookies(cmd *cobra.Command, q instance.CookieQuery, asJSON bool) (err error) {
	held, running, done, err := instance.OpenCookies(cmd.Context(), instance.DefaultDirs())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	list, err := held.Cookies(cmd.Context(), q)
	if err != nil {
		return err
	}
	if asJSON {
		out := json.NewEncoder(env.Stdout)
		out.SetEscapeHTML(false)
		out.SetIndent("", "  ")
		return out.Encode(list)
	}
	table := tabwriter.NewWriter(env.Stdout, 0, 0, 2, ' ', 0)
	titles := "PROFILE\tBROWSER\tNAME\tDOMAIN\tPATH\tENDS\tFLAGS\tLEARNED"
	if q.Values {
		titles += "\tVALUE"
	}
	fmt.Fprintln(table, titles)
	for _, c := range list {
		row := []string{c.Profile, c.Browser, c.Name, domainOf(c), c.Path, endOf(c), flagsOf(c), learnedHow(c)}
		if c.Value != nil {
			row = append(row, *c.Value)
		}
		for i := range row {
			row[i] = printable(row[i])
		}
		fmt.Fprintln(table, strings.Join(row, "\t"))
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("writing the list: %w", err)
	}
	if len(list) == 0 && !running {
		fmt.Fprintln(env.Stderr, noneKept)
	}
	return nil
}

func (env Env) clearCookies(cmd *cobra.Command, q instance.CookieQuery) (err error) {
	held, running, done, err := instance.OpenCookies(cmd.Context(), instance.DefaultDirs())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	n, err := held.ClearCookies(cmd.Context(), q)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(env.Stdout, plural(uint64(n), "cookie", "cookies")+" cleared")
	if n == 0 && !running {
		fmt.Fprintln(env.Stderr, noneKept)
	}
	return err
}

// domainOf marks a domain whose hosts all get the cookie with a dot.
func domainOf(c instance.Cookie) string {
	if c.HostOnly {
		return c.Domain
	}
	return "." + c.Domain
}

func endOf(c instance.Cookie) string {
	if c.Expires.IsZero() {
		return "-"
	}
	return humanize.RelTime(c.Expires, time.Now(), "ago", "from now")
}

func flagsOf(c instance.Cookie) string {
	var flags []string
	if c.Secure {
		flags = append(flags, "Secure")
	}
	if c.HTTPOnly {
		flags = append(flags, "HttpOnly")
	}
	if c.SameSite != "" {
		flags = append(flags, "SameSite="+c.SameSite)
	}
	if len(flags) == 0 {
		return "-"
	}
	return strings.Join(flags, ",")
}

func learnedHow(c instance.Cookie) string {
	if c.Learned == "sent" {
		return "sent by its own pages"
	}
	return "set by the backend"
}
