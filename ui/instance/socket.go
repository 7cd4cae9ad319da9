package instance

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"
)

// socketCheck is how often the control socket is looked after: about the time
// that it may be out of reach, and less than raiseTimeout.
const socketCheck = 2 * time.Second

// controlSocket keeps lock and socket for as long as the instance runs: where
// they vanish, with their folder for instance, it makes them again.
type controlSocket struct {
	// dir is where they belong. It may change: the session's runtime folder comes
	// with the first login and goes with the last logout.
	dir    func() string
	server *http.Server
	log    *slog.Logger
	check  time.Duration // see socketCheck

	mu       sync.Mutex
	held     *primary // nil while there is none
	released bool
	running  sync.WaitGroup // serving
}

// serve answers on p's socket until release.
func (c *controlSocket) serve(p *primary) {
	c.running.Go(func() {
		if err := c.server.Serve(p.listener); !errors.Is(err, http.ErrServerClosed) {
			c.log.Debug("the control socket was closed", "error", err)
		}
	})
}

// keep looks after the socket until stop is closed.
func (c *controlSocket) keep(stop <-chan struct{}) {
	tick := time.NewTicker(c.check)
	defer tick.Stop()
	told := false
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
		}
		switch found, err := c.restore(); {
		case err != nil && !told:
			told = true
			c.log.Warn("the control socket is gone and can't be made again yet: 'corsage enable', 'corsage status' and so on do not reach this instance; it goes on trying", "error", err)
		case err == nil && !found:
			told = false
			c.log.Info("the control socket was gone, and is there again", "folder", c.dir())
		}
	}
}

// restore makes lock and socket again where they are gone. found tells that they
// were there.
func (c *controlSocket) restore() (found bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	dir := c.dir()
	if c.released || c.held != nil && c.held.dir == dir && c.held.intact() {
		return true, nil
	}
	if c.held != nil {
		_ = c.held.release() // of what is gone anyway
		c.held = nil
	}
	p, err := acquire(dir)
	if err != nil {
		return false, err
	}
	c.held = p
	c.serve(p)
	return false, nil
}

// shutdown ends what is being answered: whoever switched a profile gets the answer,
// and whoever follows the log its end.
func (c *controlSocket) shutdown() error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*closeTimeout)
	defer cancel()
	if err := c.server.Shutdown(ctx); err != nil {
		return c.server.Close()
	}
	return nil
}

// release gives all up. It returns when nothing is served any more.
func (c *controlSocket) release() error {
	c.mu.Lock()
	c.released = true
	p := c.held
	c.held = nil
	c.mu.Unlock()
	var err error
	if p != nil {
		err = p.release()
	}
	c.running.Wait()
	return err
}
