package ui

import (
	"errors"
	"fmt"
	"path/filepath"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"corsage/profiles"
)

// profileList is the left half of the Profiles window.
type profileList struct {
	widget *widget.List
}

func newProfileList(p *profilesWindow) *profileList {
	l := &profileList{}
	l.widget = widget.NewList(
		func() int { return len(p.items) },
		func() fyne.CanvasObject { return newProfileRow() },
		func(id widget.ListItemID, o fyne.CanvasObject) {
			if id < len(p.items) {
				item := p.items[id]
				o.(*profileRow).show(item, p.unsaved(item.File), func(on bool) { p.setEnabled(item, on) })
			}
		},
	)
	l.widget.OnSelected = func(id widget.ListItemID) {
		if id < len(p.items) {
			p.choose(p.items[id].File)
		}
	}
	return l
}

// refresh redraws the rows and marks the chosen one.
func (l *profileList) refresh(chosen int) {
	l.widget.Refresh()
	if chosen < 0 {
		l.widget.UnselectAll()
		return
	}
	l.widget.Select(chosen)
}

// unsaved reports whether the editor holds text for file that isn't written.
func (p *profilesWindow) unsaved(file string) bool {
	d := p.drafts[file]
	return d != nil && d.dirty()
}

// profileRow is a row of the list: name over backend, and the switch that
// enables the profile.
type profileRow struct {
	widget.BaseWidget
	name, about *widget.Label
	mark        *widget.Icon
	on          *toggleSwitch
}

func newProfileRow() *profileRow {
	r := &profileRow{
		name: widget.NewLabel(""), about: widget.NewLabel(""),
		mark: widget.NewIcon(theme.NewErrorThemedResource(theme.ErrorIcon())), on: newSwitch("", false, nil),
	}
	r.name.Truncation, r.about.Truncation = fyne.TextTruncateEllipsis, fyne.TextTruncateEllipsis
	r.name.TextStyle.Bold = true
	r.about.SizeName = theme.SizeNameCaptionText
	r.ExtendBaseWidget(r)
	return r
}

func (r *profileRow) CreateRenderer() fyne.WidgetRenderer {
	right := container.NewHBox(r.mark, container.NewCenter(r.on))
	return widget.NewSimpleRenderer(container.NewBorder(nil, nil, nil, margin(0, 0, 0, 4, right), stack(-16, r.name, r.about)))
}

// show fills the row. enable is called when the switch is flipped.
func (r *profileRow) show(item profiles.Item, unsaved bool, enable func(bool)) {
	name, about := describeItem(item)
	if unsaved {
		about = "Unsaved text · " + about
	}
	r.name.SetText(name)
	r.about.Importance = widget.MediumImportance
	if item.Err != nil {
		r.about.Importance = widget.DangerImportance
		r.mark.Show()
	} else {
		r.mark.Hide()
	}
	r.about.SetText(about)
	r.on.Name, r.on.OnChanged = "Enable "+name, enable
	r.on.SetOn(item.Enabled && item.Profile != nil)
	if item.Profile == nil {
		r.on.Disable()
	} else {
		r.on.Enable()
	}
}

// describeItem is the row's two lines.
func describeItem(item profiles.Item) (name, about string) {
	name = filepath.Base(item.File)
	if item.Profile != nil {
		name = item.Profile.Name
		about = describeBackends(item.Profile.Backends)
	}
	if item.Err == nil {
		return name, about
	}
	var list profiles.Errors
	if errors.As(item.Err, &list) && len(list) > 0 && list[0].Line > 0 {
		return name, fmt.Sprintf("Error in line %d", list[0].Line)
	}
	return name, "The file has an error"
}

func describeBackends(list []profiles.Backend) string {
	switch len(list) {
	case 0:
		return "No backend"
	case 1:
		return list[0].URL
	}
	return fmt.Sprintf("%s and %d more", list[0].URL, len(list)-1)
}
