package browser

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"time"
)

// closeTimeout is how long Close waits for a browser that was asked to end.
const closeTimeout = 3 * time.Second

// closedPoll is how often a profile is looked at that another start has open.
const closedPoll = 500 * time.Millisecond

// Process is a browser that Launch started.
type Process struct {
	pid    int
	kind   Kind
	dir    string // the profile's folder
	joined bool
	done   chan struct{}
	once   sync.Once
	err    error // of the program; read after done
}

// startProcess starts the browser on the folder, which the process then has to
// close.
func startProcess(kind Kind, command []string, f *folder) (*Process, error) {
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = append(os.Environ(), crashes(kind, f.dir))
	ownGroup(cmd)
	if f.temporary {
		endWithParent(cmd)
	}
	if f.lock != nil {
		f.lock.inherit(cmd)
	}
	p := &Process{kind: kind, dir: f.dir, done: make(chan struct{}), joined: f.inUse}
	started := make(chan error)
	go func() {
		defer close(p.done)
		// To the system the parent is the thread that started the process: it has
		// to last as long.
		runtime.LockOSThread()
		err := cmd.Start()
		if err == nil {
			p.pid = cmd.Process.Pid
		}
		started <- err
		if err != nil {
			return
		}
		p.err = cmd.Wait()
		kill(p.pid) // helpers that outlive the browser, and would make the profile anew
		_ = f.close()
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return p, nil
}

// crashes is the variable that keeps what the browser writes of crashes, with what
// it had in memory, out of the folder of the user's own profiles: Chromium's go
// into the profile in dir, Firefox writes none.
func crashes(kind Kind, dir string) string {
	if kind == Firefox {
		return "MOZ_CRASHREPORTER_DISABLE=1"
	}
	return "BREAKPAD_DUMP_LOCATION=" + filepath.Join(dir, "Crash Reports")
}

// Joined reports whether the kept profile was open already: then the page opened
// there, and this process ends as soon as it has said so to that browser.
func (p *Process) Joined() bool { return p.joined }

// Done is closed when the browser has ended and a temporary profile is deleted.
func (p *Process) Done() <-chan struct{} { return p.done }

// Closed returns a channel that is closed when no browser has the page open any
// more: for one that joined, when that browser is closed; else as Done. It looks
// until ctx ends.
func (p *Process) Closed(ctx context.Context) <-chan struct{} {
	if !p.joined {
		return p.done
	}
	closed := make(chan struct{})
	go func() {
		for inUse(p.dir) {
			select {
			case <-ctx.Done():
				return
			case <-time.After(closedPoll):
			}
		}
		close(closed)
	}()
	return closed
}

// Err is how the browser ended, after Done: nil if it said that all went well.
func (p *Process) Err() error {
	select {
	case <-p.done:
		return p.err
	default:
		return nil
	}
}

// Close asks the browser to end, waits three seconds for that, ends it then,
// and returns when a temporary profile is deleted.
func (p *Process) Close() {
	select {
	case <-p.done:
		return
	default:
		p.once.Do(func() { terminate(p.pid, p.kind) })
	}
	select {
	case <-p.done:
	case <-time.After(closeTimeout):
		kill(p.pid)
		<-p.done
	}
}
