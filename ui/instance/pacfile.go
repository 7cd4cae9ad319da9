package instance

import (
	"bytes"
	"context"
	"net/url"
	"strconv"
	"sync"
	"time"

	"corsage/proxy"
	"corsage/proxy/pac"
)

// pacFile is the PAC file as it is served, with the way that everything took
// before Corsage was put into the system's proxy setting. The zero value is ready.
type pacFile struct {
	mu      sync.Mutex
	hosts   []pac.Host
	chain   *pac.Chain
	text    []byte
	version int64 // of text; grows, from one start to the next too
	viewers map[chan struct{}]bool
}

// refresh writes the file anew, and wakes those who wait for another. addr is
// where the proxy listens.
func (p *pacFile) refresh(addr string) {
	text := pac.File(addr, p.hosts, p.chain)
	if bytes.Equal(text, p.text) {
		return
	}
	p.text = text
	p.version = max(p.version+1, time.Now().UnixMilli())
	for c := range p.viewers {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

func (p *pacFile) get() []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text
}

// apply makes rules those of the proxy, and of the PAC file.
func (i *Instance) apply(rules *proxy.Ruleset) {
	i.Server.Apply(rules)
	i.pac.mu.Lock()
	defer i.pac.mu.Unlock()
	i.pac.hosts = pacHosts(rules)
	if i.listener != nil {
		i.pac.refresh(i.Addr())
	}
}

// PACURL is the address of the PAC file, for people.
func (i *Instance) PACURL() string { return "http://" + i.Addr() + pac.Path }

// SystemPACURL is the address of the PAC file for a system's proxy setting. It is
// another whenever the file is, and after each start: browsers read a file again
// only when its address changes, and Chromium only then asks Corsage again if it
// found nobody there before.
func (i *Instance) SystemPACURL() string {
	i.pac.mu.Lock()
	defer i.pac.mu.Unlock()
	return i.PACURL() + "?v=" + strconv.FormatInt(i.pac.version, 36)
}

// SubscribePAC returns a channel that gets a value after SystemPACURL has
// changed, and stop, which ends that. Changes that come before the value is taken
// are one.
func (i *Instance) SubscribePAC() (changed <-chan struct{}, stop func()) {
	c := make(chan struct{}, 1)
	i.pac.mu.Lock()
	defer i.pac.mu.Unlock()
	if i.pac.viewers == nil {
		i.pac.viewers = make(map[chan struct{}]bool)
	}
	i.pac.viewers[c] = true
	return c, func() {
		i.pac.mu.Lock()
		defer i.pac.mu.Unlock()
		delete(i.pac.viewers, c)
	}
}

// setChain makes c the way of everything that isn't chosen, and out of Corsage
// itself, unless ctx has ended. Who is told of the new PAC file finds both.
func (i *Instance) setChain(ctx context.Context, c *pac.Chain) {
	i.pac.mu.Lock()
	defer i.pac.mu.Unlock()
	if ctx.Err() != nil {
		return
	}
	i.Server.SetWayOut(i.wayOut(c))
	i.pac.chain = c
	i.pac.refresh(i.Addr())
}

// wayOut is c for what leaves Corsage itself; nil for the direct way.
func (i *Instance) wayOut(c *pac.Chain) proxy.WayOut {
	if c.IsDirect() {
		return nil
	}
	var once sync.Once
	return func(ctx context.Context, u *url.URL) []*url.URL {
		routes, err := c.Find(ctx, u)
		if err != nil && ctx.Err() == nil {
			once.Do(func() {
				i.log.Warn("the system's former PAC file fails, and what it fails for goes directly, as browsers do it", "error", err)
			})
		}
		return routes
	}
}
