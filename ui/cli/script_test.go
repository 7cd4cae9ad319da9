package cli_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"corsage/ui/cli"
	"corsage/ui/instance"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"corsage": corsage})
}

// corsage is main, but for the windows.
func corsage() {
	ctx, stop := cli.UntilSignal(context.Background())
	defer stop()
	os.Exit(cli.Run(ctx, cli.Env{Stdout: os.Stdout, Stderr: os.Stderr, Desktop: desktop, Metadata: "[Details]\nVersion = \"1.2.3\"\n"}, os.Args[1:]))
}

// desktop stands in for the tray application: its window is a line on stdout.
func desktop(ctx context.Context, o instance.Options) error {
	i, err := instance.Start(ctx, o)
	if err != nil {
		return err
	}
	i.OnRaise(func() { fmt.Println("window raised") })
	fmt.Fprintf(os.Stderr, "corsage is ready: proxy %s, PAC file %s, certificate of the CA %s\n", i.Addr(), i.PACURL(), i.CertPath())
	select {
	case <-ctx.Done():
	case <-i.Quitting():
	}
	return i.Close()
}

// scriptsTime bounds all scripts of a folder together.
const scriptsTime = 10 * time.Minute

// noRest is for GORACE: a program with the race detector would rest for a second
// at its end, and the scripts start hundreds.
const noRest = "atexit_sleep_ms=0"

// TestScript runs the command line as a user does, in folders of its own.
func TestScript(t *testing.T) {
	catchHangup(t)
	testscript.Run(t, testscript.Params{
		Dir:      filepath.Join("testdata", "script"),
		Deadline: time.Now().Add(scriptsTime),
		Setup: func(env *testscript.Env) error {
			// A socket's path may have some 100 bytes, and $WORK is long.
			runtime, err := os.MkdirTemp("", "corsage")
			if err != nil {
				return err
			}
			env.Defer(func() { os.RemoveAll(runtime) })
			env.Values[processesKey{}] = make(map[string]*process)
			env.Setenv("GORACE", noRest)
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("XDG_RUNTIME_DIR", runtime)
			for _, name := range []string{"CONFIG", "STATE", "DATA", "CACHE"} {
				env.Setenv("XDG_"+name+"_HOME", filepath.Join(env.WorkDir, "xdg", name))
			}
			env.Setenv("stored", filepath.Join(env.WorkDir, "xdg", "CONFIG", "corsage", "profiles"))
			return os.MkdirAll(filepath.Join(env.WorkDir, "xdg", "CONFIG", "corsage", "profiles"), 0o700)
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"awaits":  awaits,
			"backend": backend,
			"ended":   ended,
			"exits":   exits,
			"expand":  expand,
			"fetch":   fetch,
			"free":    free,
			"hold":    hold,
			"occupy":  occupy,
			"parent":  parent,
			"run":     run,
			"sick":    sick,
			"start":   start,
			"stop-":   stop,
			"until":   until,
		},
	})
}

// exits CODE COMMAND... runs a command that must end with exactly this code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want || neg {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// awaits REGEXP COMMAND... runs a command until its output matches.
func awaits(ts *testscript.TestScript, _ bool, args []string) {
	re := regexp.MustCompile(`(?m)` + args[0])
	await(ts, args[0], func() bool {
		ts.Check(ts.Exec(args[1], args[2:]...))
		return re.MatchString(ts.ReadFile("stdout"))
	})
}

// expand FILE... replaces $NAME in files by the script's environment.
func expand(ts *testscript.TestScript, _ bool, args []string) {
	for _, name := range args {
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(os.Expand(ts.ReadFile(name), ts.Getenv)), 0o600))
	}
}

// catchHangup has what the test starts be ended by SIGHUP, as from a terminal: where
// the test itself was told to ignore that, as by nohup, programs would inherit it.
func catchHangup(t *testing.T) {
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, syscall.SIGHUP)
	t.Cleanup(func() { signal.Stop(caught) })
}
