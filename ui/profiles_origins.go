package ui

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"corsage/profiles"
	"corsage/proxy"
)

// nullHelp is the warning beside the switch for the opaque origin.
const nullHelp = "Off by default, since any page can make itself this origin in a sandboxed frame, and could then use your session. " +
	"Needed for pages opened from a file and for sandboxed frames. A “null” that stems from a redirect of an allowed request is allowed without it."

// originsView edits the origins of the pages that a profile allows.
type originsView struct {
	e       *profileEditor
	box     *fyne.Container
	fields  []*field
	removes []*widget.Button
	add     *widget.Button
	reset   *widget.Button
	null    *toggleSwitch
	wrong   *widget.RichText
}

func (e *profileEditor) originsSection() fyne.CanvasObject {
	v := &originsView{e: e, box: stack(6), wrong: wrapped(styleWrong, " ")}
	v.wrong.Hide()
	v.add = flatButton("Add origin", theme.ContentAddIcon(), v.addRow)
	v.reset = flatButton("Reset", theme.ContentUndoIcon(), v.toDefault)
	v.null = newSwitch("Allow the origin null", e.d.null, func(on bool) {
		e.d.null = on
		e.commit()
		e.show()
	})
	e.origins = v
	v.build()
	null := container.NewBorder(nil, nil, nil, container.NewVBox(margin(3, 0, 0, 0, v.null)),
		paragraphs(piece(styleLabel, "Allow the origin “null”", false), piece(styleHelp, nullHelp, false)))
	return section("Page origins", "Pages of these origins may use the backends with your session; all others stay locked out. "+
		"scheme://host:port, where the host may begin with “*.” and the port may be “*”, or a /regular expression/.",
		container.NewHBox(v.reset, v.add), margin(8, 6, 8, 6, v.box), margin(2, 2, 8, 8, null))
}

func (v *originsView) build() {
	e := v.e
	v.fields, v.removes = nil, nil
	rows := []fyne.CanvasObject{}
	for i := range e.d.origins {
		f := newField(indexed("origins", i), "", "http://localhost:3000", func() *string { return &e.d.origins[i].now }, e.typed, e.commit, e.restore(func() {
			if i < len(e.d.origins) {
				e.d.origins[i].now = e.d.origins[i].base
			}
		}))
		remove := flatButton("", theme.ContentRemoveIcon(), func() { v.remove(i) })
		v.fields, v.removes = append(v.fields, f), append(v.removes, remove)
		rows = append(rows, container.NewBorder(nil, nil, nil, container.NewVBox(remove), f.box))
	}
	// Two columns: the default has six entries of a few letters each.
	v.box.Objects = []fyne.CanvasObject{container.New(layout.NewGridLayoutWithColumns(2), rows...), v.wrong}
	v.box.Refresh()
}

// show brings the fields to the draft's state.
func (v *originsView) show(d *draft, good bool) {
	if len(d.origins) != len(v.fields) {
		v.build()
	}
	for i, f := range v.fields {
		f.show(d.origins[i].now)
		f.enable(good)
		enableIf(good, v.removes[i])
	}
	v.null.SetOn(d.null)
	enableIf(good, v.null)
	enableIf(good, v.add)
	enableIf(good, v.reset)
	v.reset.Hidden = !v.changed()
	v.reset.Refresh()
}

// changed reports whether the list differs from the default.
func (v *originsView) changed() bool {
	return v.e.d.null || !slices.Equal(valuesOf(v.e.d.origins), proxy.DefaultOrigins())
}

func (v *originsView) mark(wrong map[string]string) {
	message := wrong["origins"]
	if message == "" && len(v.fields) == 0 && !v.e.d.null {
		message = "No page is allowed now, so this profile changes nothing: add an origin or reset to the default."
	}
	setText(v.wrong, styleWrong, message)
	v.reset.Hidden = !v.changed()
	v.reset.Refresh()
}

// addRow adds an empty origin, which is written once it is good.
func (v *originsView) addRow() {
	v.e.d.origins = append(v.e.d.origins, row[string]{})
	v.build()
	v.e.show()
	v.e.p.window.Canvas().Focus(v.fields[len(v.fields)-1].entry)
}

func (v *originsView) remove(i int) {
	v.e.d.origins = slices.Delete(v.e.d.origins, i, i+1)
	v.build()
	v.e.show()
	v.e.commit()
}

// toDefault allows the pages on this machine, as a new profile does.
func (v *originsView) toDefault() {
	list, null := splitNull(originsOf(&profiles.Profile{}))
	v.e.d.null = null
	v.e.d.origins = nil
	for _, o := range list {
		v.e.d.origins = append(v.e.d.origins, row[string]{now: o})
	}
	v.build()
	v.e.show()
	v.e.commit()
}
