package ui

import (
	"fmt"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"corsage/assets"
)

// emptyState stands where the list has no rows, and says what to do next.
type emptyState struct {
	ui          *UI
	content     fyne.CanvasObject
	clearFilter func()
	title, text *widget.Label
	buttons     *fyne.Container
	shown       string
}

func newEmptyState(u *UI, clearFilter func()) *emptyState {
	e := &emptyState{ui: u, clearFilter: clearFilter, title: widget.NewLabel(""), text: widget.NewLabel(""), buttons: container.NewHBox()}
	e.title.SizeName = theme.SizeNameSubHeadingText
	e.title.TextStyle.Bold = true
	e.title.Alignment, e.text.Alignment = fyne.TextAlignCenter, fyne.TextAlignCenter
	icon := canvas.NewImageFromResource(fyne.NewStaticResource("icon.png", assets.Icon()))
	icon.FillMode = canvas.ImageFillContain
	icon.SetMinSize(fyne.NewSquareSize(72))
	e.content = container.NewCenter(container.NewVBox(icon, e.title, quietly(e.text), inset(8, 0, container.NewCenter(e.buttons))))
	return e
}

// hint is what the empty state says and offers.
type hint struct {
	title, text string
	buttons     []offer
}

type offer struct {
	label string
	do    func()
}

func (e *emptyState) show(v logView, filter string) {
	a := e.hint(v, filter)
	text := a.title + "\n" + a.text
	for _, o := range a.buttons {
		text += "\n" + o.label
	}
	if text == e.shown {
		return
	}
	e.shown = text
	e.title.SetText(a.title)
	e.text.SetText(a.text)
	e.buttons.RemoveAll()
	for i, o := range a.buttons {
		b := widget.NewButton(o.label, o.do)
		if i == 0 {
			b.Importance = widget.HighImportance
		}
		e.buttons.Add(b)
	}
	e.content.Refresh()
}

func (e *emptyState) hint(v logView, filter string) hint {
	u := e.ui
	if v.filtered && v.all > 0 {
		return hint{
			fmt.Sprintf("No request matches “%s”", strings.TrimSpace(filter)),
			fmt.Sprintf("%s without the filter.", quantity(v.all, "request")),
			[]offer{{"Clear the filter", e.clearFilter}},
		}
	}
	items := u.Store.Items()
	a := hint{title: "No requests yet"}
	switch {
	case len(items) == 0:
		a.text = "Make a profile for your backend, then open a browser from here."
		a.buttons = []offer{{"Make a profile…", u.ShowWelcome}}
		if u.Demo != nil {
			a.buttons = append(a.buttons, offer{"Try the demo", u.openDemo})
		}
	case len(u.active) == 0:
		a.text = "Enable a profile, then open a browser from here."
		for _, item := range items {
			if item.Profile != nil && len(a.buttons) < 3 {
				name := item.Profile.Name
				a.buttons = append(a.buttons, offer{"Enable " + name, func() { u.SetEnabled(name, true) }})
			}
		}
		a.buttons = append(a.buttons, offer{"Profiles…", u.ShowProfiles})
	default:
		a.text = fmt.Sprintf("Requests to the backends of %s show up here as they happen.\nOpen a browser from here; Connect has the other ways.", strings.Join(u.active, ", "))
		if local := u.loopbacks(); len(local) > 0 {
			a.text += "\n" + strings.Replace(describeLoopback(local), ". ", ".\n", 1)
		}
		if b, ok := u.Browser(); ok {
			a.buttons = append(a.buttons, offer{"Open " + b.Title(), func() { u.OpenBrowser(b, "") }})
		}
		a.buttons = append(a.buttons, offer{"Connect…", u.ShowConnect})
	}
	return a
}
