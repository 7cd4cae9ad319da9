package ui

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// tableLine is a heading, where title is set, or a header line.
type tableLine struct {
	title string
	headerLine
}

// headerTable shows header lines below each other, the changed ones marked. All
// texts can be selected and copied.
type headerTable struct {
	scroll *container.Scroll
	box    *fyne.Container
	lines  []tableLine
	empty  string
}

func newHeaderTable() *headerTable {
	t := &headerTable{box: container.NewVBox()}
	t.scroll = container.NewVScroll(container.NewThemeOverride(t.box, compact{padding: 1, inner: 3}))
	return t
}

// show fills the table; empty is what it says without lines. A fresh table
// begins at its top.
func (t *headerTable) show(lines []tableLine, empty string, fresh bool) {
	if fresh {
		t.scroll.ScrollToTop()
	}
	if slices.EqualFunc(lines, t.lines, equalLine) && (len(lines) > 0 || empty == t.empty) {
		return
	}
	t.lines, t.empty = slices.Clone(lines), empty
	t.box.RemoveAll()
	for i, l := range lines {
		repeated := i > 0 && lines[i-1].title == "" && lines[i-1].name == l.name
		t.box.Add(newTableLine(l, repeated))
	}
	if len(lines) == 0 {
		label := widget.NewLabel(empty)
		label.Wrapping = fyne.TextWrapWord
		t.box.Add(quietly(label))
	}
	t.scroll.Refresh()
}

// linesText is the table as text to copy.
func linesText(lines []tableLine) string {
	var b strings.Builder
	for _, l := range lines {
		if l.title != "" {
			b.WriteString(l.title + "\n")
			continue
		}
		b.WriteString(headerText([]headerLine{l.headerLine}))
	}
	return b.String()
}

func equalLine(a, b tableLine) bool {
	return a.title == b.title && equalHeaderLine(a.headerLine, b.headerLine)
}

func newTableLine(l tableLine, repeated bool) fyne.CanvasObject {
	if l.title != "" {
		title := widget.NewLabel(l.title)
		title.TextStyle.Bold = true
		return title
	}
	w := &lineWidget{mark: l.mark}
	w.back = newTint(l.mark)
	w.sign = widget.NewLabel(string(l.mark))
	w.sign.TextStyle.Bold, w.sign.Alignment = true, fyne.TextAlignCenter
	w.name = widget.NewLabel(l.name)
	w.name.Truncation = fyne.TextTruncateEllipsis
	w.name.TextStyle.Bold = l.mark != same
	switch l.mark {
	case added, good:
		w.sign.Importance = widget.SuccessImportance
	case removed, bad:
		w.sign.Importance = widget.DangerImportance
	}
	if repeated && l.mark == same {
		w.name.SetText("")
	}
	w.value = widget.NewLabel(l.value)
	w.value.Selectable, w.value.Wrapping = true, fyne.TextWrapBreak
	w.value.TextStyle.Monospace = true
	w.notes = container.NewVBox()
	for _, n := range l.notes {
		note := widget.NewRichText(
			&widget.TextSegment{Text: n.toggle, Style: widget.RichTextStyle{Inline: true, ColorName: theme.ColorNamePrimary, SizeName: theme.SizeNameText}},
			&widget.TextSegment{Text: "  " + n.why, Style: widget.RichTextStyle{Inline: true, ColorName: theme.ColorNamePlaceHolder, SizeName: theme.SizeNameText}},
		)
		note.Wrapping = fyne.TextWrapWord
		w.notes.Add(note)
	}
	w.ExtendBaseWidget(w)
	return w
}

// lineWidget is one header line: mark, name, value, and the reasons below the
// value. Its height follows from the width that it was last given.
type lineWidget struct {
	widget.BaseWidget
	mark              mark
	back              *tint
	sign, name, value *widget.Label
	notes             *fyne.Container
}

// The widths of a header line's first two parts.
const (
	signWidth = 22
	nameWidth = 256
)

func (w *lineWidget) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(container.New(lineLayout{w}, w.back, w.sign, w.name, w.value, w.notes))
}

type lineLayout struct{ w *lineWidget }

func (l lineLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	height := max(l.w.value.MinSize().Height, l.w.name.MinSize().Height)
	if len(l.w.notes.Objects) > 0 {
		height += l.w.notes.MinSize().Height
	}
	return fyne.NewSize(signWidth+nameWidth+80, height)
}

func (l lineLayout) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	w := l.w
	left := float32(signWidth + nameWidth)
	right := max(size.Width-left, 0)
	w.back.Resize(size)
	w.sign.Resize(fyne.NewSize(signWidth, w.sign.MinSize().Height))
	w.name.Resize(fyne.NewSize(nameWidth, w.name.MinSize().Height))
	w.name.Move(fyne.NewPos(signWidth, 0))
	w.value.Resize(fyne.NewSize(right, w.value.Size().Height))
	height := w.value.MinSize().Height // now that it is wrapped
	w.value.Resize(fyne.NewSize(right, height))
	w.value.Move(fyne.NewPos(left, 0))
	w.notes.Resize(fyne.NewSize(right, w.notes.Size().Height))
	w.notes.Resize(fyne.NewSize(right, w.notes.MinSize().Height))
	w.notes.Move(fyne.NewPos(left, height))
}

// tint is a faint ground in the colour of a mark.
type tint struct {
	widget.BaseWidget
	name fyne.ThemeColorName
	rect *canvas.Rectangle
}

func newTint(m mark) *tint {
	t := &tint{rect: canvas.NewRectangle(nil)}
	switch m {
	case added, good:
		t.name = theme.ColorNameSuccess
	case removed, bad:
		t.name = theme.ColorNameError
	}
	t.ExtendBaseWidget(t)
	return t
}

func (t *tint) CreateRenderer() fyne.WidgetRenderer {
	t.paint()
	return widget.NewSimpleRenderer(t.rect)
}

// Refresh takes the theme's present colour.
func (t *tint) Refresh() {
	t.paint()
	t.BaseWidget.Refresh()
}

func (t *tint) paint() {
	t.rect.CornerRadius = 3
	if t.name == "" {
		t.rect.Hide()
		return
	}
	r, g, b, _ := t.Theme().Color(t.name, fyne.CurrentApp().Settings().ThemeVariant()).RGBA()
	t.rect.FillColor = rgba(r>>8<<16|g>>8<<8|b>>8, 0x1c)
}
