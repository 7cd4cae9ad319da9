package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// typeColumn is the place of the media type in logColumns.
const typeColumn = 6

// trustLink is a button in a row of the log, as flat as the row. It stands where a
// refused certificate has no media type.
type trustLink struct {
	widget.BaseWidget
	text   *canvas.Text
	tapped func()
}

func newTrustLink() *trustLink {
	l := &trustLink{text: canvas.NewText("Trust…", nil)}
	l.text.TextStyle = fyne.TextStyle{Bold: true}
	l.ExtendBaseWidget(l)
	return l
}

// CreateRenderer is part of fyne.Widget.
func (l *trustLink) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(l.text) }

// Tapped leads to the Trust window; the row is not selected by it.
func (l *trustLink) Tapped(*fyne.PointEvent) { l.tapped() }

// Cursor shows that it can be clicked.
func (l *trustLink) Cursor() desktop.Cursor { return desktop.PointerCursor }

// paint puts it at a place in the row, if that is of a refusal.
func (l *trustLink) paint(th fyne.Theme, variant fyne.ThemeVariant, row *logRow, x, height float32) {
	l.Hidden = row == nil || row.Refusal == nil
	if l.Hidden {
		return
	}
	l.text.TextSize, l.text.Color = th.Size(theme.SizeNameText), th.Color(theme.ColorNamePrimary, variant)
	text := l.text.MinSize()
	above := floor((height - text.Height) / 2) // as the cells' texts stand
	l.Resize(fyne.NewSize(text.Width, text.Height+2*above))
	l.Move(fyne.NewPos(floor(x), 0))
}
