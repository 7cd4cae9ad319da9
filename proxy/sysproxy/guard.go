package sysproxy

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"
)

const (
	guardReady = "ready\n" // what a guard writes when it watches
	guardDone  = "done\n"  // what it is told when there is nothing to do any more

	// guardPatience bounds the wait for a guard to start or to end.
	guardPatience = 5 * time.Second
	// guardTries is how often a guard tries to put things back, a second apart: the
	// programs that do so may be in the midst of a logout.
	guardTries = 5
)

// Guard watches over a process that has the switch in dir, through r, which must
// be a pipe that ends when that process does, and then puts back what it has left
// behind. It says on w that it watches. It returns when there is nothing left to
// do. Signals are not its business: whoever runs it should ignore them.
func Guard(ctx context.Context, dir string, r io.Reader, w io.Writer) (Report, error) {
	if _, err := io.WriteString(w, guardReady); err != nil {
		return Report{}, fmt.Errorf("telling corsage that its guard watches: %w", err)
	}
	if line, err := bufio.NewReader(r).ReadString('\n'); err == nil && line == guardDone {
		return Report{}, nil
	}
	s := Open(dir)
	for try := 1; ; try++ {
		report, err := s.Off(ctx)
		if err == nil || try == guardTries || errors.As(err, new(*InUseError)) || errors.As(err, new(*DamagedError)) {
			return report, err
		}
		time.Sleep(time.Second)
	}
}

// watcher keeps a guard running.
type watcher struct {
	command []string
	started chan *guardProcess // the last one that was started, for tests
	stop    chan struct{}      // closed when no guard is needed any more
	ended   chan struct{}      // closed when none runs
}

// watch starts a guard unless one runs or none is wanted. The caller holds s.mu.
func (s *Switch) watch() error {
	if len(s.guard) == 0 || s.watcher != nil {
		return nil
	}
	w := &watcher{command: s.guard, started: make(chan *guardProcess, 1), stop: make(chan struct{}), ended: make(chan struct{})}
	g, err := w.start()
	if err != nil {
		return fmt.Errorf("starting the process that puts the system's proxy setting back after a crash: %w", err)
	}
	s.watcher = w
	go w.keep(g)
	return nil
}

// unwatch ends the guard.
func (s *Switch) unwatch() error {
	if s.watcher == nil {
		return nil
	}
	close(s.watcher.stop)
	<-s.watcher.ended
	s.watcher = nil
	return nil
}

// guardProcess is one running guard.
type guardProcess struct {
	cmd   *exec.Cmd
	pipe  io.WriteCloser
	ended chan struct{}
}

func (w *watcher) start() (*guardProcess, error) {
	g := &guardProcess{cmd: exec.Command(w.command[0], w.command[1:]...), ended: make(chan struct{})}
	g.cmd.Dir, g.cmd.Stderr = root, os.Stderr
	g.cmd.SysProcAttr = apart()
	var err error
	if g.pipe, err = g.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := g.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := g.cmd.Start(); err != nil {
		return nil, err
	}
	ready := make(chan error, 1)
	go func() {
		line, err := bufio.NewReader(out).ReadString('\n')
		if err == nil && line != guardReady {
			err = fmt.Errorf("it said %q", line)
		}
		ready <- err
		_ = g.cmd.Wait() // it says itself what went wrong
		close(g.ended)
	}()
	select {
	case err = <-ready:
	case <-time.After(guardPatience):
		err = errors.New("it does not answer")
	}
	if err != nil {
		_ = g.cmd.Process.Kill()
		<-g.ended
		return nil, err
	}
	select {
	case w.started <- g:
	default:
	}
	return g, nil
}

// keep starts another guard if one is killed, until it is told to stop.
func (w *watcher) keep(g *guardProcess) {
	defer close(w.ended)
	for {
		select {
		case <-w.stop:
			g.end()
			return
		case <-g.ended:
		}
		next, err := w.start()
		for err != nil {
			select {
			case <-w.stop:
				return
			case <-time.After(guardPatience):
			}
			next, err = w.start()
		}
		g = next
	}
}

// end tells a guard that there is nothing left to do, and waits until it is gone.
func (g *guardProcess) end() {
	_, _ = io.WriteString(g.pipe, guardDone) // an error is its end
	_ = g.pipe.Close()
	select {
	case <-g.ended:
	case <-time.After(guardPatience):
		_ = g.cmd.Process.Kill()
		<-g.ended
	}
}
