//go:build !headless

// Package desktop is the tray application: the running instance, and the
// windows of package ui on a screen. It alone imports fyne/app, which needs cgo
// and a graphics library; in builds with the tag "headless" a twin stands in.
package desktop

import (
	"context"
	"errors"
	"os"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"

	"corsage/assets"
	"corsage/proxy/browser"
	"corsage/ui"
	"corsage/ui/instance"
)

// Headless reports whether this build has no windows.
const Headless = false

// metadata is what FyneApp.toml says as well, for builds without fyne's tool. It
// has no ID: with one, fyne keeps a file of preferences, which Corsage has none
// of, and at the end reads it while it is written.
// The migration tells fyne that all calls from other goroutines go through
// fyne.Do, so that it needs no guard of its own.
func metadata() fyne.AppMetadata {
	return fyne.AppMetadata{
		Name:       "Corsage",
		Icon:       fyne.NewStaticResource("icon.png", assets.Icon()),
		Migrations: map[string]bool{"fyneDo": true},
	}
}

// Run starts an instance and shows its tray icon and windows until the user
// quits, ctx ends or the proxy fails. It must be called on the main goroutine.
// It returns instance.ErrRaised where another instance has shown its window
// instead.
func Run(ctx context.Context, o instance.Options) (err error) {
	if err := screen(); err != nil {
		return err
	}
	if o.Dirs == (instance.Dirs{}) {
		o.Dirs = instance.DefaultDirs()
	}
	i, err := instance.Start(ctx, o)
	if hung := new(instance.HungError); errors.As(err, &hung) {
		showProblem(ctx, hung)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, i.Close()) }()
	i.FollowSystem()

	a := newApp()
	defer discardCache(a)
	tray := watchTray()
	defer tray.close()
	var opened browsers
	defer opened.close()
	demo := &demoRunner{store: i.Store}
	defer func() { err = errors.Join(err, demo.close()) }()

	u := ui.New(ui.Front{
		App:      a,
		Store:    i.Store,
		Recorder: i.Recorder,
		Version:  o.Version,
		Addr:     i.Addr(),
		PACURL:   i.PACURL(),
		CertPath: i.CertPath(),
		Browsers: browser.Find,
		Launch: func(ctx context.Context, b browser.Browser, v ui.Visit) error {
			p, err := i.OpenBrowser(ctx, b, instance.Opening{Profile: v.Profile, Temporary: v.Temporary, URL: v.URL})
			if err == nil {
				opened.add(p)
			}
			return err
		},
		Demo:        demo.open,
		AutoOff:     autoOff(i),
		Terminal:    openTerminal(i, o.Dirs),
		Login:       login(),
		Hidden:      o.Hidden,
		Tooltip:     tray.setTooltip,
		SystemProxy: systemProxy(i),
		Trust:       trustStores(i),
		Tray:        tray.present,
	})
	defer u.Close()
	tray.onChange(func() { fyne.Do(u.TrayChanged) })
	u.Start()
	i.AutoOff.OnNotice(func(n instance.OffNotice) {
		fyne.Do(func() {
			if n.Off {
				u.WentOff(n.Profile, n.On)
			} else {
				u.GoesOff(n.Profile, n.At, n.On)
			}
		})
	})
	defer i.AutoOff.OnNotice(nil)
	i.OnRaise(func() { fyne.Do(u.Raise) })
	defer i.OnRaise(nil)
	context.AfterFunc(ctx, func() { quit(a) })
	ended := make(chan struct{})
	defer close(ended)
	go func() {
		select {
		case <-i.Done():
			quit(a)
		case <-i.Quitting():
			quit(a)
		case <-ended:
		}
	}()
	a.Run()
	return i.Err()
}

// newApp makes the fyne app, of which a process can have one.
func newApp() fyne.App {
	if cache, err := os.UserCacheDir(); err == nil {
		_ = os.MkdirAll(cache, 0o700) // fyne makes its own folder in it, but not this one
	}
	app.SetMetadata(metadata())
	a := app.New()
	fyne.SetCurrentApp(identified{a, newPreferences()})
	a.Settings().SetTheme(ui.NewTheme())
	return a
}

// showProblem says in a window why there will be no other, until that is closed or
// ctx ends: who has clicked an icon sees no terminal.
func showProblem(ctx context.Context, err error) {
	a := newApp()
	defer discardCache(a)
	ui.ShowProblem(a, "Corsage is running already", err.Error())
	stop := context.AfterFunc(ctx, func() { quit(a) })
	defer stop()
	a.Run()
}

// quit ends a.Run, and does nothing where it has ended already. App.Quit also
// closes the windows one by one, which is no longer possible then.
func quit(a fyne.App) { fyne.Do(a.Driver().Quit) }
