package instance

import (
	"errors"
	"log/slog"
	"testing"
)

// Who starts while another instance ends takes its place: it is neither sent away to
// a window that is going, nor left beside it without the socket.
func TestStartWhileAnotherEnds(t *testing.T) {
	for name, c := range map[string]struct {
		end    func(*Instance)
		second Options
	}{
		"asked to quit, a window":    {func(i *Instance) { i.quitting.Do(func() { close(i.quit) }) }, Options{Windows: true}},
		"asked to quit, at login":    {func(i *Instance) { i.quitting.Do(func() { close(i.quit) }) }, Options{Windows: true, Hidden: true}},
		"asked to quit, a serve":     {func(i *Instance) { i.quitting.Do(func() { close(i.quit) }) }, Options{}},
		"its windows gone, a window": {func(i *Instance) { i.OnRaise(nil) }, Options{Windows: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dirs := testDirs(t)
			first, _ := begin(t, Options{Dirs: dirs, Windows: true})
			first.OnRaise(func() { t.Error("the window that goes was raised") })
			c.end(first)
			if s, err := NewClient(dirs).Status(t.Context()); err == nil {
				t.Errorf("it still answers: %+v", s)
			}
			o := c.second
			o.Dirs, o.Listen, o.Log = dirs, "127.0.0.1:0", slog.New(slog.DiscardHandler)
			type result struct {
				i   *Instance
				err error
			}
			started := make(chan result, 1)
			go func() {
				i, err := Start(t.Context(), o)
				started <- result{i, err}
			}()
			if err := first.Close(); err != nil {
				t.Error(err)
			}
			second := <-started
			if second.err != nil {
				t.Fatal(second.err)
			}
			defer second.i.Close()
			if s, err := NewClient(dirs).Status(t.Context()); err != nil || s.Proxy != second.i.Addr() {
				t.Errorf("the second one is not reached: %+v, %v", s, err)
			}
		})
	}
}

// An instance that goes while it is asked is not running.
func TestStatusWhileAnotherGoes(t *testing.T) {
	dirs := testDirs(t)
	p, err := acquire(dirs.Runtime)
	if err != nil {
		t.Fatal(err)
	}
	asked := make(chan error, 1)
	go func() {
		_, err := NewClient(dirs).Status(t.Context())
		asked <- err
	}()
	conn, err := p.listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.release(); err != nil {
		t.Error(err)
	}
	conn.Close()
	if err := <-asked; !errors.Is(err, ErrNotRunning) {
		t.Errorf("%v, want ErrNotRunning", err)
	}
}
