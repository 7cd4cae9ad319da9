//go:build !headless

package desktop

import (
	"context"
	"errors"
	"sync"

	"corsage/profiles"
	"corsage/ui/demo"
)

// demoRunner starts the demo when it is first asked for, and keeps it until the
// app ends.
type demoRunner struct {
	store *profiles.Store

	mu   sync.Mutex
	demo *demo.Demo
}

// open returns the URL of the demo's page, and puts its profiles in force, also
// where they were switched off or deleted since.
func (r *demoRunner) open(context.Context) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.demo == nil {
		d, err := demo.Start(context.Background())
		if err != nil {
			return "", err
		}
		r.demo = d
	}
	if err := r.demo.Install(r.store); err != nil {
		err = errors.Join(err, r.demo.Close())
		r.demo = nil
		return "", err
	}
	return r.demo.PageURL(), nil
}

// close takes the demo's profiles away with the demo: they are of no use then.
func (r *demoRunner) close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.demo == nil {
		return nil
	}
	err := errors.Join(r.demo.Uninstall(r.store), r.demo.Close())
	r.demo = nil
	return err
}
