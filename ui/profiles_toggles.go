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
	m      proxy.Modifier
	box    fyne.CanvasObject
	text   *widget.RichText
	on     *toggleSwitch
	reset  *widget.Button
	change func(bool)
}

func newToggleRow(m proxy.Modifier, change func(bool)) *toggleRow {
	r := &toggleRow{m: m, change: change, text: paragraphs(piece(styleLabel, m.Label, false))}
	r.on = newSwitch(m.Label, m.Default, func(on bool) {
		r.show(on, true)
		change(on)
	})
	r.reset = flatButton("Reset", theme.ContentUndoIcon(), func() {
		r.show(m.Default, true)
		change(m.Default)
	})
	right := container.NewHBox(container.NewVBox(r.reset), container.NewVBox(margin(3, 0, 0, 0, r.on)))
	r.box = margin(0, 0, 0, 8, container.NewBorder(nil, nil, nil, right, r.text))
	r.show(m.Default, true)
	return r
}

// show sets the switch and marks it where it differs from the default.
func (r *toggleRow) show(on, good bool) {
	r.on.SetOn(on)
	enableIf(good, r.on)
	enableIf(good, r.reset)
	changed := on != r.m.Default
	r.reset.Hidden = !changed
	r.reset.Refresh()
	label := piece(styleLabel, r.m.Label, false)
	segments := []widget.RichTextSegment{label, piece(styleHelp, r.m.Help, false)}
	if changed {
		label.Style.Inline = true
		segments = []widget.RichTextSegment{label, piece(styleChanged, "  changed from the default", false), segments[1]}
	}
	if len(r.text.Segments) != len(segments) {
		r.text.Segments = segments
		r.text.Refresh()
	}
}
