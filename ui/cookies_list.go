package ui

import (
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// cookieList is the list of held cookies. It keeps the selection by cookie, not
// by place.
type cookieList struct {
	widget.List
	rows     []cookieRow
	now      time.Time
	selected cookieID // zero for none
	onSelect func(*cookieRow)
	onDelete func()
}

func newCookieList(onSelect func(*cookieRow), onDelete func()) *cookieList {
	l := &cookieList{onSelect: onSelect, onDelete: onDelete}
	l.Length = func() int { return len(l.rows) }
	l.CreateItem = func() fyne.CanvasObject { return newCookieRowWidget() }
	l.UpdateItem = func(i int, o fyne.CanvasObject) {
		if i < len(l.rows) {
			o.(*cookieRowWidget).set(&l.rows[i], l.rows[i].heading == "" && l.rows[i].id == l.selected, l.now)
		}
	}
	l.OnSelected = func(i int) {
		l.UnselectAll() // the list's own selection sticks to a place
		if i < len(l.rows) && l.rows[i].heading == "" {
			l.pick(&l.rows[i])
		}
	}
	l.HideSeparators = true
	l.ExtendBaseWidget(l)
	return l
}

// show takes new rows. A selected cookie that is gone is selected no more.
func (l *cookieList) show(rows []cookieRow, now time.Time) {
	l.rows, l.now = rows, now
	l.Refresh()
	if l.selected != (cookieID{}) {
		l.pick(l.find())
	}
}

// find is the selected row, nil if there is none.
func (l *cookieList) find() *cookieRow {
	i := slices.IndexFunc(l.rows, func(r cookieRow) bool { return r.heading == "" && r.id == l.selected })
	if i < 0 {
		return nil
	}
	return &l.rows[i]
}

func (l *cookieList) pick(r *cookieRow) {
	l.selected = cookieID{}
	if r != nil {
		l.selected = r.id
	}
	l.Refresh()
	l.onSelect(r)
}

// FocusGained replaces the list's, which would shade a row besides the selected.
func (l *cookieList) FocusGained() {}

// FocusLost is the counterpart.
func (l *cookieList) FocusLost() {}

// TypedKey moves the selection, or removes what is selected.
func (l *cookieList) TypedKey(k *fyne.KeyEvent) {
	switch k.Name {
	case fyne.KeyDown:
		l.move(1)
	case fyne.KeyUp:
		l.move(-1)
	case fyne.KeyEscape:
		l.pick(nil)
	case fyne.KeyDelete:
		l.onDelete()
	}
}

// move selects the next cookie in a direction; headings are passed over.
func (l *cookieList) move(by int) {
	at := slices.IndexFunc(l.rows, func(r cookieRow) bool { return r.heading == "" && r.id == l.selected })
	if at < 0 && by < 0 {
		at = len(l.rows)
	}
	for i := at + by; i >= 0 && i < len(l.rows); i += by {
		if l.rows[i].heading == "" {
			l.pick(&l.rows[i])
			l.ScrollTo(i)
			return
		}
	}
}

// cookieRowWidget shows one cookieRow, or the column titles.
type cookieRowWidget struct {
	widget.BaseWidget
	row      *cookieRow // nil for the titles
	now      time.Time
	selected bool
}

func newCookieRowWidget() *cookieRowWidget {
	w := &cookieRowWidget{}
	w.ExtendBaseWidget(w)
	return w
}

func (w *cookieRowWidget) set(r *cookieRow, selected bool, now time.Time) {
	w.row, w.selected, w.now = r, selected, now
	w.Refresh()
}

func (w *cookieRowWidget) CreateRenderer() fyne.WidgetRenderer {
	r := &cookieRowRenderer{row: w, back: canvas.NewRectangle(nil), bar: canvas.NewRectangle(nil), heading: canvas.NewText("", nil), count: canvas.NewText("", nil)}
	r.objects = []fyne.CanvasObject{r.back, r.bar, r.heading, r.count}
	for i := range r.cells {
		r.cells[i] = canvas.NewText("", nil)
		r.objects = append(r.objects, r.cells[i])
	}
	r.paint()
	return r
}

type cookieRowRenderer struct {
	row            *cookieRowWidget
	back           *canvas.Rectangle // behind a selected row
	bar            *canvas.Rectangle // marks it at its left edge
	heading, count *canvas.Text
	cells          [len(cookieColumns)]*canvas.Text
	objects        []fyne.CanvasObject
	size           fyne.Size
}

func (r *cookieRowRenderer) Destroy()                     {}
func (r *cookieRowRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *cookieRowRenderer) MinSize() fyne.Size {
	return fyne.NewSize(0, rowHeight(r.row.Theme()))
}

func (r *cookieRowRenderer) Layout(size fyne.Size) {
	if size != r.size {
		r.size = size
		r.paint()
	}
}

func (r *cookieRowRenderer) Refresh() {
	r.paint()
	canvas.Refresh(r.row)
}

func (r *cookieRowRenderer) paint() {
	th, variant := r.row.Theme(), fyne.CurrentApp().Settings().ThemeVariant()
	size, row := th.Size(theme.SizeNameText), r.row.row
	r.back.FillColor = th.Color(theme.ColorNameSelection, variant)
	r.bar.FillColor = th.Color(theme.ColorNamePrimary, variant)
	r.back.Hidden, r.bar.Hidden = !r.row.selected, !r.row.selected
	r.back.Resize(r.size)
	r.bar.Resize(fyne.NewSize(3, r.size.Height))
	put := func(t *canvas.Text, text string, name fyne.ThemeColorName, at span) {
		t.TextSize, t.Color = size, th.Color(name, variant)
		t.Text = ellipsis(text, at.width, func(s string) float32 { return fyne.MeasureText(s, size, t.TextStyle).Width })
		min := t.MinSize()
		t.Resize(min)
		t.Move(fyne.NewPos(floor(at.x), floor((r.size.Height-min.Height)/2))) // whole pixels are crisp
	}
	heading := row != nil && row.heading != ""
	r.heading.Hidden, r.count.Hidden = !heading, !heading
	for i := range r.cells {
		r.cells[i].Hidden = heading
	}
	if heading {
		r.heading.TextStyle.Bold = true
		put(r.heading, row.heading, theme.ColorNameForeground, span{columnGap, r.size.Width - 2*columnGap})
		after := columnGap + r.heading.MinSize().Width + columnGap
		put(r.count, quantity(row.count, "cookie"), theme.ColorNamePlaceHolder, span{after, max(r.size.Width-after-columnGap, 0)})
		return
	}
	var widths, shares [len(cookieColumns)]float32
	for i, c := range cookieColumns {
		bold := fyne.TextStyle{Bold: true}
		widths[i] = max(fyne.MeasureText(c.sample, size, bold).Width, fyne.MeasureText(c.title, size, bold).Width)
		shares[i] = c.share
	}
	for i, at := range divideRow(r.size.Width, widths[:], shares[:]) {
		c, text, name := cookieColumns[i], cookieColumns[i].title, theme.ColorNamePlaceHolder
		r.cells[i].TextStyle.Bold = row == nil
		if row != nil {
			text, name = c.text(&row.Cookie, r.row.now), c.color
		}
		put(r.cells[i], text, name, at)
	}
}
