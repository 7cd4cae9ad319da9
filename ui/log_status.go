package ui

import (
	"fmt"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// statusLine says at the window's foot what is on, how much is shown, and where
// the proxy is.
type statusLine struct {
	ui            *UI
	content       fyne.CanvasObject
	light         *widget.Icon
	active, count *widget.Label
}

func newStatusLine(u *UI) *statusLine {
	s := &statusLine{ui: u, light: widget.NewIcon(nil), active: widget.NewLabel(""), count: widget.NewLabel("")}
	s.active.Truncation = fyne.TextTruncateEllipsis
	address := quietButton("Proxy "+u.Addr, theme.ContentCopyIcon(), func() { u.Copy(u.Addr) })
	line := container.NewBorder(nil, nil, s.light, container.NewHBox(container.NewCenter(quietly(s.count)), widget.NewSeparator(), address), s.active)
	s.content = container.NewStack(newStrip(), inset(0, rowInset, line))
	return s
}

func (s *statusLine) show(v logView, paused bool) {
	var icon fyne.Resource = theme.NewDisabledResource(theme.RadioButtonIcon())
	text := "No profile is enabled: everything passes untouched"
	if on := s.ui.active; len(on) > 0 {
		icon, text = theme.NewSuccessThemedResource(theme.RadioButtonFillIcon()), "Active: "+strings.Join(on, ", ")
	}
	s.light.SetResource(icon)
	s.active.SetText(text)
	s.count.SetText(countText(v, paused))
	s.content.Refresh()
}

// countText says how much of what there is the list shows.
func countText(v logView, paused bool) string {
	text := quantity(v.all, "request")
	if v.filtered {
		text = fmt.Sprintf("%d of %s", len(v.rows), text)
	}
	if paused {
		text += fmt.Sprintf("  ·  paused, %d new", v.held)
	}
	return text
}

// newNoTrayNote tells that the window is the only way in.
func newNoTrayNote() fyne.CanvasObject {
	text := widget.NewLabel("This desktop shows no tray icons, so this window stands in for the tray: closing the last window quits Corsage.")
	icon := widget.NewIcon(theme.NewWarningThemedResource(theme.InfoIcon()))
	return container.NewStack(newStrip(), inset(0, rowInset, container.NewBorder(nil, nil, icon, nil, text)))
}

// rowInset is the space before and after all that stands in the log window.
const rowInset = columnGap - 4

// inset puts space above and below, and left and right, of an object.
func inset(vertical, horizontal float32, o fyne.CanvasObject) fyne.CanvasObject {
	return container.New(layout.NewCustomPaddedLayout(vertical, vertical, horizontal, horizontal), o)
}
