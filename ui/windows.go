package ui

import (
	"context"
	"fmt"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/widget"
)

// Raise shows the window that fits best: one that is open already, else the
// welcome where there is no profile yet, else the request log.
func (u *UI) Raise() {
	if n := len(u.shown); n > 0 {
		u.show(u.shown[n-1])
		return
	}
	if len(u.Store.Items()) == 0 {
		u.ShowWelcome()
		return
	}
	u.ShowLog()
}

// ShowLog shows the request log.
func (u *UI) ShowLog() {
	if u.log == nil {
		u.log = newLogWindow(u)
		u.adopt(u.log.window)
		u.log.start()
	}
	u.show(u.log.window)
}

// ShowProfiles shows the editor of profiles.
func (u *UI) ShowProfiles() {
	if u.profiles == nil {
		u.profiles = newProfilesWindow(u)
		u.adopt(u.profiles)
	}
	u.show(u.profiles)
}

// ShowCookies shows what held sessions hold; of one profile, or of all for "".
func (u *UI) ShowCookies(profile string) {
	if u.cookies == nil {
		u.cookies = newCookiesWindow(u)
		u.adopt(u.cookies.window)
		u.cookies.start()
	}
	u.show(u.cookies.window)
	u.cookies.of(profile)
}

// ShowRecipes shows the recipes of one profile, or of any for "".
func (u *UI) ShowRecipes(profile string) {
	if u.recipes == nil {
		u.recipes = newRecipesWindow(u)
		u.adopt(u.recipes.window)
	}
	u.show(u.recipes.window)
	u.recipes.of(profile)
}

// ShowAdvice shows which way a profile's pages need.
func (u *UI) ShowAdvice(profile string) {
	if u.advice == nil {
		u.advice = newAdviceWindow(u)
		u.adopt(u.advice.window)
	}
	u.show(u.advice.window)
	u.advice.of(profile)
}

// ShowTrust shows which trust stores have the root of a profile, or of all for "".
func (u *UI) ShowTrust(profile string) {
	if u.trust == nil {
		u.trust = newTrustWindow(u)
		u.adopt(u.trust.window)
	}
	u.show(u.trust.window)
	u.trust.of(profile)
}

// ShowConnect shows the ways in which traffic gets to Corsage.
func (u *UI) ShowConnect() {
	if u.connect == nil {
		u.connect = newConnectWindow(u)
		u.adopt(u.connect.window)
		u.connect.start()
	}
	u.show(u.connect.window)
	u.connect.opened()
	u.findBrowsers()
}

// ShowWelcome shows the first steps, from a backend's URL to an opened browser.
func (u *UI) ShowWelcome() {
	if u.welcome == nil {
		u.welcome = newWelcomeWindow(u)
		u.adopt(u.welcome)
	}
	u.show(u.welcome)
	u.findBrowsers()
}

// adopt makes closing w hide it. Where no tray brings it back, closing the last
// window ends the app. While a dialog is open, Escape closes it, and the window's
// own keys do nothing.
func (u *UI) adopt(w fyne.Window) {
	w.SetCloseIntercept(func() { u.Hide(w) })
	c := w.Canvas()
	own := c.OnTypedKey()
	c.SetOnTypedKey(func(k *fyne.KeyEvent) {
		switch top := c.Overlays().Top(); {
		case top == nil && own != nil:
			own(k)
		case top != nil && k.Name == fyne.KeyEscape:
			c.Overlays().Remove(top)
		}
	})
}

func (u *UI) show(w fyne.Window) {
	u.undone()
	u.shown = append(u.others(w), w)
	w.Show()
	w.RequestFocus()
}

// Hide puts a window away as its close button does.
func (u *UI) Hide(w fyne.Window) {
	u.shown = u.others(w)
	if len(u.shown) == 0 && !u.Tray() {
		u.App.Quit()
		return
	}
	w.Hide()
}

// isShown reports whether a window is open.
func (u *UI) isShown(w fyne.Window) bool { return slices.Contains(u.shown, w) }

// others are the open windows without w.
func (u *UI) others(w fyne.Window) []fyne.Window {
	return slices.DeleteFunc(slices.Clone(u.shown), func(open fyne.Window) bool { return open == w })
}

// openTerminal opens a terminal in which programs use Corsage.
func (u *UI) openTerminal() {
	u.Background(u.Terminal, func(err error) {
		if err != nil {
			u.Fail(fmt.Errorf("no terminal opened: %w", err))
		}
	})
}

// openDemo starts the demo and opens its page.
func (u *UI) openDemo() {
	var url string
	u.Background(func(ctx context.Context) (err error) {
		url, err = u.Demo(ctx)
		return err
	}, func(err error) {
		if err != nil {
			u.Fail(fmt.Errorf("the demo did not start: %w", err))
			return
		}
		b, ok := u.Browser()
		if !ok {
			u.Fail(fmt.Errorf("the demo's page is at %s, but %w", url, errNoBrowser))
			return
		}
		u.launch(b, Visit{Temporary: true, URL: url})
	})
}

// Copy puts text onto the clipboard.
func (u *UI) Copy(text string) { u.App.Clipboard().SetContent(text) }

// Fail tells the user of a failure: in a dialog of the window that was shown last,
// which comes to the front for it, else, since the click came from the tray, as a
// notification.
func (u *UI) Fail(err error) {
	n := len(u.shown)
	if n == 0 {
		u.App.SendNotification(fyne.NewNotification("Corsage", err.Error()))
		return
	}
	u.FailIn(u.shown[n-1], err)
	u.shown[n-1].RequestFocus()
}

// FailIn tells the user of a failure in a dialog of w, or, if that was closed
// meanwhile, as Fail does.
func (u *UI) FailIn(w fyne.Window, err error) {
	if !u.isShown(w) {
		u.Fail(err)
		return
	}
	text := widget.NewLabel(sentence(err.Error()))
	text.Wrapping = fyne.TextWrapWord
	text.Selectable = true
	d := dialog.NewCustom("That did not work", "Close", text, w)
	d.Resize(fyne.NewSize(520, 180))
	d.Show()
}

// SetEnabled turns a profile on or off, and says so in a dialog if that fails.
func (u *UI) SetEnabled(name string, on bool) {
	u.Background(func(context.Context) error { return u.Store.SetEnabled(name, on) }, func(err error) {
		if err != nil {
			u.Fail(fmt.Errorf("profile %q was not switched: %w", name, err))
		}
	})
}
