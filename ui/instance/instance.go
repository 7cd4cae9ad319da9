// Package instance is one running Corsage without a window: dev CA, request
// log, profiles and proxy, wired together, and reachable for other starts of
// the program through a control socket. `corsage serve` and the tray
// application both stand on it.
package instance

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"corsage/profiles"
	"corsage/proxy"
	"corsage/proxy/authority"
	"corsage/proxy/record"
	"corsage/proxy/sysproxy"
)

// LogLimit is how many exchanges the request log keeps.
const LogLimit = 5000

// closeTimeout is how long Close lets exchanges under way come to their end.
const closeTimeout = time.Second

// ErrRaised says that Start started nothing, since another instance of this
// user has shown its window instead. It is no failure: the program should end
// with exit code 0.
var ErrRaised = errors.New("the window of the corsage that is running was raised")

// ErrRuns is ErrRaised for a start with Options.Hidden: nothing was raised.
var ErrRuns = errors.New("corsage runs already")

// Options say what to start.
type Options struct {
	// Listen is the proxy's address, see [ParseListen]. Empty for the one that was
	// used last, at first [DefaultListen], or the next free port if something else
	// has that one.
	Listen string
	// Files are the profile files to serve, exactly and all enabled; empty for
	// the stored profiles. Start fails if one of them is bad or missing; the
	// error is profiles.Errors where its text is. One that goes bad later keeps
	// its last good version.
	Files []string
	// Windows tells that the program shows windows. Start then looks for a
	// running instance that does too, raises that one's and returns ErrRaised.
	Windows bool
	// Guard is the command that puts the system's proxy setting back if this
	// process is killed while it leads here, see [sysproxy.Guard]; empty for none.
	Guard []string
	// AutoOff is after what time profiles that were forgotten are turned off;
	// zero for never. With Windows the user's setting counts instead.
	AutoOff time.Duration
	// Hidden is for a start at login: no window pops up, neither this program's
	// nor that of a running instance. Start then returns ErrRuns where there is one
	// with windows.
	Hidden bool
	// Version is this program's, for the files that its windows save.
	Version string
	// Dirs are the folders; zero for DefaultDirs.
	Dirs Dirs
	// Log gets what a person at a terminal should read. Required.
	Log *slog.Logger
}

// Instance is one running Corsage. Its fields are set by Start and must not be
// written to; they and its methods may be used from any goroutine until Close.
type Instance struct {
	Store    *profiles.Store
	Recorder *record.Recorder
	Server   *proxy.Server
	Settings *SettingsFile
	AutoOff  *AutoOff

	dirs     Dirs
	roots    *authority.Roots
	log      *slog.Logger
	windows  bool
	hidden   bool
	listener net.Listener
	stop     chan struct{} // closed by Close
	done     chan struct{} // closed when the proxy no longer serves
	settled  chan struct{} // closed when no exchange is under way any more
	serveErr error         // why; read it after done
	running  sync.WaitGroup

	followers atomic.Int32 // of the log

	system *sysproxy.Switch

	pac      pacFile
	chaining chaining
	follows  atomic.Bool // see FollowSystem

	quit     chan struct{} // closed when another process asked for the end
	quitting sync.Once

	closing sync.Once
	closers []func() error // run in reverse by Close
	err     error          // of Close

	mu    sync.Mutex
	show  func() // see OnRaise
	asked bool   // for a window that is not there yet
	gone  bool   // the windows, see OnRaise
}

// Start makes an instance and returns once it accepts connections. ctx bounds
// the start only; end the instance with Close. A user's first instance has the
// control socket; a further one works as well, says so in the log, and is not
// reached by `corsage enable` and the like.
func Start(ctx context.Context, o Options) (*Instance, error) {
	where := func() string { return o.Dirs.Runtime }
	if o.Dirs == (Dirs{}) {
		o.Dirs = DefaultDirs()
		where = runtimeDir
	}
	i := &Instance{dirs: o.Dirs, log: o.Log, windows: o.Windows, hidden: o.Hidden, stop: make(chan struct{}), done: make(chan struct{}), quit: make(chan struct{}), settled: make(chan struct{})}
	if err := i.start(ctx, o, where); err != nil {
		return nil, errors.Join(err, i.Close())
	}
	return i, nil
}

func (i *Instance) start(ctx context.Context, o Options, where func() string) (err error) {
	first, err := i.becomePrimary(ctx, o.Dirs)
	if err != nil {
		return err
	}
	var socket *controlSocket
	if first != nil {
		socket = i.newControlSocket(first, where)
		i.onClose(socket.release)
	}
	if i.roots, err = authority.OpenRoots(o.Dirs.Authority); err != nil {
		return err
	}
	if err := i.roots.Sweep(o.Dirs.Profiles.Config); err != nil {
		i.log.Error("root certificates that are no longer used may still be there", "error", err)
	}
	i.Settings = OpenSettings(o.Dirs.Settings, i.log)
	i.onClose(i.Settings.Close)
	i.Recorder = record.New(LogLimit)
	i.Server = proxy.NewServer(proxy.Config{
		Recorder: i.Recorder, Log: i.log, Local: i.local(),
	})
	if len(o.Files) > 0 {
		i.Store, err = profiles.OpenFiles(o.Files, o.Dirs.Profiles.State, i.roots, i.apply)
	} else {
		i.Store, err = profiles.Open(o.Dirs.Profiles, i.roots, i.apply)
	}
	if err != nil {
		return err
	}
	i.onClose(i.Store.Close)
	if len(o.Files) > 0 {
		if err := faults(i.Store.Items()); err != nil {
			return err
		}
	}
	if i.listener, err = i.listen(o, socket != nil); err != nil {
		return err
	}
	if socket != nil {
		i.onClose(socket.shutdown) // after the proxy's, so that who follows the log gets the last ends
	}
	i.setChain(context.Background(), nil)
	i.running.Go(i.serve)
	i.onClose(i.shutdown)
	i.running.Go(func() { watch(i.Store, i.log, i.stop) })
	i.running.Go(func() { keepBundles(i.CertPath(), i.log, i.stop) })
	i.AutoOff = i.newAutoOff(o)
	i.running.Go(func() { i.AutoOff.run(i.Settings, i.stop) })
	i.running.Go(func() { renew(i.Store.Renew, i.stop) })
	i.openSystem(ctx, o)
	if socket != nil {
		socket.serve(socket.held)
		i.running.Go(func() { socket.keep(i.stop) })
	}
	i.onClose(i.closeSystem)
	return nil
}

// listen opens the proxy's address. Only the user's first instance remembers it,
// or browsers would be at the mercy of which one was started last.
func (i *Instance) listen(o Options, first bool) (net.Listener, error) {
	var (
		l   net.Listener
		err error
	)
	switch {
	case o.Listen != "":
		l, err = listen(o.Listen)
	case first:
		l, err = listenAgain(o.Dirs.Profiles.State, i.log)
	default:
		l, err = listenFree(DefaultListen, i.log)
	}
	if err != nil {
		return nil, err
	}
	return newSteady(l, i.log), nil
}

// newAutoOff is for the profiles of o. Since when given files are served is not
// kept: they are on as long as the process runs.
func (i *Instance) newAutoOff(o Options) *AutoOff {
	limit := func() time.Duration { return o.AutoOff }
	if o.Windows {
		limit = func() time.Duration { return i.Settings.Get().AutoOff }
	}
	var file offFile
	if len(o.Files) == 0 {
		file = sinceFileIn(o.Dirs)
	}
	// Without the reading of the clock that stops while the machine sleeps.
	wall := func() time.Time { return time.Now().Round(0) }
	return newAutoOff(i.Store, i.Recorder, limit, file, wall, i.log)
}

func (i *Instance) serve() {
	defer close(i.done)
	if err := i.Server.Serve(i.listener); !errors.Is(err, http.ErrServerClosed) {
		i.serveErr = fmt.Errorf("the proxy no longer accepts connections: %w; start corsage again", err)
	}
}

// shutdown ends the proxy: at once to new requests, after closeTimeout to those
// under way, such as event streams.
func (i *Instance) shutdown() error {
	defer close(i.settled)
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	if err := i.Server.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}

// Addr is where the proxy listens, such as "127.0.0.1:8899".
func (i *Instance) Addr() string { return i.listener.Addr().String() }

// Done is closed when the proxy has ended, by Close or by a fault; Err then
// tells the fault. That the system took the port away is none: the same one is
// opened again, for as long as it takes, since browsers are set to it.
func (i *Instance) Done() <-chan struct{} { return i.done }

// Err is why the proxy ended; nil before Done, and if Close ended it.
func (i *Instance) Err() error {
	select {
	case <-i.done:
		return i.serveErr
	default:
		return nil
	}
}

// Quitting is closed when `corsage quit` has asked for the end: whoever started
// the instance should then close it and end the program.
func (i *Instance) Quitting() <-chan struct{} { return i.quit }

// onClose has f called by Close, before what was given earlier.
func (i *Instance) onClose(f func() error) { i.closers = append(i.closers, f) }

// Close ends the instance. Exchanges under way get a second to come to their
// end. It returns when everything has ended; calling it again waits for that
// and returns the same.
func (i *Instance) Close() error {
	i.closing.Do(func() {
		close(i.stop)
		var errs []error
		for n := len(i.closers) - 1; n >= 0; n-- {
			errs = append(errs, i.closers[n]())
		}
		i.running.Wait()
		i.err = errors.Join(errs...)
	})
	return i.err
}
