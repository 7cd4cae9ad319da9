package ui

import (
	"errors"
	"net/http"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"corsage/profiles"
	"corsage/proxy/record/filter"
)

// filterEntry is the filter's field. Escape empties it, then leaves it; Tab
// completes its last word; the window's shortcuts work in it as well.
type filterEntry struct {
	widget.Entry
	log     *logWindow
	focused bool
	// applied is the text of the filter that is set: while Text has a fault, the one
	// before.
	applied string
}

func newFilterEntry(l *logWindow) *filterEntry {
	e := &filterEntry{log: l}
	e.ExtendBaseWidget(e)
	e.SetPlaceHolder("Filter: words, status-code:404, is:blocked, -method:OPTIONS (Ctrl+F)")
	e.Icon = theme.SearchIcon()
	help := quietButton("", theme.QuestionIcon(), nil)
	help.OnTapped = func() { showFilterHelp(l.window.Canvas(), help) }
	e.ActionItem = help
	e.OnChanged = func(string) { e.changed() }
	return e
}

// changed sets the filter, or keeps the one that is set where the text has a fault.
// While the last word may become a key, the others alone count: or the list would be
// empty until the key is written.
func (e *filterEntry) changed() {
	text := e.Text
	if all := e.completions(); e.focused && len(all) > 0 && !strings.Contains(text[lastWord(text):], ":") {
		text = text[:lastWord(text)]
	}
	if f, err := filter.Parse(text); err == nil {
		e.applied = text
		e.log.feed.setFilter(f)
	}
	e.log.hint.show(e)
}

// completions are what the last word could become.
func (e *filterEntry) completions() []filter.Completion {
	return filter.Complete(e.Text, e.log.filterValues)
}

// fault is what is wrong with the text; nil if nothing is, but for a last word that
// is only half written.
func (e *filterEntry) fault() *filter.Error {
	_, err := filter.Parse(e.Text)
	var f *filter.Error
	errors.As(err, &f)
	return f
}

// AcceptsTab says that Tab does something here; where nothing is to be completed, it
// leads on to the next widget.
func (e *filterEntry) AcceptsTab() bool { return len(e.completions()) > 0 }

func (e *filterEntry) TypedKey(k *fyne.KeyEvent) {
	switch {
	case k.Name == fyne.KeyEscape && e.Text != "":
		e.SetText("")
	case k.Name == fyne.KeyEscape, k.Name == fyne.KeyDown:
		e.log.focusList()
	case k.Name == fyne.KeyTab:
		e.complete()
	default:
		e.Entry.TypedKey(k)
	}
}

// complete takes the first completion.
func (e *filterEntry) complete() {
	if all := e.completions(); len(all) > 0 {
		e.SetText(all[0].Text)
		e.CursorColumn = len([]rune(all[0].Text))
		e.Refresh()
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

func (e *filterEntry) FocusGained() {
	e.focused = true
	e.Entry.FocusGained()
	e.changed()
}

func (e *filterEntry) FocusLost() {
	e.focused = false
	e.Entry.FocusLost()
	e.changed() // its last word has ended
}

// filterValues are what Corsage knows to complete a key of the filter with.
func (l *logWindow) filterValues(key string) (values []string) {
	switch key {
	case "method":
		return []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions, http.MethodHead}
	case "profile":
		for _, item := range l.ui.Store.Items() {
			if item.Profile != nil {
				values = append(values, item.Profile.Name)
			}
		}
	case "toggle":
		for _, m := range profiles.Catalog() {
			values = append(values, m.Name)
		}
	}
	return values
}

// lastWord is where the last word of a text begins.
func lastWord(text string) int { return strings.LastIndexAny(text, " \t") + 1 }
