package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// filterEntry is the filter's field. Escape empties it, then leaves it; the
// window's shortcuts work in it as well.
type filterEntry struct {
	widget.Entry
	log *logWindow
}

func newFilterEntry(l *logWindow) *filterEntry {
	e := &filterEntry{log: l}
	e.ExtendBaseWidget(e)
	return e
}

func (e *filterEntry) TypedKey(k *fyne.KeyEvent) {
	switch {
	case k.Name == fyne.KeyEscape && e.Text != "":
		e.SetText("")
	case k.Name == fyne.KeyEscape, k.Name == fyne.KeyDown:
		e.log.focusList()
	default:
		e.Entry.TypedKey(k)
	}
}

func (e *filterEntry) TypedShortcut(s fyne.Shortcut) {
	if custom, ok := s.(*desktop.CustomShortcut); ok && custom.Modifier == fyne.KeyModifierShortcutDefault {
		for _, own := range logShortcuts {
			if own.key == custom.KeyName {
				own.do(e.log)
				return
			}
		}
	}
	e.Entry.TypedShortcut(s)
}
