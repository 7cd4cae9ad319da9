package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"corsage/proxy/record/filter"
	"corsage/ui/instance"
	"corsage/ui/logstream"
)

// logOptions are what `corsage log` was asked for.
type logOptions struct {
	follow, json bool
	har          string // the file's name, "-" for stdout, "" for none
	filter       string
	last         int
}

func (env Env) logCommand() *cobra.Command {
	var o logOptions
	cmd := &cobra.Command{
		Use:   "log [-f] [-n N] [--json | --har FILE] [--filter EXPR]",
		Short: "Prints the running corsage's request log",
		Long: "Prints the exchanges that the running corsage has in its log, a line each, as 'corsage serve' does. With -f\n" +
			"it goes on with those to come, each when it has ended, until Ctrl-C or until that corsage quits.\n\n" +
			"--har writes a HAR file, which browsers' developer tools can open; with -f, at the end. It has headers,\n" +
			"cookies and bodies as the browser sent and got them, tokens too: look before you share it.\n\n" +
			"An expression for --filter is a list of terms, all of which must hold: words, /regular expressions/ and\n" +
			"KEY:VALUE, each negated by a - before it. KEY:A,B is any of them; quotes go round what has blanks.\n\n" +
			keysTable(),
		DisableFlagsInUseLine: true,
		Args:                  noArguments("put --filter before an expression"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cmd.Flags().Changed("har") && o.har == "" {
				return usageError{"--har got an empty name: give it a file, or - for stdout"}
			}
			return env.printLog(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.BoolVarP(&o.follow, "follow", "f", false, "go on with the exchanges to come")
	f.IntVarP(&o.last, "last", "n", -1, "begin with the last `N` of those that are there; 0 for none (default: all)")
	f.BoolVar(&o.json, "json", false, "print JSON lines; 'go doc corsage/ui/cli' names the fields")
	f.StringVar(&o.har, "har", "", "write a HAR `FILE`; - for stdout")
	f.StringVar(&o.filter, "filter", "", "only the exchanges that `EXPR` chooses, see above")
	f.Lookup("last").DefValue = "0" // which help does not name
	return cmd
}

// keysTable lists what can stand before a colon in a filter.
func keysTable() string {
	var b strings.Builder
	for _, k := range filter.Keys() {
		fmt.Fprintf(&b, "  %-34s %s\n", k.Name+":"+k.Value, k.Help)
		if len(k.Values) > 2 {
			fmt.Fprintf(&b, "  %34s (%s)\n", "", strings.Join(k.Values, ", "))
		}
	}
	return b.String()
}

func (o logOptions) query() (instance.LogQuery, error) {
	q := instance.LogQuery{Format: logstream.Text, Filter: o.filter, Last: o.last, Follow: o.follow}
	switch {
	case o.json && o.har != "":
		return q, usageError{"--json and --har are two formats: take one"}
	case o.json:
		q.Format = logstream.JSON
	case o.har != "":
		q.Format = logstream.HAR
	}
	if _, err := filter.Parse(o.filter); err != nil {
		return q, usageError{"--filter: " + err.Error()}
	}
	return q, nil
}

func (env Env) printLog(ctx context.Context, o logOptions) (err error) {
	q, err := o.query()
	if err != nil {
		return err
	}
	// Without this, writing to a closed pipe would end the process with the signal.
	pipe := make(chan os.Signal, 1)
	signal.Notify(pipe, syscall.SIGPIPE)
	defer signal.Stop(pipe)

	lines, err := instance.NewClient(instance.DefaultDirs()).Log(ctx, q)
	if err != nil {
		return notRunning(err)
	}
	defer lines.Close()
	if o.har != "" {
		err = env.writeHAR(lines, o.har)
	} else {
		_, err = io.Copy(env.Stdout, lines)
	}
	switch {
	case ctx.Err() != nil && errors.Is(err, context.Canceled): // Ctrl-C
		return nil
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the running corsage broke off: it was killed, or has crashed")
	case isClosedPipe(err): // the reader had enough, as head has
		return nil
	case err != nil:
		return fmt.Errorf("writing the log: %w", err)
	case o.follow:
		fmt.Fprintln(env.Stderr, "corsage has quit, so that there is nothing to follow any more")
	}
	return nil
}
