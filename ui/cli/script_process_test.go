package cli_test

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// patience bounds every wait for something that must happen.
const patience = time.Minute

// process is a corsage that a script has started.
type process struct {
	cmd   *exec.Cmd
	ended chan struct{} // closed once cmd.Wait returned
}

// run [-head] NAME ARGS... starts corsage, with NAME.out and NAME.err for its output.
// With -head stdout is a pipe that is closed after its first line.
func run(ts *testscript.TestScript, _ bool, args []string) { launch(ts, args) }

func launch(ts *testscript.TestScript, args []string) (name string, p *process) {
	head := args[0] == "-head"
	if head {
		args = args[1:]
	}
	name = args[0]
	path, err := exec.LookPath("corsage")
	ts.Check(err)
	p = &process{cmd: exec.Command(path, args[1:]...), ended: make(chan struct{})}
	p.cmd.Dir = ts.Getenv("WORK")
	p.cmd.Env = environ(ts)
	out, err := os.Create(ts.MkAbs(name + ".out"))
	ts.Check(err)
	defer out.Close()
	errs, err := os.Create(ts.MkAbs(name + ".err"))
	ts.Check(err)
	defer errs.Close()
	p.cmd.Stdout, p.cmd.Stderr = out, errs
	if head {
		r, w, err := os.Pipe()
		ts.Check(err)
		defer r.Close()
		defer w.Close()
		p.cmd.Stdout = w
		ts.Check(p.cmd.Start())
		line, err := bufio.NewReader(r).ReadString('\n')
		ts.Check(err)
		_, err = out.WriteString(line)
		ts.Check(err)
	} else {
		ts.Check(p.cmd.Start())
	}
	go func() { _ = p.cmd.Wait(); close(p.ended) }() // its code is in ProcessState
	processes(ts)[name] = p
	ts.Defer(func() { _ = p.cmd.Process.Kill(); <-p.ended })
	return name, p
}

// start [-head] NAME ARGS... does as run and waits until corsage is ready. The
// script then has $proxy, $pac and $ca.
func start(ts *testscript.TestScript, _ bool, args []string) {
	name, p := launch(ts, args)
	readyJSON := regexp.MustCompile(`(?m)^\{"event":"ready".*\}$`)
	readyText := regexp.MustCompile(`(?m)^corsage is ready: proxy (\S+), PAC file (\S+), certificate of the CA (\S+)$`)
	await(ts, name+" to be ready", func() bool {
		select {
		case <-p.ended:
			ts.Fatalf("%s ended before it was ready: %v\n%s", name, p.cmd.ProcessState, ts.ReadFile(name+".err"))
		default:
		}
		if m := readyText.FindStringSubmatch(ts.ReadFile(name + ".err")); m != nil {
			ts.Setenv("proxy", m[1])
			ts.Setenv("pac", m[2])
			ts.Setenv("ca", m[3])
			return true
		}
		if m := readyJSON.FindString(ts.ReadFile(name + ".out")); m != "" {
			var ready struct{ Proxy, PAC, CA string }
			ts.Check(json.Unmarshal([]byte(m), &ready))
			ts.Setenv("proxy", ready.Proxy)
			ts.Setenv("pac", ready.PAC)
			ts.Setenv("ca", ready.CA)
			return true
		}
		return false
	})
}

// stop- NAME [SIGNAL] sends SIGTERM, or INT, HUP or KILL. But for KILL the process must
// end with exit code 0.
func stop(ts *testscript.TestScript, _ bool, args []string) {
	p := processes(ts)[args[0]]
	if p == nil {
		ts.Fatalf("no process %q was started", args[0])
	}
	signal := os.Signal(syscall.SIGTERM)
	if len(args) > 1 {
		signal = map[string]os.Signal{"TERM": syscall.SIGTERM, "INT": os.Interrupt, "HUP": syscall.SIGHUP, "KILL": os.Kill}[args[1]]
	}
	ts.Check(p.cmd.Process.Signal(signal))
	p.await(ts, args[0])
	if code := p.cmd.ProcessState.ExitCode(); code != 0 && signal != os.Kill {
		ts.Fatalf("%s ended with exit code %d\n%s", args[0], code, ts.ReadFile(args[0]+".err"))
	}
}

// ended NAME waits for a process that must end by itself, with exit code 0; with
// another, if it is negated.
func ended(ts *testscript.TestScript, neg bool, args []string) {
	p := processes(ts)[args[0]]
	p.await(ts, args[0])
	if neg == p.cmd.ProcessState.Success() {
		ts.Fatalf("%s ended: %v\n%s", args[0], p.cmd.ProcessState, ts.ReadFile(args[0]+".err"))
	}
}

// await waits until the process has ended.
func (p *process) await(ts *testscript.TestScript, name string) {
	await(ts, name+" to end", func() bool {
		select {
		case <-p.ended:
			return true
		default:
			return false
		}
	})
}

// until FILE REGEXP waits until the file matches.
func until(ts *testscript.TestScript, _ bool, args []string) {
	re := regexp.MustCompile(`(?m)` + args[1])
	await(ts, args[0]+" to match "+args[1], func() bool { return re.MatchString(ts.ReadFile(args[0])) })
}

// await looks again and again until done, for as long as patience lasts.
func await(ts *testscript.TestScript, what string, done func() bool) {
	end := time.After(patience)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-end:
			ts.Fatalf("waited %v for %s", patience, what)
		}
	}
}

type processesKey struct{}

// processes are those of one script, by name.
func processes(ts *testscript.TestScript) map[string]*process {
	return ts.Value(processesKey{}).(map[string]*process)
}

func environ(ts *testscript.TestScript) []string {
	var env []string
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "SYSTEMROOT", "XDG_RUNTIME_DIR",
		"XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME",
		"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY",
		"DBUS_SESSION_BUS_ADDRESS", "XDG_CURRENT_DESKTOP", "GSETTINGS_BACKEND"} {
		if v := ts.Getenv(name); v != "" {
			env = append(env, name+"="+v)
		}
	}
	return env
}
