package ui

import (
	"net/url"
	"path/filepath"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"corsage/profiles"
)

// profileEditor is the right half of the Profiles window: every field of one
// profile and every toggle of the catalogue.
type profileEditor struct {
	p        *profilesWindow
	file     string
	item     profiles.Item
	readable bool              // the file has, or had, a good version
	d        *draft            // nil where it hasn't
	pending  int               // writes on their way
	refused  map[string]string // what the store found wrong at the last write, by field

	page              fyne.CanvasObject
	title             *widget.RichText
	state             *widget.RichText
	problem           *problemView
	moved             *fyne.Container
	notSaved          *fyne.Container
	why               *widget.RichText // in notSaved
	odd               *fyne.Container
	oddities          *widget.RichText // in odd
	wasDirty          bool
	remove, duplicate *widget.Button

	name     *field
	proxy    *field
	csrf     []*field
	backends *backendsView
	origins  *originsView
	toggles  *togglesView
	keep     *toggleSwitch
}

func newProfileEditor(p *profilesWindow, item profiles.Item) *profileEditor {
	e := &profileEditor{p: p, file: item.File, readable: item.Profile != nil}
	e.title, e.state = paragraphs(piece(styleTitle, " ", false)), wrapped(styleQuiet, " ")
	e.title.Wrapping, e.title.Truncation = fyne.TextWrapOff, fyne.TextTruncateEllipsis // the field has it whole
	e.problem = newProblemView(p)
	parts := []fyne.CanvasObject{e.problem.box}
	if e.readable {
		e.d = p.draftOf(item)
		e.notices()
		parts = append(parts, e.odd, e.moved, e.notSaved, e.general(), e.backendsSection(), e.originsSection())
		e.toggles = newTogglesView(e)
		parts = append(parts, e.toggles.sections...)
		parts = append(parts, e.csrfSection(), e.sessionSection())
	}
	body := stack(10, parts...)
	scroll := container.NewVScroll(margin(4, 16, 4, 8, body))
	e.page = container.NewBorder(container.NewVBox(e.header(), widget.NewSeparator()), nil, nil, nil, scroll)
	e.update(item)
	return e
}

// header is the profile's name and what can be done with it as a whole.
func (e *profileEditor) header() fyne.CanvasObject {
	e.duplicate = flatButton("Duplicate", theme.ContentCopyIcon(), func() { e.p.duplicate(e.file) })
	e.remove = flatButton("Delete", theme.DeleteIcon(), func() { e.p.remove(e.item) })
	open := flatButton("Open file", theme.DocumentIcon(), func() { e.p.openFile(e.file) })
	recipes := flatButton("Recipes", theme.ListIcon(), func() { e.p.ui.ShowRecipes(e.item.Profile.Name) })
	advice := flatButton("Advice", theme.QuestionIcon(), func() { e.p.ui.ShowAdvice(e.item.Profile.Name) })
	trust := flatButton("Trust", theme.ConfirmIcon(), func() { e.p.ui.ShowTrust(e.item.Profile.Name) })
	for _, b := range []fyne.CanvasObject{advice, recipes, trust} {
		showIf(e.readable, b)
	}
	buttons := container.NewHBox(advice, trust, recipes, e.duplicate, e.remove, open)
	return stack(0, margin(6, 0, 4, 8, stack(-16, e.title, e.state)), margin(0, 4, 0, 8, buttons))
}

// notices stand above the fields when something needs the user's eye.
func (e *profileEditor) notices() {
	e.moved = margin(0, 0, 8, 8, notice(panelWarning,
		wrapped(stylePlain, "The file changed outside while you were typing. What you typed is kept here and not written yet."),
		widget.NewButton("Use the file", e.discard)))
	e.why = wrapped(stylePlain, " ")
	e.notSaved = margin(0, 0, 8, 8, notice(panelDanger, e.why, widget.NewButton("Try again", e.commit)))
	e.oddities = wrapped(stylePlain, " ")
	e.odd = margin(0, 0, 8, 8, notice(panelWarning, e.oddities))
	for _, o := range []fyne.CanvasObject{e.moved, e.notSaved, e.odd} {
		o.Hide()
	}
}

func (e *profileEditor) general() fyne.CanvasObject {
	e.name = newField("name", "Name", "as the tray shows it", func() *string { return &e.d.name }, e.typed, e.commit, e.restore(func() { e.d.name = e.d.base.Name }))
	e.proxy = newField("proxy", "Proxy", "the environment's or the system's, or direct, or http://proxy.corp:3128", func() *string { return &e.d.proxy }, e.typed, e.commit, e.restore(func() { e.d.proxy = e.d.base.Proxy }))
	path := widget.NewLabel(e.file)
	path.Truncation, path.Selectable = fyne.TextTruncateEllipsis, true
	var copyPath *widget.Button
	copyPath = flatButton("Copy", theme.ContentCopyIcon(), func() { e.p.ui.copyBy(copyPath, e.file) })
	file := container.NewBorder(nil, nil, container.New(minWidth(fieldLabelWidth), widget.NewLabel("File")), copyPath, path)
	return section("Profile", "", nil, margin(8, 4, 8, 8, e.name.box), margin(8, 4, 8, 8, e.proxy.box), margin(2, 2, 8, 8, file))
}

func (e *profileEditor) csrfSection() fyne.CanvasObject {
	cookie := newField("csrf.cookie", "Cookie", "csrftoken", func() *string { return &e.d.csrf.Cookie }, e.typed, e.commit,
		e.restore(func() { e.d.csrf.Cookie = e.d.base.CSRF.Cookie }))
	header := newField("csrf.header", "Header", "X-CSRFToken", func() *string { return &e.d.csrf.Header }, e.typed, e.commit,
		e.restore(func() { e.d.csrf.Header = e.d.base.CSRF.Header }))
	e.csrf = []*field{cookie, header}
	return section("CSRF token names", "The cookie in which the backend keeps its token, and the header in which it wants it back. Empty fields stand for Django's names.", nil,
		margin(8, 4, 8, 8, cookie.box), margin(8, 4, 8, 8, header.box))
}

// update shows the item as it is now, keeping what was typed.
func (e *profileEditor) update(item profiles.Item) {
	e.item = item
	name, _ := describeItem(item)
	setText(e.title, styleTitle, name)
	e.problem.show(item)
	enableIf(item.Profile != nil && item.Err == nil, e.duplicate)
	enableIf(item.Profile != nil, e.remove)
	if !e.readable {
		setText(e.state, styleQuiet, "Corsage can't use this profile until the file is corrected.")
		return
	}
	e.p.draftOf(item) // names of the others
	if e.pending == 0 {
		e.d.rebase(item.Profile)
	}
	e.show()
}

// show brings all fields to the draft's state.
func (e *profileEditor) show() {
	good := e.item.Err == nil
	e.backends.show(e.d, good)
	e.origins.show(e.d, good)
	e.name.show(e.d.name)
	e.name.enable(good)
	e.proxy.show(e.d.proxy)
	e.proxy.enable(good)
	for i, v := range []string{e.d.csrf.Cookie, e.d.csrf.Header} {
		e.csrf[i].show(v)
		e.csrf[i].enable(good)
	}
	e.keep.SetOn(e.d.keep)
	enableIf(good, e.keep)
	e.toggles.show(e.item.Profile, good)
	showIf(good && len(e.item.Warnings) > 0, e.odd)
	setText(e.oddities, stylePlain, describeWarnings(e.item.Warnings))
	e.mark()
}

// mark validates the draft and says what is wrong at each field.
func (e *profileEditor) mark() {
	_, wrong := e.d.savable()
	wrong = e.d.toSay(wrong)
	for path, message := range e.refused {
		if wrong[path] == "" {
			wrong[path] = message
		}
	}
	for _, f := range e.fields() {
		f.mark(wrong[f.path])
	}
	e.backends.mark(wrong)
	e.origins.mark(wrong)
	showIf(e.d.moved, e.moved)
	if dirty := e.d.dirty(); dirty != e.wasDirty {
		e.wasDirty = dirty
		e.p.list.widget.Refresh()
	}
	switch {
	case e.item.Err != nil:
		setText(e.state, styleQuiet, "The last good version stays in use until the file is corrected.")
	case len(wrong) == 1:
		setText(e.state, styleWrong, "One field needs correction; it isn't saved yet.")
	case len(wrong) > 1:
		setText(e.state, styleWrong, "Some fields need correction; they aren't saved yet.")
	case e.d.dirty():
		setText(e.state, styleQuiet, "Press Enter or leave the field to save.")
	default:
		setText(e.state, styleQuiet, "All changes are saved in "+filepath.Base(e.file)+".")
	}
}

func (e *profileEditor) fields() []*field {
	all := append([]*field{e.name, e.proxy}, e.csrf...)
	all = append(all, e.backends.fields()...)
	return append(all, e.origins.fields...)
}

// typed is called after each change of a text.
func (e *profileEditor) typed() {
	e.refused = nil
	e.mark()
}

// restore is what Escape does in a field: set takes the file's text back.
func (e *profileEditor) restore(set func()) func() {
	return func() {
		set()
		e.show()
	}
}

// discard takes the file's version of everything.
func (e *profileEditor) discard() {
	e.d.reset(e.item.Profile)
	e.notSaved.Hide()
	e.show()
}

// commit writes what is right of the draft, if it differs from the file.
func (e *profileEditor) commit() {
	if e.item.Err != nil {
		return
	}
	base := cloneProfile(&e.d.base)
	mine, wrong := e.d.savable()
	if sameFields(&mine, &base) {
		e.mark()
		return
	}
	e.d.saved(&mine, wrong)
	e.pending++
	store, file := e.p.ui.Store, e.file
	e.p.enqueue(func() error {
		now, err := nameOf(store, file)
		if err != nil {
			return err
		}
		return store.Update(now.Name, merge(&base, &mine, &now))
	}, func(err error) {
		e.pending--
		showIf(err != nil, e.notSaved)
		e.refused = messagesOf(err)
		if err != nil {
			setText(e.why, stylePlain, "Not saved: "+err.Error())
			if item := e.p.item(file); item.Profile != nil {
				e.d.failed(item.Profile)
			}
		}
	})
	e.mark()
}

// openFile shows the profile's file in the desktop's editor for it.
func (p *profilesWindow) openFile(file string) {
	p.failed(p.ui.App.OpenURL(&url.URL{Scheme: "file", Path: filepath.ToSlash(file)}))
}

func enableIf(on bool, w fyne.Disableable) {
	if on {
		w.Enable()
	} else {
		w.Disable()
	}
}
