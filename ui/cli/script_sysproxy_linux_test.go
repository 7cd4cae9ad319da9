package cli_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"corsage/proxy/sysproxy/desktoptest"
)

// TestSystemProxyScript runs the command line in a desktop session of its own,
// whose settings are real ones.
func TestSystemProxyScript(t *testing.T) {
	session := desktoptest.Start(t, "GNOME", "gsettings", "dconf")
	testscript.Run(t, testscript.Params{
		Dir:      filepath.Join("testdata", "gnome"),
		Deadline: time.Now().Add(scriptsTime),
		Setup: func(env *testscript.Env) error {
			env.Values[processesKey{}] = make(map[string]*process)
			env.Setenv("GORACE", noRest)
			for _, v := range session.Environ() {
				if name, value, ok := strings.Cut(v, "="); ok && name != "PATH" {
					env.Setenv(name, value)
				}
			}
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits":  exits,
			"killed": killed,
			"start":  start,
			"stop-":  stop,
			"until":  until,
		},
	})
}

// killed NAME guard kills a process and the guard that it has started.
func killed(ts *testscript.TestScript, _ bool, args []string) {
	p := processes(ts)[args[0]]
	ts.Check(p.cmd.Process.Signal(syscall.SIGSTOP)) // else it starts another guard
	ts.Check(syscall.Kill(guardOf(ts, p.cmd.Process.Pid), syscall.SIGKILL))
	ts.Check(p.cmd.Process.Kill())
	p.await(ts, args[0])
}

// guardOf returns the child of a process that is its guard.
func guardOf(ts *testscript.TestScript, parent int) int {
	commands, err := filepath.Glob("/proc/[0-9]*/cmdline")
	ts.Check(err)
	for _, path := range commands {
		line, _ := os.ReadFile(path) // those of processes that end meanwhile are gone
		status, _ := os.ReadFile(filepath.Join(filepath.Dir(path), "status"))
		if strings.Contains(string(line), "system-proxy\x00guard") && strings.Contains(string(status), "\nPPid:\t"+strconv.Itoa(parent)+"\n") {
			pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			ts.Check(err)
			return pid
		}
	}
	ts.Fatalf("process %d has no guard", parent)
	return 0
}
