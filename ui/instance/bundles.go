package instance

import (
	"log/slog"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"

	"corsage/ui/environ"
)

// bundlesOf returns where the files of certificates for terminals are, which
// hold the roots in the file at roots.
func bundlesOf(roots string) environ.Bundles {
	return environ.Bundles{Dir: filepath.Join(filepath.Dir(roots), "bundles"), Roots: roots}
}

// Setup is what makes programs in a terminal use the instance.
func (s Status) Setup() environ.Setup {
	setup := environ.Setup{Proxy: s.Proxy, Bundles: bundlesOf(s.CA), HTTPProxy: s.HTTPProxy, HTTPSProxy: s.HTTPSProxy}
	for _, p := range s.Profiles {
		setup.Backends = append(setup.Backends, p.Backends...)
	}
	return setup
}

// rootsSettle is how long keepBundles waits for the rest of a burst of changes.
const rootsSettle = 50 * time.Millisecond

// keepBundles brings the files of certificates for terminals up to date, now
// and whenever the roots change, until stop is closed.
func keepBundles(roots string, log *slog.Logger, stop <-chan struct{}) {
	refresh := func() {
		if err := bundlesOf(roots).Refresh(); err != nil {
			log.Warn("programs in terminals that use Corsage may refuse its certificates: run 'corsage env' there again", "error", err)
		}
	}
	watcher, err := fsnotify.NewWatcher()
	if err == nil {
		defer watcher.Close()
		err = watcher.Add(filepath.Dir(roots))
	}
	refresh()
	if err != nil {
		log.Warn("programs in terminals that use Corsage need a new terminal after a change of its certificates: these can't be watched", "error", err)
		return
	}
	timer := time.NewTimer(rootsSettle)
	timer.Stop()
	defer timer.Stop()
	for {
		select {
		case event := <-watcher.Events:
			if event.Name == roots {
				timer.Reset(rootsSettle)
			}
		case <-watcher.Errors: // such as an overflow: it may have changed
			timer.Reset(rootsSettle)
		case <-timer.C:
			refresh()
		case <-stop:
			return
		}
	}
}
