package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"corsage/profiles"
	"corsage/proxy/browser"
	"corsage/ui/instance"
)

// Options say how `corsage demo` runs.
type Options struct {
	// Listen is the proxy's address, see [instance.ParseListen]; empty for the
	// usual one.
	Listen string
	// Browsers finds the installed browsers; nil for [browser.Find]. One is opened
	// on the page.
	Browsers func(context.Context) []browser.Browser
	// BrowserArgs are further arguments for the browser, such as --headless.
	BrowserArgs []string
	// Out gets what the user should read, Log what goes on beside it. Required.
	Out io.Writer
	Log *slog.Logger
}

// Run is `corsage demo`: it starts the demo, a Corsage with nothing but the
// demo's profiles, and a browser on the page if one is found. It ends without an
// error when ctx does, or when that browser was closed. The user's profiles and
// what is enabled of them are neither read nor written.
func Run(ctx context.Context, o Options) (err error) {
	dir, err := os.MkdirTemp("", "corsage-demo-")
	if err != nil {
		return fmt.Errorf("make a folder for the demo's profiles: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	d, err := Start(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	i, err := instance.Start(ctx, instance.Options{Listen: o.Listen, Dirs: dirs(dir), Log: o.Log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, i.Close()) }()
	if err := d.Install(i.Store); err != nil {
		return err
	}
	defer d.Close() // before the proxy, which would wait for the page's streams

	fmt.Fprintf(o.Out, `Corsage's demo is running.

  Page      %s
  Backend   %s   (inside this program only; user %s, password %s)
  Proxy     %s
  Profile   %s

Flip its toggles on the page, or edit the file, and watch the colours.
`, d.PageURL(), BackendURL, User, Password, i.Addr(), profileFile(i.Store))
	return o.until(ctx, d, i, o.open(ctx, d, i))
}

// until waits for the end of ctx, of the proxy, or of the browser, which may be
// nil, and closes the browser.
func (o Options) until(ctx context.Context, d *Demo, i *instance.Instance, b *browser.Process) error {
	var ended <-chan struct{}
	if b != nil {
		defer b.Close()
		ended = b.Done()
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-i.Done():
			return i.Err()
		case <-ended:
		}
		select {
		case <-d.Visited():
			return nil
		default: // it had no screen, for instance
			ended = nil
			o.byHand(d, i, "\nThe browser ended before it showed the page.")
		}
	}
}

// dirs are an instance's folders below dir. The demo's root certificates end with
// it.
func dirs(dir string) instance.Dirs {
	return instance.Dirs{
		Profiles:  profiles.Dirs{Config: filepath.Join(dir, "config"), State: filepath.Join(dir, "state")},
		Authority: filepath.Join(dir, "ca"),
		Runtime:   filepath.Join(dir, "run"),
	}
}

func profileFile(store *profiles.Store) string {
	for _, item := range store.Items() {
		if item.Profile != nil && item.Profile.Name == ProfileName {
			return item.File
		}
	}
	return ""
}

// open opens a browser on the page and says so, or says how to do that by hand
// and returns nil.
func (o Options) open(ctx context.Context, d *Demo, i *instance.Instance) *browser.Process {
	find := o.Browsers
	if find == nil {
		find = browser.Find
	}
	b, ok := browser.Choose(find(ctx))
	if !ok {
		o.byHand(d, i, "No browser was found that could be opened for you.")
		return nil
	}
	p, err := i.OpenBrowser(ctx, b, instance.Opening{Temporary: true, URL: d.PageURL(), Args: o.BrowserArgs})
	if err != nil {
		o.byHand(d, i, b.Title()+" could not be opened for you: "+err.Error())
		return nil
	}
	fmt.Fprintf(o.Out, "%s opens on the page, in a profile of its own that is deleted afterwards.\nClose it, or press Ctrl+C here, to end the demo.\n", b.Title())
	return p
}

// byHand says how to open the page in a browser of one's own.
func (o Options) byHand(d *Demo, i *instance.Instance, why string) {
	fmt.Fprintf(o.Out, `%s
In a browser of your own:
  1. set %s as its proxy for http and https, or %s as its PAC file
  2. import the certificates in %s, which are good for the demo alone and end with it
  3. open %s
Press Ctrl+C here to end the demo.
`, why, i.Addr(), i.PACURL(), i.CertPath(), d.PageURL())
}
