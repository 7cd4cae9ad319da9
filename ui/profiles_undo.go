package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// undoBar stands at the window's foot after a profile was deleted, until it is
// used or put away.
type undoBar struct {
	box  *fyne.Container
	text *widget.RichText
	undo *widget.Button
}

func newUndoBar(p *profilesWindow) *undoBar {
	b := &undoBar{text: wrapped(stylePlain, " ")}
	b.undo = widget.NewButtonWithIcon("Undo", theme.ContentUndoIcon(), nil)
	b.undo.Importance = widget.HighImportance
	buttons := container.NewHBox(b.undo, flatButton("", theme.CancelIcon(), p.withdraw))
	b.box = margin(4, 8, 8, 8, newPanel(panelInfo, margin(4, 4, 4, 6, container.NewBorder(nil, nil, nil, buttons, b.text))))
	b.box.Hide()
	return b
}

// offer shows the undo bar.
func (p *profilesWindow) offer(text string, undo func()) {
	setText(p.undo.text, stylePlain, text)
	p.undo.undo.OnTapped = func() {
		p.withdraw()
		undo()
	}
	p.undo.box.Show()
	p.content.Refresh()
}

// withdraw puts the undo bar away.
func (p *profilesWindow) withdraw() {
	p.undo.box.Hide()
	p.content.Refresh()
}
