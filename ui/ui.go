// Package ui holds the windows and the tray menu. It is built on fyne but never
// imports fyne/app, so that it compiles without cgo and is tested without a
// screen. Everything in it belongs to the UI goroutine unless it says otherwise.
package ui

import (
	"context"
	"sync"
	"time"

	"fyne.io/fyne/v2"

	"corsage/profiles"
	"corsage/proxy/browser"
	"corsage/proxy/record"
)

// Front is what the windows need of the running app.
type Front struct {
	App      fyne.App
	Store    *profiles.Store
	Recorder *record.Recorder
	// Version is Corsage's, for the files that it saves.
	Version string
	// Addr is where the proxy listens, such as "127.0.0.1:8899".
	Addr string
	// PACURL is the address of the PAC file.
	PACURL string
	// CertPath is the file with the dev CA's certificate, absolute, in PEM.
	CertPath string
	// Browsers finds the installed browsers. It may take some seconds and is called
	// from any goroutine.
	Browsers func(context.Context) []browser.Browser
	// Launch opens a browser that uses the proxy and trusts the dev CA. It returns
	// once the browser runs, and is called from any goroutine.
	Launch func(ctx context.Context, b browser.Browser, v Visit) error
	// Demo starts the demo's backend and page, once, and returns the page's
	// URL. It is called from any goroutine. Nil where there is no demo.
	Demo func(ctx context.Context) (url string, err error)
	// SystemProxy, Login and AutoOff are what the window "Connect" offers besides
	// browsers; each is nil where it can't be had.
	SystemProxy *SystemProxy
	Login       *Login
	AutoOff     *AutoOff
	// Terminal opens the user's terminal, in which programs use Corsage. It is
	// called from any goroutine. Nil where none can be opened.
	Terminal func(ctx context.Context) error
	// Trust is what the Trust window works on.
	Trust *TrustStores
	// Hidden has the app start without a window, as at login.
	Hidden bool
	// Tooltip has the tray's icon say something. Nil where it can't.
	Tooltip func(text string)
	// Tray reports whether some panel shows tray icons now. It must not block.
	Tray func() bool
}

// UI is the tray menu and the windows, each built when it is first shown and
// kept until the app ends: closing one hides it.
type UI struct {
	Front

	tray     *tray
	log      *logWindow
	cookies  *cookiesWindow
	recipes  *recipesWindow
	advice   *adviceWindow
	trust    *trustWindow
	connect  *connectWindow
	profiles fyne.Window
	welcome  fyne.Window

	shown     []fyne.Window // the one that was shown last at the end
	onProfile []func()
	browsers  []browser.Browser    // those that can't be opened too
	finding   bool                 // more of them
	active    []string             // names of the enabled profiles
	offSoon   map[string]time.Time // when the profiles go off of which that was said
	restore   func()               // see done; nil where no button says that
	stop      context.CancelFunc
	ctx       context.Context
	running   sync.WaitGroup
}

// New returns the UI of a running app. Nothing is shown and no goroutine
// started until Start.
func New(front Front) *UI {
	ctx, stop := context.WithCancel(context.Background())
	u := &UI{Front: front, ctx: ctx, stop: stop}
	u.tray = newTray(u)
	u.profilesChanged()
	return u
}

// trayTime is how long a start without a window waits for a tray: at login the
// panel may start later than the app.
const trayTime = 30 * time.Second

// Start puts the icon into the tray, follows the profiles and the traffic until
// Close, and shows the first window: the welcome where there is no profile yet,
// else the request log. With Hidden it shows none, unless there is no tray to
// lead to one.
func (u *UI) Start() {
	u.App.Lifecycle().SetOnStopped(u.stop)
	u.tray.start()
	if u.Hidden {
		u.awaitTray(trayTime)
	} else {
		u.Raise() // before what brings news to the windows
	}
	u.follow(u.Store.Subscribe, u.profilesChanged)
	if u.AutoOff != nil && u.AutoOff.Subscribe != nil {
		u.follow(u.AutoOff.Subscribe, u.tray.refresh)
	}
	u.findBrowsers()
}

// Close ends what Start began, and returns when it has ended. The windows stay
// as they are. It may be called from any goroutine but the UI's, and again.
func (u *UI) Close() {
	u.stop()
	u.running.Wait()
}

// awaitTray shows the request log if no tray has come up in time.
func (u *UI) awaitTray(patience time.Duration) {
	u.running.Go(func() {
		select {
		case <-time.After(patience):
			u.do(u.leadBack)
		case <-u.ctx.Done():
		}
	})
}

// leadBack shows the request log where nothing else leads to a window.
func (u *UI) leadBack() {
	if len(u.shown) == 0 && !u.Tray() {
		u.ShowLog()
	}
}

// OnProfiles has f called, on the UI goroutine, whenever a profile was added,
// changed, enabled or removed.
func (u *UI) OnProfiles(f func()) { u.onProfile = append(u.onProfile, f) }

// profilesChanged brings everything that shows profiles up to date.
func (u *UI) profilesChanged() {
	u.active = u.active[:0:0]
	for _, item := range u.Store.Items() {
		if item.Enabled && item.Profile != nil {
			u.active = append(u.active, item.Profile.Name)
		}
	}
	u.tray.refresh()
	if u.log != nil {
		u.log.showStatus()
	}
	for _, f := range u.onProfile {
		f()
	}
}

// follow calls changed on the UI goroutine after each wake-up, until Close.
func (u *UI) follow(subscribe func() (<-chan struct{}, func()), changed func()) {
	wake, cancel := subscribe()
	u.running.Go(func() {
		defer cancel()
		for {
			select {
			case <-u.ctx.Done():
				return
			case <-wake:
				u.do(changed)
			}
		}
	})
}

// Background runs work away from the UI goroutine and then, if the app still
// runs, done on it with what work returned.
func (u *UI) Background(work func(context.Context) error, done func(error)) {
	u.running.Go(func() {
		err := work(u.ctx)
		u.do(func() { done(err) })
	})
}

// do runs f on the UI goroutine, unless the app has ended by then.
func (u *UI) do(f func()) {
	if u.ctx.Err() != nil {
		return
	}
	fyne.Do(func() {
		if u.ctx.Err() == nil {
			f()
		}
	})
}

// TrayChanged is to be called when what Front.Tray returns has changed.
func (u *UI) TrayChanged() {
	if u.log != nil {
		u.log.showStatus()
	}
	u.leadBack()
}
