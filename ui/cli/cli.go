// Package cli is Corsage's command line:
//
//	corsage                  tray and windows; a second start raises the first one's window
//	corsage serve            no window: the proxy alone, for terminals, scripts and containers
//	corsage enable, disable  switches profiles, at once in a running corsage
//	corsage status, quit     how the running corsage is; its end
//	corsage log              what went through the running corsage, as lines or as a HAR file
//	corsage browser          opens one that goes through Corsage; --list shows which there are
//	corsage profile          new URL, import FILE, ls, enable NAME..., disable NAME..., check FILE...
//	corsage doctor           what keeps a page from a backend, and what would mend it
//	corsage cookies          ls, clear: what held sessions hold
//	corsage recipe           what a server needs so that Corsage isn't needed, or a page's calls
//	corsage env              the variables that make programs in a terminal use it; runs a command with them
//	corsage shell            a shell with them
//	corsage system-proxy     on, off, status, restore: the system's proxy setting
//	corsage autostart        on, off, status: whether the app starts at login
//	corsage ca               path, export, status, install, uninstall
//	corsage demo             a backend, a page and a profile to try it all on
//	corsage completion       a script for bash, zsh, fish or powershell that completes all these
//	corsage version
//
// Results go to stdout, everything else to stderr. The exit code is 0 for
// success, 1 for a failure, and 2 for bad use; the last two come with one line
// on stderr that begins with "corsage: " and says what to do. 'corsage env
// COMMAND' and 'corsage shell' end with the command's own code, 126 where it
// can't be run and 127 where it isn't there.
//
// # JSON lines
//
// `corsage serve --log json` writes one JSON object a line to stdout. Names of
// fields are stable; new ones may be added. The first line is, once connections
// are accepted:
//
//	{"event":"ready","proxy":"127.0.0.1:8899","pac":"http://127.0.0.1:8899/proxy.pac","ca":"/path/of/ca.pem"}
//
// Then comes one line for each exchange with a chosen host, when it has ended:
// "event" is "exchange", and the other fields are those of [record.Entry], such
// as id, time, duration_ns, state, method, url, status, profile, relation,
// applied, changes, request and response. Exchanges under way when corsage is
// told to end follow as it ends.
//
// A client that refuses the certificate of a chosen host is an exchange with the
// method CONNECT and a "refusal": its "alert" is the TLS alert, such as
// "unknown_ca", absent where the client only closed the connection. One that tries
// again within a minute is no further line.
//
// Where a browser made the exchange, "verdict" says what it does with it. It has
// "answered", as the backend answered; "delivered", as the browser got it; and
// "sign", which sums both up: its "kind" is "unblocked", "no help needed",
// "answered by Corsage", "cookie refused", "still blocked", or absent where there is
// nothing to say, its "text" is for people. The other two are each a
// [verdict.Verdict]: "outcome" is one of "readable", "readable without credentials",
// "opaque", "preflight passed", "preflight passed without credentials",
// "redirect followed", "shown", "connected", "blocked" and "unknown"; "rule" names
// the standard, its section, the header that decided and its value; "why" and
// "remedy" say it in words; "cookies" has a verdict on each cookie.
//
//	{"event":"exchange",…,"verdict":{
//	 "answered":{"outcome":"blocked","rule":{"standard":"Fetch","section":"CORS check","header":"Access-Control-Allow-Origin"},
//	  "why":"The answer has no Access-Control-Allow-Origin, so http://localhost:3000 may not read it.","short":"no Allow-Origin",
//	  "remedy":"Access-Control-Allow-Origin: http://localhost:3000","credentials":"include",…},
//	 "delivered":{"outcome":"readable",…},
//	 "sign":{"kind":"unblocked","text":"unblocked by Corsage",…}}}
//
//	{"event":"dropped","count":12}
//
// says that this many exchanges are missing: they fell out of the log, since they
// came faster than the lines were read, or took longer than the log goes back. What
// is cleared in the log's window is missing without a word. Traffic never waits for
// the reader. If the reader closes the pipe, corsage ends with exit code 0.
//
// `corsage log --json` writes the same lines, but for "ready"; without -f also of
// exchanges that are under way, whose "state" is "open".
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/spf13/cobra"

	"corsage/profiles"
	"corsage/ui/environ"
	"corsage/ui/instance"
)

// Env is what the command line works with.
type Env struct {
	Stdout, Stderr io.Writer
	// Headless tells that Desktop can't show anything in this build.
	Headless bool
	// Desktop shows tray and windows until the user quits or ctx ends.
	Desktop func(ctx context.Context, o instance.Options) error
	// Metadata is the text of FyneApp.toml, which has the version.
	Metadata string
}

// Run carries out the command that args (without the program's name) are, and
// returns the exit code. Commands that run on end when ctx does, with code 0.
func Run(ctx context.Context, env Env, args []string) int {
	root := env.root()
	root.SetArgs(append([]string{}, args...)) // for nil, cobra would take os.Args
	root.SetOut(env.Stdout)
	root.SetErr(env.Stderr)
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil, ctx.Err() != nil && errors.Is(err, context.Canceled):
		return 0
	case errors.Is(err, instance.ErrRuns):
		fmt.Fprintln(env.Stderr, "corsage runs already")
		return 0
	case errors.Is(err, instance.ErrRaised):
		fmt.Fprintln(env.Stderr, "corsage runs already: its window was raised")
		return 0
	}
	var faults profiles.Errors
	if errors.As(err, &faults) { // a file's faults are a line each
		for _, fault := range faults {
			env.complain(fault)
		}
		return 1
	}
	var exit exitError
	if errors.As(err, &exit) && exit.err == nil {
		return exit.code // the command that was run has said what there is to say
	}
	env.complain(err)
	switch {
	case errors.As(err, new(usageError)):
		return 2
	case errors.As(err, &exit):
		return exit.code
	}
	return 1
}

// complain prints the one line of an error.
func (env Env) complain(err error) {
	fmt.Fprintln(env.Stderr, "corsage: "+oneLine(err.Error()))
}

// log is for what goes on beside a command's result.
func (env Env) log() *slog.Logger { return slog.New(slog.NewTextHandler(env.Stderr, nil)) }

func (env Env) root() *cobra.Command {
	var hidden bool
	root := &cobra.Command{
		Use:   "corsage",
		Short: "Pins CORS headers on the answers of the dev backends you choose",
		Long: "Corsage pins CORS headers on the answers of the dev backends you choose and relaxes their cookies,\n" +
			"so that a frontend on your machine can use a shared backend behind a login.\n\n" +
			"Without a command it shows its tray icon and windows.",
		Args: noCommand,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := environ.Restore(); err != nil {
				return err
			}
			version, err := env.version()
			if err != nil {
				return err
			}
			return env.Desktop(cmd.Context(), instance.Options{Windows: true, Hidden: hidden, Guard: guardCommand(), Version: version, Log: env.log()})
		},
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	root.Flags().BoolVar(&hidden, "hidden", false, "show no window at the start, as at login: only the tray icon, or the request log after a while where there is no tray")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usageError{fmt.Sprintf("%v; '%s --help' shows what there is", err, cmd.CommandPath())}
	})
	root.SetHelpCommand(helpCommand())
	root.AddCommand(
		env.serveCommand(),
		env.enableCommand(), env.disableCommand(),
		env.statusCommand(), env.logCommand(), env.quitCommand(),
		env.browserCommand(),
		env.profileCommand(),
		env.recipeCommand(),
		env.cookiesCommand(),
		env.caCommand(),
		env.demoCommand(),
		env.doctorCommand(),
		env.envCommand(), env.shellCommand(), env.autostartCommand(),
		env.systemProxyCommand(),
		env.completionCommand(),
		env.versionCommand(),
	)
	addCompletions(root)
	return root
}

// helpCommand is cobra's, but an unknown topic is bad use.
func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Shows what a command does",

		ValidArgsFunction: commands,
		RunE: func(cmd *cobra.Command, args []string) error {
			topic, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return usageError{fmt.Sprintf("there is no command %q to help with; 'corsage --help' shows all", strings.Join(args, " "))}
			}
			return topic.Help()
		},
	}
}
