package cli

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"corsage/proxy/browser"
	"corsage/ui/instance"
)

// browserUse is what `corsage browser` was asked for.
type browserUse struct {
	name    string // of the browser; "" for any
	opening instance.Opening
}

func (env Env) browserCommand() *cobra.Command {
	var use browserUse
	var list bool
	cmd := &cobra.Command{
		Use:   "browser [NAME] [URL] [--profile P] [--temporary] [-- ARG...] | browser --list",
		Short: "Opens a browser that goes through Corsage",
		Long: "Opens a browser in a profile of its own, which goes through the running Corsage and trusts its certificates,\n" +
			"and waits until it is closed; Ctrl+C closes it. If no Corsage is running, one runs for as long as the browser.\n\n" +
			"NAME is a part of a browser's name such as chrome, \"chrome beta\" or firefox, or a program's path; without it the\n" +
			"browser opens that links open in. Without URL it opens the profile's page. What follows -- is for the browser.\n\n" +
			"The browser's profile is kept, one for each profile of Corsage's, with logins and what is set in DevTools. With\n" +
			"--temporary it is new, and deleted afterwards.",
		Example: "  corsage browser\n" +
			"  corsage browser firefox http://localhost:3000\n" +
			"  corsage browser chrome --profile Shop -- --auto-open-devtools-for-tabs",
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if at := cmd.ArgsLenAtDash(); at >= 0 {
				args, use.opening.Args = args[:at], args[at:]
			}
			switch {
			case list && (len(args) > 0 || len(use.opening.Args) > 0 || use.opening.Temporary || use.opening.Profile != ""):
				return usageError{"--list takes nothing else: it shows all browsers"}
			case list:
				return env.listBrowsers(cmd.Context())
			case cmd.Flags().Changed("profile") && use.opening.Profile == "":
				return usageError{"--profile got an empty name; 'corsage profile ls' lists them"}
			}
			if err := use.read(args); err != nil {
				return err
			}
			return env.openBrowser(cmd.Context(), use)
		},
	}
	cmd.Flags().StringVar(&use.opening.Profile, "profile", "", "open it for the profile `P`, which is on meanwhile; by default for the one that is on")
	cmd.Flags().BoolVar(&use.opening.Temporary, "temporary", false, "open it in a new profile that is deleted when it is closed")
	cmd.Flags().BoolVar(&list, "list", false, "list the browsers that were found")
	return cmd
}

// read reads NAME and URL, each of which may be missing.
func (u *browserUse) read(args []string) error {
	if len(args) > 2 {
		return usageError{fmt.Sprintf("'corsage browser' takes a name and a URL, but got %q as well: put quotes round a name of several words, and -- before what is for the browser", args[2])}
	}
	if slices.Contains(args, "") {
		return usageError{"'corsage browser' got an empty name or URL: leave it out"}
	}
	page := ""
	switch {
	case len(args) == 2 && isAddress(args[0]) && !isAddress(args[1]):
		return usageError{fmt.Sprintf("the browser's name comes first: corsage browser %s %s", args[1], args[0])}
	case len(args) == 2:
		u.name, page = args[0], args[1]
	case len(args) == 1 && isAddress(args[0]):
		page = args[0]
	case len(args) == 1:
		u.name = args[0]
	}
	if page == "" {
		return nil
	}
	var err error
	u.opening.URL, err = address(page)
	return err
}

// scheme is what an address begins with that is complete: a name and a colon which
// no port follows.
var scheme = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*:[^0-9]`)

// isAddress tells a page's address from a browser's name or path.
func isAddress(s string) bool {
	if filepath.VolumeName(s) != "" || strings.Contains(s, `\`) || strings.HasPrefix(s, "/") {
		return false
	}
	host, _, _ := strings.Cut(s, "/")
	return strings.Contains(host, ":") || strings.EqualFold(host, "localhost")
}

// address completes one without a scheme: development servers have no https. It
// fails where no browser could make a page of it.
func address(s string) (string, error) {
	if !scheme.MatchString(s) {
		s = "http://" + s
	}
	u, err := url.Parse(s)
	if err != nil {
		return "", usageError{fmt.Sprintf("%q is no page's address: %v", s, errors.Unwrap(err))}
	}
	if web := u.Scheme == "http" || u.Scheme == "https"; web && u.Hostname() == "" {
		return "", usageError{fmt.Sprintf("%q is no page's address: it names no host", s)}
	}
	return s, nil
}

func (env Env) listBrowsers(ctx context.Context) error {
	list := browser.Find(ctx)
	standard, _ := browser.Choose(list)
	table := tabwriter.NewWriter(env.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "NAME\tVERSION\tPATH\tNOTE")
	for i, title := range browser.Titles(list) {
		b, notes := list[i], []string(nil)
		if b == standard {
			notes = append(notes, "opens by default")
		}
		if b.Sandbox != browser.Unconfined {
			notes = append(notes, string(b.Sandbox)+" "+b.App)
		}
		if b.Obstacle != "" {
			notes = append(notes, "can't be opened: "+b.Obstacle)
		}
		row := []string{title, b.Version, b.Path, strings.Join(notes, "; ")}
		for n := range row {
			row[n] = printable(row[n])
			if row[n] == "" {
				row[n] = "-"
			}
		}
		fmt.Fprintln(table, strings.Join(row, "\t"))
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("writing the list: %w", err)
	}
	if len(list) == 0 {
		fmt.Fprintln(env.Stderr, "corsage: "+errNoBrowser.Error())
	}
	return nil
}

var errNoBrowser = errors.New("no browser was found: install Chromium, Chrome, Edge, Brave or Firefox, or give a browser's path")

func (env Env) openBrowser(ctx context.Context, use browserUse) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	b, err := use.browser(ctx)
	if err != nil {
		return err
	}
	c, err := env.corsageFor(ctx, &use.opening)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	p, err := c.status.OpenBrowser(ctx, c.dirs, b, use.opening)
	if err != nil {
		return err
	}
	page := use.opening.URL
	if page == "" {
		page = c.status.Page(use.opening.Profile)
	}
	env.say(opened(b, p, page, c, use.opening))
	if hint := c.status.PageHint(page); hint != "" {
		env.say(hint)
	}
	if p.Joined() && !c.own {
		c.left = true
		return nil
	}
	defer p.Close()
	return env.attend(ctx, c, b, p, use.opening.Args)
}

// attend waits until the browser is closed, or is to be.
func (env Env) attend(ctx context.Context, c *corsageForBrowser, b browser.Browser, p *browser.Process, args []string) error {
	ended, closed := c.done, p.Closed(ctx)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ended:
			if c.own {
				return c.fault()
			}
			env.say(fmt.Sprintf("the Corsage that %s goes through has ended: start it again for the browser to go on, or close it", b.Title()))
			ended = nil
		case <-closed:
			if p.Err() != nil {
				return fmt.Errorf("%s ended: %w%s", b.Title(), p.Err(), noScreen(args))
			}
			return nil
		}
	}
}

// say tells a person of something, in one line.
func (env Env) say(text string) { fmt.Fprintln(env.Stderr, "corsage: "+oneLine(text)) }

// browser is the browser to open.
func (u *browserUse) browser(ctx context.Context) (b browser.Browser, err error) {
	list := browser.Find(ctx)
	if u.name == "" {
		b, ok := browser.Choose(list)
		if !ok {
			return b, errNoBrowser
		}
		return b, nil
	}
	b, err = browser.Match(ctx, list, u.name)
	if unknown := new(browser.UnknownError); errors.As(err, &unknown) && strings.Contains(u.name, ".") {
		err = fmt.Errorf("%w; for the page it is http://%s", err, u.name)
	}
	return b, err
}

// opened says what was opened.
func opened(b browser.Browser, p *browser.Process, page string, c *corsageForBrowser, o instance.Opening) string {
	name := strings.TrimSpace(b.Title() + " " + b.Version)
	profile := "its own profile for Corsage"
	if o.Profile != "" {
		profile = "the profile kept for " + o.Profile
	}
	switch {
	case p.Joined() && c.own:
		return fmt.Sprintf("%s is open with %s already: it opens %s there, through Corsage at %s; Ctrl+C ends that Corsage", name, profile, page, c.status.Proxy)
	case p.Joined():
		return fmt.Sprintf("%s is open with %s already: it opens %s there", name, profile, page)
	case o.Temporary:
		return fmt.Sprintf("%s opens %s through Corsage at %s, in a temporary profile; Ctrl+C closes it", name, page, c.status.Proxy)
	}
	return fmt.Sprintf("%s opens %s through Corsage at %s, in %s; Ctrl+C closes it", name, page, c.status.Proxy, profile)
}
