package ui

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"corsage/assets"
	"corsage/profiles"
)

// welcomeSize is what the First-start window opens with.
var welcomeSize = fyne.NewSize(760, 620)

// welcomeWidth is how wide its text gets at most.
const welcomeWidth = 640

// welcomeWindow leads from a backend's URL to an opened browser, in three steps.
// It belongs to the UI goroutine.
type welcomeWindow struct {
	ui     *UI
	window fyne.Window

	step   int // 0, 1 or 2
	steps  *widget.RichText
	page   *fyne.Container // the step's content
	foot   *fyne.Container // its buttons
	scroll *container.Scroll

	backend, site string // as typed
	plan          *plan  // nil while something typed is wrong
	made          string // name of the profile that this window made, if it did
	busy          bool   // a write or a start is on its way

	first  *welcomeFirst
	review fyne.CanvasObject
	launch *welcomeLaunch
}

// newWelcomeWindow makes the window; UI.ShowWelcome shows it.
func newWelcomeWindow(u *UI) fyne.Window { return openWelcome(u).window }

func openWelcome(u *UI) *welcomeWindow {
	w := &welcomeWindow{ui: u, window: u.App.NewWindow("Welcome – Corsage"), site: defaultSite}
	w.steps = paragraphs(piece(stylePlain, " ", false))
	w.page, w.foot = container.NewStack(), container.NewHBox()
	w.scroll = container.NewVScroll(container.New(centred(welcomeWidth), margin(8, 16, 16, 16, w.page)))
	logo := canvas.NewImageFromResource(fyne.NewStaticResource("icon.png", assets.Icon()))
	logo.FillMode = canvas.ImageFillContain
	logo.SetMinSize(fyne.NewSquareSize(32))
	head := container.New(centred(welcomeWidth), margin(20, 8, 16, 24, container.NewBorder(nil, nil, nil, logo, w.steps)))
	foot := stack(0, widget.NewSeparator(), container.New(centred(welcomeWidth), margin(10, 10, 24, 24, w.foot)))
	w.window.SetContent(container.NewBorder(head, foot, nil, nil, w.scroll))
	w.window.SetPadded(false)
	w.window.Resize(welcomeSize)
	w.first = newWelcomeFirst(w)
	w.launch = newWelcomeLaunch(w)
	u.OnProfiles(w.launch.refresh)
	w.show(0)
	return w
}

// show turns to a step.
func (w *welcomeWindow) show(step int) {
	w.step = step
	var segments []widget.RichTextSegment
	for i, name := range []string{"1  Backend", "2  Review", "3  Browser"} {
		style := styleQuiet
		if i == step {
			style = styleChanged
		}
		if i > 0 {
			segments = append(segments, piece(styleQuiet, "     ›     ", true))
		}
		segments = append(segments, piece(style, name, true))
	}
	w.steps.Segments = segments
	w.steps.Refresh()
	var page fyne.CanvasObject
	switch step {
	case 0:
		page = w.first.page
	case 1:
		page = w.review
	case 2:
		w.launch.refresh()
		page = w.launch.page
	}
	w.page.Objects = []fyne.CanvasObject{page}
	w.page.Refresh()
	w.scroll.ScrollToTop()
	w.buttons()
	if step == 0 {
		w.window.Canvas().Focus(w.first.backend.entry)
	}
}

// buttons puts the step's buttons at the foot: on the left the way aside, on the
// right the way on.
func (w *welcomeWindow) buttons() {
	next := widget.NewButtonWithIcon("", theme.NavigateNextIcon(), nil)
	next.Importance, next.IconPlacement = widget.HighImportance, widget.ButtonIconTrailingText
	back := widget.NewButtonWithIcon("Back", theme.NavigateBackIcon(), func() { w.show(w.step - 1) })
	var left fyne.CanvasObject = back
	switch w.step {
	case 0:
		left = flatButton("Try the demo instead", theme.MediaPlayIcon(), w.demo)
		showIf(w.ui.Demo != nil, left)
		next.SetText("Create profile")
		next.OnTapped = w.create
		enableIf(w.plan != nil && !w.busy, next)
	case 1:
		next.SetText("Choose a browser")
		next.OnTapped = func() { w.show(2) }
	case 2:
		next.SetText("Show the request log")
		next.OnTapped = w.finish
		next.Importance = widget.MediumImportance // the browser's button is the way on
	}
	w.foot.Objects = []fyne.CanvasObject{left, layout.NewSpacer(), next}
	w.foot.Refresh()
}

// create makes the profile, or changes the one that it made before, enables it
// and turns to the review.
func (w *welcomeWindow) create() {
	if w.plan == nil || w.busy {
		return
	}
	p, before, store := w.plan.profile, w.made, w.ui.Store
	w.working(true)
	w.ui.Background(func(context.Context) error {
		if err := storePlan(store, before, p); err != nil {
			return err
		}
		return store.SetEnabled(p.Name, true)
	}, func(err error) {
		w.working(false)
		if err != nil {
			w.ui.FailIn(w.window, err)
			return
		}
		w.made = p.Name
		w.review = newWelcomeReview(w, p)
		w.show(1)
	})
}

// storePlan creates p, or updates the profile called before if there is one.
func storePlan(store *profiles.Store, before string, p profiles.Profile) error {
	for _, name := range namesOf(store.Items()) {
		if name == before {
			return store.Update(before, p)
		}
	}
	return store.Create(p)
}

func (w *welcomeWindow) working(on bool) {
	w.busy = on
	w.buttons()
}

// demo starts the demo and opens its page in the first browser found.
func (w *welcomeWindow) demo() {
	if w.busy {
		return
	}
	b, ok := w.ui.Browser()
	if !ok {
		w.ui.FailIn(w.window, errNoBrowser)
		return
	}
	w.working(true)
	w.ui.Background(func(ctx context.Context) error {
		url, err := w.ui.Demo(ctx)
		if err != nil {
			return err
		}
		return w.ui.Launch(ctx, b, Visit{Temporary: true, URL: url})
	}, w.done)
}

// done follows an attempt to open a browser.
func (w *welcomeWindow) done(err error) {
	w.working(false)
	if err != nil {
		w.ui.FailIn(w.window, err)
		return
	}
	w.finish()
}

// finish shows the request log, and puts this window away as it was at first.
func (w *welcomeWindow) finish() {
	w.ui.ShowLog()
	w.ui.Hide(w.window)
	w.made, w.backend, w.site = "", "", defaultSite
	w.first.backend.show("")
	w.first.site.show(defaultSite)
	w.first.preset.reset()
	w.first.typed()
	w.show(0)
}

// centred is a layout that gives its object at most so much width, in the middle.
type centred float32

func (c centred) MinSize(objects []fyne.CanvasObject) fyne.Size { return objects[0].MinSize() }

func (c centred) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	width := min(size.Width, float32(c))
	objects[0].Move(fyne.NewPos((size.Width-width)/2, 0))
	objects[0].Resize(fyne.NewSize(width, size.Height))
}
