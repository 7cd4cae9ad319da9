package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"corsage/profiles"
	"corsage/proxy"
)

// togglesView has a switch for each modifier of the catalogue, under its group's
// heading. Nothing in it knows any one of them.
type togglesView struct {
	e        *profileEditor
	sections []fyne.CanvasObject
	rows     []*toggleRow
}

func newTogglesView(e *profileEditor) *togglesView {
	v := &togglesView{e: e}
	var groups []string
	byGroup := map[string][]fyne.CanvasObject{}
	for _, m := range profiles.Catalog() {
		r := newToggleRow(m, func(on bool) { e.setToggle(m.Name, on) })
		v.rows = append(v.rows, r)
		if byGroup[m.Group] == nil {
			groups = append(groups, m.Group)
		}
		byGroup[m.Group] = append(byGroup[m.Group], r.box)
	}
	for _, g := range groups {
		v.sections = append(v.sections, section(g, "", nil, byGroup[g]...))
	}
	return v
}

// setToggle writes one switch.
func (e *profileEditor) setToggle(toggle string, on bool) {
	store, file := e.p.ui.Store, e.file
	e.pending++
	e.p.enqueue(func() error {
		now, err := nameOf(store, file)
		if err != nil {
			return err
		}
		return store.SetToggle(now.Name, toggle, on)
	}, func(err error) {
		e.pending--
		e.p.failed(err)
	})
}

func (v *togglesView) show(p *profiles.Profile, good bool) {
	if v.e.pending > 0 { // a click on its way to the file
		return
	}
	for _, r := range v.rows {
		r.show(p.On(r.m.Name), good)
	}
}

// toggleRow is a modifier's label and help, its switch, and a way back to the default.
type toggleRow struct {
	m     proxy.Modifier
	box   fyne.CanvasObject
	text  *widget.RichText
	on    *toggleSwitch
	reset *widget.HyperlinkSegment // in text while the switch differs from the default
}

// newToggleRow makes a row; change is called when the user flips its switch.
func newToggleRow(m proxy.Modifier, change func(bool)) *toggleRow {
	r := &toggleRow{m: m, text: paragraphs()}
	flip := func(on bool) {
		r.show(on, true)
		change(on)
	}
	r.on = newSwitch(m.Label, m.Default, flip)
	r.reset = &widget.HyperlinkSegment{Text: "Reset", SizeName: theme.SizeNameCaptionText, OnTapped: func() {
		if !r.on.Disabled() {
			flip(m.Default)
		}
	}}
	r.box = margin(2, 2, 8, 8, container.NewBorder(nil, nil, nil, container.NewVBox(margin(3, 0, 0, 0, r.on)), r.text))
	r.show(m.Default, true)
	return r
}

// changed reports whether the switch differs from the default.
func (r *toggleRow) changed() bool { return r.on.On != r.m.Default }

// show sets the switch and marks it where it differs from the default.
func (r *toggleRow) show(on, good bool) {
	r.on.SetOn(on)
	enableIf(good, r.on)
	label, help := piece(styleLabel, r.m.Label, r.changed()), piece(styleHelp, r.m.Help, false)
	segments := []widget.RichTextSegment{label, help}
	if r.changed() {
		segments = []widget.RichTextSegment{label, piece(styleChanged, "   changed from the default   ", true), r.reset, piece(styleHelp, "", false), help}
	}
	if len(r.text.Segments) != len(segments) {
		r.text.Segments = segments
		r.text.Refresh()
	}
}
