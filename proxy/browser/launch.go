package browser

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Options say how to start a browser.
type Options struct {
	// Proxy is the address of the proxy, host:port. Requests to this machine's
	// own addresses go through it too.
	Proxy string
	// CAs are the roots to trust in the profile, each one or more certificates in
	// PEM; those that an earlier start put into a kept profile no longer are.
	CAs [][]byte
	// Profile is the folder of a profile to keep, see [Browser.ProfileDir]; it is
	// made where it is missing. Empty for a temporary one.
	Profile string
	// URL is the page to open; empty for none.
	URL string
	// Args are further arguments for the browser, such as --headless.
	Args []string
}

// ErrOutdated says that a kept profile is open in a browser which was started
// for another address of the proxy, or before a root was made or renewed. What
// is set at the start can't be changed later.
var ErrOutdated = errors.New("it is still open with settings from before")

// Launch starts the browser in a profile of its own: an empty one, which is
// deleted when the browser has ended, or the one of o.Profile. Where that one is
// open already, the page opens there, in a window or tab more. The browser goes
// on when ctx ends; ctx bounds only the preparations. What browsers left behind
// that ended unseen is deleted as well.
func (b Browser) Launch(ctx context.Context, o Options) (*Process, error) {
	if b.Obstacle != "" {
		return nil, fmt.Errorf("%s can't be opened: %s", b.Title(), b.Obstacle)
	}
	roots, err := parseRoots(o.CAs)
	if err != nil {
		return nil, err
	}
	if o.Profile == "" {
		return b.launch(ctx, roots, o)
	}
	t, err := takeTurn(ctx, b.Kind, o.Profile)
	if err != nil {
		return nil, err
	}
	p, err := b.launch(ctx, roots, o)
	if err != nil || p.Joined() {
		t.end()
		return p, err
	}
	t.endWhenUp(p)
	return p, nil
}

// launch does what Launch does, on a profile that no other start is at.
func (b Browser) launch(ctx context.Context, roots roots, o Options) (*Process, error) {
	f, err := b.openFolder(o.Profile)
	if err != nil {
		return nil, err
	}
	want := settings{Proxy: o.Proxy, Roots: roots.spkis()}
	if f.inUse {
		if have := f.settings(); !have.serve(want) {
			return nil, fmt.Errorf("%s: %w, since the proxy's address or the certificates have changed: close its windows, then open it again", b.Title(), ErrOutdated)
		}
	}
	args, err := b.arguments(ctx, f, roots, o)
	if err == nil && !f.inUse {
		err = f.save(want)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("prepare %s: %w", b.Title(), err), f.close())
	}
	p, err := startProcess(b.Kind, append(b.command(f.temporary), args...), f)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start %s: %w", b.Title(), err), f.close())
	}
	if f.inUse {
		return p, b.handedOver(ctx, p)
	}
	return p, nil
}

// handoverTimeout is how long a browser may take to tell another one of a page.
const handoverTimeout = 10 * time.Second

// handedOver waits until p has told the browser that has the profile open of
// the page, and ends it if that takes too long.
func (b Browser) handedOver(ctx context.Context, p *Process) error {
	ctx, cancel := context.WithTimeout(ctx, handoverTimeout)
	defer cancel()
	select {
	case <-p.Done():
	case <-ctx.Done():
		p.Close()
	}
	if p.Err() != nil {
		return fmt.Errorf("%s is open with this profile and does not take the page (%w): close it, then open it again", b.Title(), p.Err())
	}
	return nil
}

// arguments prepares the folder, unless a browser has it open, and returns what
// the browser is to be called with.
func (b Browser) arguments(ctx context.Context, f *folder, roots roots, o Options) ([]string, error) {
	if b.Kind == Firefox {
		if !f.inUse {
			if err := prepareFirefox(ctx, f.dir, roots, o.Proxy); err != nil {
				return nil, err
			}
		}
		return firefoxArguments(f, o), nil
	}
	return chromiumArguments(f.dir, roots, o), nil
}
