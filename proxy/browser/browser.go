// Package browser finds the browsers of this machine and starts them in a
// throwaway profile that uses the proxy and trusts its authority, so that
// nothing of the user's own profiles is read or changed.
package browser

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"
)

// Kind is a family of browsers that take the same settings.
type Kind int

// The families.
const (
	Chromium Kind = iota
	Firefox
)

// Browser is an installed browser.
type Browser struct {
	Name string // as people know it, such as "Google Chrome"
	Kind Kind
	Path string // the program's absolute path
}

// known is a browser that may be there: programs are names on PATH or paths, the
// first that is found counts.
type known struct {
	name     string
	kind     Kind
	programs []string
}

// Find returns the installed browsers, Chromium's family first. It looks at
// PATH and at the system's usual places, and starts nothing.
func Find() []Browser {
	var found []Browser
	seen := make(map[string]bool)
	for _, k := range catalogue() {
		for _, program := range k.programs {
			path, err := exec.LookPath(os.ExpandEnv(program))
			if err != nil {
				continue
			}
			real, err := filepath.EvalSymlinks(path)
			if err != nil || seen[real] || confined(real) {
				continue // broken, another name of one that is listed, or out of our reach
			}
			seen[real] = true
			found = append(found, Browser{Name: k.name, Kind: k.kind, Path: path})
			break
		}
	}
	return found
}

// Options say how to start a browser.
type Options struct {
	// Proxy is the address of the proxy, host:port. Requests to this machine's
	// own addresses go through it too.
	Proxy string
	// CA is the PEM certificate of the authority to trust in the throwaway
	// profile, SPKI the base64 SHA-256 of its public key.
	CA   []byte
	SPKI string
	// URL is the page to open; empty for none.
	URL string
	// Args are further arguments for the browser, such as --headless.
	Args []string
}

// Process is a browser that Launch started.
type Process struct {
	cmd  *exec.Cmd
	done chan struct{}
	once sync.Once
}

// Launch starts the browser in a new, empty profile, which is deleted when the
// browser has ended. The browser goes on when ctx ends; ctx bounds only the
// preparations.
func (b Browser) Launch(ctx context.Context, o Options) (*Process, error) {
	dir, err := os.MkdirTemp("", "corsage-browser-")
	if err != nil {
		return nil, fmt.Errorf("make a throwaway profile for %s: %w", b.Name, err)
	}
	prepare := prepareChromium
	if b.Kind == Firefox {
		prepare = prepareFirefox
	}
	args, err := prepare(ctx, dir, o)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("prepare %s: %w", b.Name, err), os.RemoveAll(dir))
	}
	cmd := exec.Command(b.Path, args...)
	ownGroup(cmd)
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("start %s: %w", b.Name, err), os.RemoveAll(dir))
	}
	p := &Process{cmd: cmd, done: make(chan struct{})}
	go func() {
		defer close(p.done)
		_ = cmd.Wait()
		kill(cmd) // helpers that outlive the browser, and would write its profile anew
		remove(dir)
	}()
	return p, nil
}

// Done is closed when the browser has ended and its profile is deleted.
func (p *Process) Done() <-chan struct{} { return p.done }

// Close asks the browser to end, waits three seconds for that, ends it then,
// and returns when its profile is deleted.
func (p *Process) Close() {
	select {
	case <-p.done:
		return
	default:
		p.once.Do(func() { terminate(p.cmd) })
	}
	select {
	case <-p.done:
	case <-time.After(3 * time.Second):
		kill(p.cmd)
		<-p.done
	}
}

// remove deletes the profile. Helper processes of the browser may still be
// writing in it for a moment, so it looks again.
func remove(dir string) {
	for range 20 {
		err := os.RemoveAll(dir)
		<-time.After(100 * time.Millisecond)
		if _, gone := os.Stat(dir); err == nil && gone != nil {
			return
		}
	}
}
