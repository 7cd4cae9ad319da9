package ui

import (
	"cmp"
	"errors"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// fieldLabelWidth keeps the entries of a form in line.
const fieldLabelWidth = 96

// commitEntry is a one-line entry that says when its text is final: on Enter,
// and when the focus leaves it. Escape gives the text back that it had.
type commitEntry struct {
	widget.Entry
	onCommit func()
	onEscape func()
}

var _ desktop.Keyable = (*commitEntry)(nil)

func newCommitEntry() *commitEntry {
	e := &commitEntry{}
	e.Wrapping = fyne.TextWrapOff
	e.Scroll = container.ScrollHorizontalOnly
	e.AlwaysShowValidationError = true
	e.ExtendBaseWidget(e)
	e.OnSubmitted = func(string) { e.commit() }
	return e
}

func (e *commitEntry) commit() {
	if e.onCommit != nil {
		e.onCommit()
	}
}

func (e *commitEntry) FocusLost() {
	e.Entry.FocusLost()
	e.commit()
}

func (e *commitEntry) TypedKey(k *fyne.KeyEvent) {
	if k.Name == fyne.KeyEscape && e.onEscape != nil {
		e.onEscape()
		return
	}
	e.Entry.TypedKey(k)
}

// field is a labelled entry with a line below it that says what is wrong.
type field struct {
	label string
	path  string // as in profiles' errors, such as "backends[0].url"
	entry *commitEntry
	wrong *widget.RichText
	below *fyne.Container // holds wrong; hidden with it
	box   *fyne.Container
}

// newField makes the field that edits what value points to, which is asked at
// each use: the draft's lists move in memory. typed is called on each change of
// the text, commit when it is final, undo on Escape.
func newField(path, label, hint string, value func() *string, typed, commit, undo func()) *field {
	f := &field{label: label, path: path, entry: newCommitEntry(), wrong: wrapped(styleWrong, " ")}
	f.wrong.Hide()
	f.entry.SetPlaceHolder(hint)
	f.entry.SetText(*value())
	f.entry.OnChanged = func(s string) { *value() = s; typed() }
	f.entry.onCommit, f.entry.onEscape = commit, undo
	line := fyne.CanvasObject(f.entry)
	if label != "" {
		l := widget.NewLabel(label)
		line = container.NewBorder(nil, nil, container.New(minWidth(fieldLabelWidth), l), nil, f.entry)
	}
	left := float32(0)
	if label != "" {
		left = fieldLabelWidth + 4
	}
	f.below = margin(0, 0, left, 0, f.wrong)
	f.below.Hide()
	f.box = stack(-4, line, f.below)
	return f
}

// show writes value into the entry unless it already says so, which would move the cursor.
func (f *field) show(value string) {
	if f.entry.Text != value {
		changed := f.entry.OnChanged
		f.entry.OnChanged = nil
		f.entry.SetText(value)
		f.entry.OnChanged = changed
	}
}

// mark shows what is wrong, or that nothing is.
func (f *field) mark(message string) {
	message = f.say(message)
	setText(f.wrong, styleWrong, message)
	showIf(message != "", f.below)
	var err error
	if message != "" {
		err = errors.New(message)
	}
	f.entry.SetValidationError(err)
}

// say makes a sentence of a message, which may lack its subject.
func (f *field) say(message string) string {
	if rest, ok := strings.CutPrefix(message, "is "); ok {
		message = cmp.Or(f.label, "It") + " is " + rest
	}
	return sentence(message)
}

func (f *field) enable(on bool) {
	if on {
		f.entry.Enable()
	} else {
		f.entry.Disable()
	}
}

// minWidth is a layout that gives its object at least so much width.
type minWidth float32

func (w minWidth) MinSize(objects []fyne.CanvasObject) fyne.Size {
	s := objects[0].MinSize()
	return fyne.NewSize(max(s.Width, float32(w)), s.Height)
}

func (w minWidth) Layout(objects []fyne.CanvasObject, size fyne.Size) { objects[0].Resize(size) }
