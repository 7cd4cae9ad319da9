package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"corsage/ui/instance"
)

// afterwards bounds what is put back when a browser was closed.
const afterwards = 5 * time.Second

// corsageForBrowser is the Corsage that a browser goes through: the running one,
// or one of the command's own.
type corsageForBrowser struct {
	status instance.Status
	dirs   instance.Dirs
	done   <-chan struct{} // closed when it has ended by itself
	own    bool            // it is the command's own
	left   bool            // the browser goes on without the command: what was turned on stays on
	fault  func() error    // why an own one ended
	close  func() error    // ends an own one, or turns off again what was turned on
}

// corsageFor finds or starts a Corsage for an opening. Its profile is on from then
// on; where the opening names none, it becomes the first that is on.
func (env Env) corsageFor(ctx context.Context, o *instance.Opening) (*corsageForBrowser, error) {
	dirs := instance.DefaultDirs()
	client := instance.NewClient(dirs)
	status, err := client.Status(ctx)
	if errors.Is(err, instance.ErrNotRunning) {
		return env.ownCorsage(ctx, dirs, o)
	}
	if err != nil {
		return nil, err
	}
	c := &corsageForBrowser{status: status, dirs: dirs, done: watchEnd(ctx, client), close: func() error { return nil }}
	wasOn, err := choose(status.Profiles, o)
	if err != nil || wasOn {
		return c, err
	}
	if err := client.SetEnabled(ctx, o.Profile, true); err != nil {
		return nil, err
	}
	env.say(fmt.Sprintf("the profile %q was off: it is on until the browser is closed", o.Profile))
	c.close = func() error {
		if c.left {
			env.say(fmt.Sprintf("the profile %q stays on: 'corsage disable' turns it off", o.Profile))
			return nil
		}
		ctx, cancel := context.WithTimeout(context.Background(), afterwards)
		defer cancel()
		err := client.SetEnabled(ctx, o.Profile, false)
		if errors.Is(err, instance.ErrNotRunning) {
			return nil
		}
		return err
	}
	if c.status, err = client.Status(ctx); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

// watchEvery is how often the running Corsage is looked at.
const watchEvery = 2 * time.Second

// watchEnd returns a channel that is closed when the running Corsage has ended; it
// looks until ctx ends.
func watchEnd(ctx context.Context, client *instance.Client) <-chan struct{} {
	ended := make(chan struct{})
	go func() {
		tick := time.NewTicker(watchEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			if _, err := client.Status(ctx); errors.Is(err, instance.ErrNotRunning) {
				close(ended)
				return
			}
		}
	}()
	return ended
}

// choose fills in the opening's profile, and reports whether it is on, or none is
// needed.
func choose(list []instance.Profile, o *instance.Opening) (on bool, err error) {
	if o.Profile == "" {
		if names := enabled(list); len(names) > 0 {
			o.Profile = names[0]
		}
		return true, nil
	}
	have := []string{}
	for _, p := range list {
		if p.Name == o.Profile {
			return p.Enabled, nil
		}
		have = append(have, p.Name)
	}
	return false, &instance.UnknownProfileError{Name: o.Profile, Have: have}
}

// ownCorsage starts one for as long as the command runs. A profile that is off is
// on in it only, and stays off for the next start.
func (env Env) ownCorsage(ctx context.Context, dirs instance.Dirs, o *instance.Opening) (*corsageForBrowser, error) {
	options := instance.Options{Dirs: dirs, Log: env.log()}
	list, err := storedProfiles(ctx, dirs)
	if err != nil {
		return nil, err
	}
	wasOn, err := choose(list, o)
	if err != nil {
		return nil, err
	}
	if !wasOn {
		for _, p := range list {
			if p.Name == o.Profile || p.Enabled && p.Name != "" {
				options.Files = append(options.Files, p.File)
			}
		}
	}
	i, err := instance.Start(ctx, options)
	if err != nil {
		return nil, err
	}
	return &corsageForBrowser{status: i.Status(), dirs: dirs, done: i.Done(), own: true, fault: i.Err, close: i.Close}, nil
}

// storedProfiles are those that an instance would have.
func storedProfiles(ctx context.Context, dirs instance.Dirs) (list []instance.Profile, err error) {
	stored, done, err := instance.OpenProfiles(ctx, dirs)
	if err != nil {
		return nil, err
	}
	list, err = stored.List(ctx)
	return list, errors.Join(err, done())
}
