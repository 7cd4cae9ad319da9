//go:build !headless

package desktop

import (
	"sync"

	"corsage/proxy/browser"
)

// browsers are those that were opened from the app. They are of no use without
// its proxy, so that they end with it: temporary ones with all that was in them,
// others with what they keep written. Safe for concurrent use.
type browsers struct {
	mu   sync.Mutex
	open map[*browser.Process]struct{}
}

func (b *browsers) add(p *browser.Process) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.open == nil {
		b.open = make(map[*browser.Process]struct{})
	}
	b.open[p] = struct{}{}
	go func() {
		<-p.Done()
		b.mu.Lock()
		delete(b.open, p)
		b.mu.Unlock()
	}()
}

// close ends all of them at once, and waits for that.
func (b *browsers) close() {
	b.mu.Lock()
	var ending sync.WaitGroup
	for p := range b.open {
		ending.Go(p.Close)
	}
	b.mu.Unlock()
	ending.Wait()
}
