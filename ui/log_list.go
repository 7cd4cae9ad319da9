package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// logList is the list of exchanges. It keeps the selection by exchange, not by
// place, since rows come, go and are filtered; and it keeps its eye on what the
// user looks at: on the newest at the bottom while there, else on the same rows.
type logList struct {
	widget.List
	view     logView
	selected uint64 // ID; 0 for none
	rendered bool

	// onSelect gets the selected row, nil when there is none any more.
	onSelect func(*logRow)
}

func newLogList(onSelect func(*logRow), trust func(profile string)) *logList {
	l := &logList{onSelect: onSelect}
	l.Length = func() int { return len(l.view.rows) }
	l.CreateItem = func() fyne.CanvasObject { return newRowWidget(trust) }
	l.UpdateItem = func(i int, o fyne.CanvasObject) {
		if i < len(l.view.rows) {
			r := l.view.rows[i]
			o.(*rowWidget).set(r, r.ID == l.selected)
		}
	}
	l.OnSelected = func(i int) {
		l.UnselectAll() // the list's own selection sticks to a place
		if i < len(l.view.rows) {
			l.pick(l.view.rows[i])
		}
	}
	l.HideSeparators = true
	l.ExtendBaseWidget(l)
	return l
}

// CreateRenderer notes that scrolling is possible from now on.
func (l *logList) CreateRenderer() fyne.WidgetRenderer {
	r := l.List.CreateRenderer()
	l.rendered = true
	return r
}

// show takes a new snapshot.
func (l *logList) show(v logView) {
	before := l.view
	bottom := l.atBottom()
	l.view = v
	if !l.rendered {
		return
	}
	offset := l.GetScrollOffset()
	l.Refresh()
	l.scroll(followOffset(offset, bottom, before.rows, v.rows, l.pitch()))
	if i, found := findRow(v.rows, l.selected); found && !sameRow(before.rows, v.rows[i]) {
		l.onSelect(v.rows[i])
	}
}

// sameRow reports whether rows has this very snapshot.
func sameRow(rows []*logRow, r *logRow) bool {
	i, found := findRow(rows, r.ID)
	return found && rows[i] == r
}

// pick selects a row, nil for none.
func (l *logList) pick(r *logRow) {
	l.selected = 0
	if r != nil {
		l.selected = r.ID
	}
	l.Refresh()
	l.onSelect(r)
}

// atBottom reports whether the newest row is in sight, or would be.
func (l *logList) atBottom() bool {
	return !l.rendered || isBottom(l.GetScrollOffset(), l.Size().Height, l.pitch(), len(l.view.rows))
}

// pitch is the distance from row to row.
func (l *logList) pitch() float32 {
	return rowHeight(l.Theme()) + l.Theme().Size(theme.SizeNamePadding)
}

// scroll moves to an offset, bottom if it is negative.
func (l *logList) scroll(offset float32) {
	fits := float32(len(l.view.rows))*l.pitch() <= l.Size().Height
	switch {
	case fits:
		l.ScrollToTop()
	case offset < 0:
		l.ScrollToBottom()
	default:
		l.ScrollToOffset(offset)
	}
}

// isBottom reports whether a list of n rows is scrolled to its end, give or
// take half a row.
func isBottom(offset, height, pitch float32, n int) bool {
	return offset+height >= float32(n)*pitch-pitch/2
}

// followOffset is where to scroll when rows replace others: negative for the
// bottom, else so that the first row in sight stays where it is.
func followOffset(offset float32, bottom bool, before, after []*logRow, pitch float32) float32 {
	if bottom || len(before) == 0 {
		return -1
	}
	top := min(int(offset/pitch), len(before)-1)
	i, _ := findRow(after, before[top].ID)
	return max(offset+float32(i-top)*pitch, 0)
}

// FocusGained replaces the list's, which would shade a row besides the selected.
func (l *logList) FocusGained() {}

// FocusLost is the counterpart.
func (l *logList) FocusLost() {}

// TypedKey moves the selection.
func (l *logList) TypedKey(k *fyne.KeyEvent) {
	rows := l.view.rows
	page := max(int(l.Size().Height/l.pitch())-1, 1)
	switch k.Name {
	case fyne.KeyDown:
		l.move(1)
	case fyne.KeyUp:
		l.move(-1)
	case fyne.KeyPageDown:
		l.move(page)
	case fyne.KeyPageUp:
		l.move(-page)
	case fyne.KeyHome:
		l.move(-len(rows))
	case fyne.KeyEnd:
		l.move(len(rows))
	case fyne.KeyEscape:
		l.pick(nil)
	}
}

// move selects the row that stands so many below the selected one; without a
// selection it begins at the newest.
func (l *logList) move(by int) {
	n := len(l.view.rows)
	if n == 0 {
		return
	}
	i, found := findRow(l.view.rows, l.selected)
	switch {
	case !found && (l.selected == 0 || i >= n):
		i = n - 1
	default:
		i = min(max(i+by, 0), n-1)
	}
	l.pick(l.view.rows[i])
	l.ScrollTo(i)
}
