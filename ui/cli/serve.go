package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"corsage/profiles"
	"corsage/ui/environ"
	"corsage/ui/instance"
	"corsage/ui/logstream"
)

// The formats of serve's log.
const (
	formatText = string(logstream.Text)
	formatJSON = string(logstream.JSON)
	formatNone = "none"
)

var logFormats = []string{formatText, formatJSON, formatNone}

// readerTimeout is how long the end of serve waits for a reader of stdout that
// has stopped reading.
const readerTimeout = 2 * time.Second

func (env Env) serveCommand() *cobra.Command {
	var (
		files  []string
		listen string
		format string
		off    string
	)
	cmd := &cobra.Command{
		Use:   "serve [-f FILE]... [--listen 127.0.0.1:8899] [--log text|json|none] [--auto-off 9h]",
		Short: "Runs the proxy without a window",
		Long: "Runs the proxy without a window until 'corsage quit', Ctrl-C, SIGTERM or the end of its terminal.\n" +
			"The enabled profiles are in force, or with -f exactly the given files.\n" +
			"Without --listen it keeps to the port that it had last time; if that is taken, to the next free one.",
		DisableFlagsInUseLine: true,
		Args:                  noArguments("to serve a profile's file, put -f before it"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if slices.Contains(files, "") {
				return usageError{"-f got an empty name: give it the path of a profile's file"}
			}
			if !slices.Contains(logFormats, format) {
				return usageError{fmt.Sprintf("--log got %q: it must be text, json or none", format)}
			}
			o := instance.Options{Files: files, Guard: guardCommand(), Log: env.log()}
			var err error
			if o.AutoOff, err = instance.ParseAutoOff(off); err != nil {
				return usageError{"--auto-off: " + err.Error()}
			}
			if cmd.Flags().Changed("listen") {
				checked, err := instance.ParseListen(listen)
				if err != nil {
					return usageError{"--listen: " + err.Error()}
				}
				o.Listen = checked
			}
			if err := environ.Restore(); err != nil {
				return err
			}
			return env.serve(cmd.Context(), o, format)
		},
	}
	cmd.Flags().StringArrayVarP(&files, "file", "f", nil, "a profile's `FILE` to enable, instead of the stored profiles; may be repeated")
	cmd.Flags().StringVar(&listen, "listen", instance.DefaultListen, "the loopback `ADDRESS` of the proxy; port 0 for any free one")
	cmd.Flags().StringVar(&off, "auto-off", "never", "turn profiles off that were forgotten, after this `TIME`, such as 9h")
	cmd.Flags().StringVar(&format, "log", "text", "how to write exchanges to stdout: text, json or none")
	return cmd
}

func (env Env) serve(ctx context.Context, o instance.Options, format string) (err error) {
	// Without this, writing to a closed pipe would end the process with the
	// signal, at once.
	pipe := make(chan os.Signal, 1)
	signal.Notify(pipe, syscall.SIGPIPE)
	defer signal.Stop(pipe)

	i, err := instance.Start(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, i.Close()) }()
	if len(o.Files) == 0 {
		hintAtProfiles(i.Store.Items(), o.Log)
	}

	if err := env.ready(i, format); err != nil {
		return unlessClosed(err)
	}
	stop, written := make(chan struct{}), make(chan error, 1)
	go func() { written <- env.follow(i, format, stop) }()
	select {
	case <-ctx.Done():
	case <-i.Done():
	case <-i.Quitting():
	case err := <-written:
		return unlessClosed(err)
	}
	err = errors.Join(i.Err(), i.Close())
	close(stop) // only now: Close has ended the exchanges that were under way
	select {
	case writeErr := <-written:
		return errors.Join(err, unlessClosed(writeErr))
	case <-time.After(readerTimeout):
		o.Log.Warn("the last exchanges are missing from the output, since nothing reads it")
		return err
	}
}

// readyLine is the first line of the JSON log. Its names are a contract.
type readyLine struct {
	Event string `json:"event"`
	Proxy string `json:"proxy"`
	PAC   string `json:"pac"`
	CA    string `json:"ca"`
}

// ready says that connections are accepted, and where.
func (env Env) ready(i *instance.Instance, format string) error {
	if format == formatJSON {
		return json.NewEncoder(env.Stdout).Encode(readyLine{"ready", i.Addr(), i.PACURL(), i.CertPath()})
	}
	_, err := fmt.Fprintf(env.Stderr, "corsage is ready: proxy %s, PAC file %s, certificate of the CA %s\n",
		i.Addr(), i.PACURL(), i.CertPath())
	return err
}

// follow writes the exchanges until stop is closed, and then what is left.
func (env Env) follow(i *instance.Instance, format string, stop <-chan struct{}) error {
	if format == formatNone {
		<-stop
		return nil
	}
	return logstream.New(env.Stdout, logstream.Options{Format: logstream.Format(format), Ring: instance.LogLimit, Last: -1}).Follow(i.Recorder, stop)
}

// unlessClosed makes nothing of a closed pipe: whoever reads the output had
// enough, as `head` has.
func unlessClosed(err error) error {
	if err == nil || isClosedPipe(err) {
		return nil
	}
	return fmt.Errorf("writing the request log: %w; use --log none if it is not needed", err)
}

// hintAtProfiles says what to do where a proxy would do nothing.
func hintAtProfiles(items []profiles.Item, log *slog.Logger) {
	if slices.ContainsFunc(items, func(item profiles.Item) bool { return item.Enabled && item.Profile != nil }) {
		return
	}
	if len(items) == 0 {
		log.Warn("there is no profile yet, so nothing is changed: start 'corsage' to make one, or 'corsage serve -f FILE' to use a file")
		return
	}
	log.Warn("no profile is enabled, so nothing is changed: 'corsage profile ls' shows them, 'corsage enable NAME' switches one on")
}
