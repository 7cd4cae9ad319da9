package ui

import (
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// done has a button say that what it was clicked for is done, in place of its label,
// until another button says so or a window is opened.
func (u *UI) done(b *widget.Button, text string) {
	u.undone()
	label, icon := b.Text, b.Icon
	b.SetText(text)
	b.SetIcon(theme.ConfirmIcon())
	u.restore = func() {
		b.SetText(label)
		b.SetIcon(icon)
	}
}

// undone gives the button its label back that says that something is done.
func (u *UI) undone() {
	if u.restore != nil {
		u.restore()
		u.restore = nil
	}
}

// copyBy puts text onto the clipboard, and has the button for that say so.
func (u *UI) copyBy(b *widget.Button, text string) {
	u.Copy(text)
	u.done(b, "Copied")
}
