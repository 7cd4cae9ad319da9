package instance

import (
	"context"
	"errors"
	"log/slog"
	"reflect"
	"sync"
	"time"

	"corsage/proxy/pac"
)

// chainPatience is how long Chain waits for a PAC file, which browsers want to
// have as soon as the setting is changed.
const chainPatience = 3 * time.Second

// fetchAgain is how long after a try a PAC file is fetched again; the last goes
// for all further ones. After a success, or a failure that an earlier copy helps
// over, it is the last.
func fetchAgain() []time.Duration {
	return []time.Duration{8 * time.Second, 30 * time.Second, 2 * time.Minute, 15 * time.Minute}
}

// chaining is what Chain was told last. The zero value is ready.
type chaining struct {
	sync.Mutex
	former pac.Setting
	cancel context.CancelFunc // of what fetches its PAC files; may be nil
	again  []time.Duration    // nil for fetchAgain
}

// Chain says what the system's proxy setting was before Corsage was put into it,
// or that it is as it was (the zero Setting): where the hosts that no profile
// chose go, and all that leaves Corsage. A PAC file is fetched in the background,
// and again from time to time; Chain waits for it, but not long.
func (i *Instance) Chain(former pac.Setting) {
	c := &i.chaining
	c.Lock()
	defer c.Unlock()
	if reflect.DeepEqual(former, c.former) || i.closed() {
		return
	}
	c.former = former
	if c.cancel != nil {
		c.cancel()
		c.cancel = nil
	}
	manual, err := pac.NewChain(former)
	if err != nil {
		i.log.Warn("a part of the system's former proxy setting is left out", "error", err)
	}
	if len(former.PAC) == 0 {
		i.setChain(context.Background(), manual)
		return
	}
	again := c.again
	if again == nil {
		again = fetchAgain()
	}
	ctx, cancel := context.WithCancel(context.Background())
	c.cancel = cancel
	first := make(chan struct{})
	i.running.Go(func() { i.follow(ctx, former.PAC, manual, again, func() { close(first) }) })
	select {
	case <-first:
	case <-time.After(chainPatience):
	case <-i.stop:
	}
}

// follow keeps the chain by the PAC files at addresses until ctx ends, and fetches
// them again after these times. tried is called after the first try.
func (i *Instance) follow(ctx context.Context, addresses []string, manual *pac.Chain, again []time.Duration, tried func()) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-i.stop:
			cancel()
		case <-ctx.Done():
		}
	}()
	known := make(map[string]string) // addresses to texts
	for n := 0; ; n++ {
		chain, fresh, err := byPAC(ctx, addresses, manual, known)
		if ctx.Err() != nil {
			if n == 0 {
				tried()
			}
			return
		}
		switch {
		case err != nil && n == 0:
			level := slog.LevelWarn
			if len(addresses) == 1 && addresses[0] == pac.AutoDetectURL {
				level = slog.LevelDebug // most networks have none, and Windows looks for it in all
			}
			i.log.Log(ctx, level, "the system's former PAC file can't be had, and what it was for goes without it, as in browsers; it is tried again", "error", err)
			i.setChain(ctx, manual.Without(err))
		case err != nil:
			i.log.Debug("the system's former PAC file", "error", err)
		case fresh:
			i.setChain(ctx, chain)
		}
		if n == 0 {
			tried()
		}
		wait := again[min(n, len(again)-1)]
		if len(known) > 0 {
			wait = again[len(again)-1]
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return
		}
	}
}

// byPAC returns manual, led by the first of the PAC files that can be used, and
// whether it is another text than the one in known, which it notes.
func byPAC(ctx context.Context, addresses []string, manual *pac.Chain, known map[string]string) (c *pac.Chain, fresh bool, err error) {
	var errs []error
	for _, address := range addresses {
		text, err := pac.Fetch(ctx, address)
		if old, ok := known[address]; err == nil && ok && text == old {
			return nil, false, nil
		}
		if err == nil {
			if c, err = manual.ByPAC(address, text); err == nil {
				clear(known)
				known[address] = text
				return c, true, nil
			}
		}
		errs = append(errs, err)
	}
	return nil, false, errors.Join(errs...)
}

func (i *Instance) closed() bool {
	select {
	case <-i.stop:
		return true
	default:
		return false
	}
}
