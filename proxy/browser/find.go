package browser

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"
)

// versionTimeout bounds the wait for a program that is asked for its version.
const versionTimeout = 5 * time.Second

// Find returns the installed browsers of both families, Chromium's first, those
// that can't be opened last. It looks at the system anew each time, in the usual
// places and in its lists of programs, and asks programs for their versions; no
// window opens. It takes a second or so, at most some; ctx ends it early, and
// what isn't known by then stays empty.
func Find(ctx context.Context) []Browser {
	ctx, cancel := context.WithTimeout(ctx, 2*versionTimeout)
	defer cancel()
	return arrange(find(ctx))
}

// found is a browser on the way into the list.
type found struct {
	Browser
	key     string                                          // by which two that are one are known
	details func(context.Context) (version, channel string) // nil if they are known
}

// collection is what was found so far.
type collection struct{ list []*found }

// add adds f, unless it is there already, and returns the one that is.
func (c *collection) add(f found) *found {
	for _, have := range c.list {
		if have.key == f.key {
			return have
		}
	}
	c.list = append(c.list, &f)
	return &f
}

// browsers asks all for their details at once and returns them.
func (c *collection) browsers(ctx context.Context) []Browser {
	var asking sync.WaitGroup
	for _, f := range c.list {
		if f.details == nil {
			continue
		}
		asking.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, versionTimeout)
			defer cancel()
			version, channel := f.details(ctx)
			f.Version = version
			if channel != "" {
				f.Channel = strings.TrimSuffix(channel, releaseChannel)
			}
		})
	}
	asking.Wait()
	list := make([]Browser, len(c.list))
	for i, f := range c.list {
		list[i] = f.Browser
	}
	return list
}

// releaseChannel is what details say of one that is on no channel but the
// stable one, which is different from not knowing.
const releaseChannel = "release"

// arrange puts the list into the order in which it is offered.
func arrange(list []Browser) []Browser {
	known := brands()
	rank := func(b Browser) int {
		at := slices.IndexFunc(known, func(k brand) bool { return k.name == b.Name && k.channel == b.Channel })
		if at < 0 {
			at = slices.IndexFunc(known, func(k brand) bool { return k.name == b.Name })
		}
		if at < 0 {
			at = len(known)
		}
		at += int(b.Kind) * 1000
		if b.Obstacle != "" {
			at += 10_000
		}
		return at
	}
	slices.SortStableFunc(list, func(a, b Browser) int { return rank(a) - rank(b) })
	return list
}

// Choose returns the browser to open where the user has not chosen: the one
// that links open in, else the first that can be opened. ok is false where there
// is none.
func Choose(list []Browser) (b Browser, ok bool) {
	for _, b := range list {
		if b.Default && b.Obstacle == "" {
			return b, true
		}
	}
	for _, b := range list {
		if b.Obstacle == "" {
			return b, true
		}
	}
	return Browser{}, false
}
