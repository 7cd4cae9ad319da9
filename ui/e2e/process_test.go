package e2e

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience is how long anything in these tests may take before it counts as
// hanging: generous, since all four browsers may be busy on two cores.
const patience = 45 * time.Second

// endSoon is how long a process may take to end when it is asked to.
const endSoon = 10 * time.Second

// missing reports that a browser or server isn't installed: a failure in CI,
// where everything is to be there, a skip with its reason elsewhere.
func missing(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// eventually says whether the condition came true in time. It asks again and
// again, for what has no other way to tell.
func eventually(condition func() bool) bool {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); <-tick.C {
		if condition() {
			return true
		}
	}
	return false
}

// output collects what a process writes, for the report of a failed test.
type output struct {
	mu   sync.Mutex
	data bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.data.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.data.String()
}

// process is a running child that ends with the test.
type process struct {
	cmd  *exec.Cmd
	out  *output // standard error, and standard output unless it is piped
	done chan struct{}
	err  error // valid once done is closed
}

// startProcess starts cmd. With pipe, standard output is handed to read, which
// must take it to its end; without, it is collected with standard error.
func startProcess(t testing.TB, cmd *exec.Cmd, read func(io.Reader)) *process {
	t.Helper()
	p := &process{cmd: cmd, out: &output{}, done: make(chan struct{})}
	cmd.Stderr = p.out
	var reading sync.WaitGroup
	if read == nil {
		cmd.Stdout = p.out
	} else {
		pipe, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		reading.Go(func() { read(pipe) })
	}
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", cmd.Path, err)
	}
	go func() {
		reading.Wait()
		p.err = cmd.Wait()
		close(p.done)
	}()
	t.Cleanup(func() {
		p.stop(t)
		if t.Failed() && p.out.String() != "" {
			t.Logf("%s wrote:\n%s", cmd.Path, tail(p.out.String(), 6000))
		}
	})
	return p
}

// stop asks the process to end, and ends it when it does not.
func (p *process) stop(t testing.TB) {
	t.Helper()
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(endSoon):
		_ = p.cmd.Process.Kill()
		<-p.done
		t.Errorf("%s did not end on SIGTERM", p.cmd.Path)
	}
}

func tail(s string, size int) string {
	return s[max(0, len(s)-size):]
}
