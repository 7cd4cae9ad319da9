package ui

import (
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"corsage/proxy/record"
)

// rowPadding stands above and below a row's text.
const rowPadding = 4

// rowWidget shows one logRow, or the column titles. Its height depends on the
// theme only.
type rowWidget struct {
	widget.BaseWidget
	row      *logRow // nil for the titles
	selected bool
	trust    *trustLink
}

// newRowWidget makes one; trust leads to a profile's row in the Trust window.
func newRowWidget(trust func(profile string)) *rowWidget {
	w := &rowWidget{trust: newTrustLink()}
	w.trust.tapped = func() { trust(w.row.Profile) }
	w.ExtendBaseWidget(w)
	return w
}

// set shows another row.
func (w *rowWidget) set(r *logRow, selected bool) {
	if w.row == r && w.selected == selected {
		return
	}
	w.row, w.selected = r, selected
	w.Refresh()
}

func (w *rowWidget) CreateRenderer() fyne.WidgetRenderer {
	r := &rowRenderer{row: w, back: canvas.NewRectangle(nil), bar: canvas.NewRectangle(nil), tick: canvas.NewRectangle(nil)}
	r.objects = []fyne.CanvasObject{r.back, r.bar, r.tick}
	r.tick.CornerRadius = 1.5
	for i := range r.cells {
		r.cells[i] = canvas.NewText("", nil)
		r.objects = append(r.objects, r.cells[i])
	}
	r.objects = append(r.objects, w.trust)
	r.paint()
	return r
}

type rowRenderer struct {
	row     *rowWidget
	back    *canvas.Rectangle // behind a selected row
	bar     *canvas.Rectangle // marks it at its left edge
	tick    *canvas.Rectangle // before the status
	cells   [len(logColumns)]*canvas.Text
	objects []fyne.CanvasObject
	size    fyne.Size
}

func (r *rowRenderer) Destroy()                     {}
func (r *rowRenderer) Objects() []fyne.CanvasObject { return r.objects }

func (r *rowRenderer) MinSize() fyne.Size {
	return fyne.NewSize(0, rowHeight(r.row.Theme()))
}

func (r *rowRenderer) Layout(size fyne.Size) {
	if size == r.size {
		return
	}
	r.size = size
	r.paint()
}

func (r *rowRenderer) Refresh() {
	r.paint()
	canvas.Refresh(r.row)
}

func (r *rowRenderer) paint() {
	th, variant := r.row.Theme(), fyne.CurrentApp().Settings().ThemeVariant()
	size := th.Size(theme.SizeNameText)
	r.back.FillColor = th.Color(theme.ColorNameSelection, variant)
	r.bar.FillColor = th.Color(theme.ColorNamePrimary, variant)
	r.back.Hidden, r.bar.Hidden = !r.row.selected, !r.row.selected
	r.back.Resize(r.size)
	r.bar.Resize(fyne.NewSize(3, r.size.Height))

	spans := columnSpans(r.size.Width, func(s string) float32 { return fyne.MeasureText(s, size, fyne.TextStyle{Bold: true}).Width })
	for i, c := range logColumns {
		cell, at, text := r.cells[i], spans[i], c.title
		name := theme.ColorNameForeground
		cell.TextStyle.Bold = r.row.row == nil
		if row := r.row.row; row != nil {
			text = row.cells[i]
			if c.color != nil {
				name = c.color(row)
			}
		} else {
			name = theme.ColorNamePlaceHolder
		}
		cell.TextSize = size
		cell.Color = th.Color(name, variant)
		measure := func(s string) float32 { return fyne.MeasureText(s, size, cell.TextStyle).Width }
		cell.Text = ellipsis(text, at.width-c.inset, measure)
		min := cell.MinSize()
		x := at.x + c.inset
		if c.right {
			x = at.x + at.width - min.Width
		}
		cell.Resize(min)
		cell.Move(fyne.NewPos(floor(x), floor((r.size.Height-min.Height)/2))) // whole pixels are crisp
	}
	r.row.trust.paint(th, variant, r.row.row, spans[typeColumn].x, r.size.Height)
	r.paintTick(th, variant, spans[statusColumn].x)
}

// rowHeight is in whole pixels at scale 1, so that all rows are equally crisp.
func rowHeight(th fyne.Theme) float32 {
	return floor(fyne.MeasureText("Ag", th.Size(theme.SizeNameText), fyne.TextStyle{}).Height) + 1 + 2*rowPadding
}

func floor(v float32) float32 { return float32(math.Floor(float64(v))) }

// statusColumn is the place of the status in logColumns.
const statusColumn = 2

// paintTick puts the status's colour before it; its height tells classes apart
// without colour: the worse, the taller.
func (r *rowRenderer) paintTick(th fyne.Theme, variant fyne.ThemeVariant, x float32) {
	row := r.row.row
	r.tick.Hidden = row == nil
	if row == nil {
		return
	}
	height := r.size.Height * tickShare(row.Entry)
	r.tick.FillColor = th.Color(statusColor(row.Entry), variant)
	r.tick.Resize(fyne.NewSize(3, height))
	r.tick.Move(fyne.NewPos(x, (r.size.Height-height)/2))
}

func tickShare(e *record.Entry) float32 {
	switch statusColor(e) {
	case theme.ColorNameError:
		return 0.8
	case theme.ColorNameWarning:
		return 0.55
	default:
		return 0.25
	}
}
