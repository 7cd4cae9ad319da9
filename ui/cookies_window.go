package ui

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"corsage/proxy/session"
)

// cookiesWindow shows what the held sessions hold: the cookies of each profile
// and browser, live, and the details of the selected one. Values are hidden until
// asked for, one at a time.
type cookiesWindow struct {
	ui     *UI
	window fyne.Window

	profile string // whose are shown; "" for all
	count   int
	choice  *widget.Select
	total   *widget.Label
	clear   *widget.Button
	list    *cookieList
	table   fyne.CanvasObject
	split   *container.Split
	body    *fyne.Container
	empty   *fyne.Container
	why     *widget.Label // in empty

	details *headerTable
	reveal  *widget.Button
	shown   cookieID // whose value is shown
}

// allProfiles is the choice of no single one.
const allProfiles = "All profiles"

// Between two looks at what is held, at least and at most.
const (
	cookiesPace  = 100 * time.Millisecond
	cookiesAgain = 5 * time.Second // ends come nearer
)

func newCookiesWindow(u *UI) *cookiesWindow {
	w := &cookiesWindow{ui: u, window: u.App.NewWindow("Held cookies – Corsage"), total: widget.NewLabel(""), why: widget.NewLabel("")}
	w.choice = widget.NewSelect(nil, func(name string) {
		if name == allProfiles {
			name = ""
		}
		if name != w.profile {
			w.of(name)
		}
	})
	w.clear = quietButton("Clear all", theme.DeleteIcon(), w.askClear)
	bar := container.NewBorder(nil, nil, container.New(minWidth(220), w.choice), w.clear, container.NewVBox(layout.NewSpacer(), quietly(w.total), layout.NewSpacer()))
	w.list = newCookieList(w.showDetails, w.remove)
	header := container.NewStack(newStrip(), newCookieRowWidget())
	w.table = container.NewBorder(header, nil, nil, nil, container.NewThemeOverride(w.list, compact{padding: 1, inner: 3}))
	w.split = container.NewVSplit(container.NewStack(), w.detailPane())
	w.split.Offset = 0.42
	w.empty = w.emptyPage()
	w.body = container.NewStack(w.empty)
	w.window.SetContent(container.NewBorder(inset(6, rowInset, bar), nil, nil, nil, w.body))
	w.window.SetPadded(false)
	w.window.Resize(fyne.NewSize(1000, 620))
	w.window.Canvas().SetOnTypedKey(w.list.TypedKey)
	w.refresh()
	return w
}

func (w *cookiesWindow) detailPane() fyne.CanvasObject {
	w.details = newHeaderTable()
	w.reveal = quietButton("Show value", theme.VisibilityIcon(), w.toggleValue)
	copyValue := quietButton("Copy value", theme.ContentCopyIcon(), func() {
		if r := w.list.find(); r != nil {
			w.ui.Copy(r.Value)
		}
	})
	remove := quietButton("Remove", theme.DeleteIcon(), w.remove)
	hide := quietButton("", theme.CancelIcon(), func() { w.list.pick(nil) })
	buttons := container.NewBorder(nil, nil, container.NewHBox(w.reveal, copyValue, remove), hide)
	return container.NewBorder(inset(2, rowInset, buttons), nil, nil, nil, inset(0, rowInset, w.details.scroll))
}

func (w *cookiesWindow) emptyPage() *fyne.Container {
	title := widget.NewLabel("No cookies are held")
	title.SizeName = theme.SizeNameSubHeadingText
	title.TextStyle.Bold = true
	title.Alignment, w.why.Alignment = fyne.TextAlignCenter, fyne.TextAlignCenter
	return container.NewCenter(container.NewVBox(title, quietly(w.why)))
}

// start follows what is held until the UI is closed.
func (w *cookiesWindow) start() {
	w.ui.running.Go(func() { w.follow(w.ui.ctx) })
}

// follow refreshes the window after changes, at most ten times a second.
func (w *cookiesWindow) follow(ctx context.Context) {
	profilesChanged, cancel := w.ui.Store.Subscribe()
	defer cancel()
	dirty := make(chan struct{}, 1)
	following := make(map[*session.Store]context.CancelFunc)
	var forwarding sync.WaitGroup
	defer forwarding.Wait()
	tick := time.NewTicker(cookiesAgain)
	defer tick.Stop()
	for {
		gone := following
		following = make(map[*session.Store]context.CancelFunc)
		for _, item := range w.ui.Store.Items() {
			switch s := item.Session; {
			case s == nil:
			case gone[s] != nil:
				following[s] = gone[s]
				delete(gone, s)
			default:
				each, stop := context.WithCancel(ctx)
				following[s] = stop
				forwarding.Go(func() { forward(each, s, dirty) })
			}
		}
		for _, stop := range gone {
			stop()
		}
		w.ui.do(w.refresh)
		select {
		case <-ctx.Done():
		case <-profilesChanged:
		case <-dirty:
		case <-tick.C:
		}
		select {
		case <-ctx.Done():
			for _, stop := range following {
				stop()
			}
			return
		case <-time.After(cookiesPace):
		}
	}
}

// forward passes the wake-ups of a session on, until ctx ends.
func forward(ctx context.Context, s *session.Store, dirty chan<- struct{}) {
	wake, cancel := s.Subscribe()
	defer cancel()
	for {
		select {
		case <-ctx.Done():
			return
		case <-wake:
		}
		select {
		case dirty <- struct{}{}:
		default:
		}
	}
}

// of shows one profile's cookies, or those of all for "".
func (w *cookiesWindow) of(profile string) {
	w.profile = profile
	w.refresh()
}

// refresh shows what is held now.
func (w *cookiesWindow) refresh() {
	items := w.ui.Store.Items()
	names := []string{allProfiles}
	holding := false
	for _, item := range items {
		if item.Profile != nil {
			names = append(names, item.Profile.Name)
			holding = holding || item.Profile.On("hold-session") && (w.profile == "" || w.profile == item.Profile.Name)
		}
	}
	if w.profile != "" && !slices.Contains(names, w.profile) {
		w.profile = "" // it was deleted, or has another name
	}
	if !slices.Equal(w.choice.Options, names) {
		w.choice.SetOptions(names)
	}
	w.choice.SetSelected(cmp.Or(w.profile, allProfiles))
	var rows []cookieRow
	rows, w.count = cookieRows(items, w.profile)
	w.why.SetText("What the backends set, and what their own pages send, appears here as it happens.\nLog in on a page that goes through Corsage.")
	if !holding {
		w.why.SetText("“Hold the session” is off, so nothing is learned here.")
	}
	w.total.SetText(quantity(w.count, "cookie"))
	enableIf(w.count > 0, w.clear)
	w.list.show(rows, time.Now())
	w.arrange()
}

// arrange puts in place what there is to show.
func (w *cookiesWindow) arrange() {
	want := fyne.CanvasObject(w.split)
	switch {
	case w.count == 0:
		want = w.empty
	case w.list.find() == nil:
		want = w.table
	}
	if w.body.Objects[0] == want {
		return
	}
	if want == fyne.CanvasObject(w.split) {
		w.split.Leading = w.table
		w.split.Refresh()
	}
	w.body.Objects = []fyne.CanvasObject{want}
	w.body.Refresh()
}

// showDetails opens the details of a row, or closes them. A value that was shown
// is hidden again with the next one.
func (w *cookiesWindow) showDetails(r *cookieRow) {
	if r == nil || r.id != w.shown {
		w.shown = cookieID{}
	}
	if r != nil {
		shown := w.shown == r.id
		label, icon := "Show value", theme.VisibilityIcon()
		if shown {
			label, icon = "Hide value", theme.VisibilityOffIcon()
		}
		w.reveal.SetText(label)
		w.reveal.SetIcon(icon)
		w.details.show(heldCookieLines(r, shown, w.list.now), "", false)
	}
	w.arrange()
}

func (w *cookiesWindow) toggleValue() {
	r := w.list.find()
	if r == nil {
		return
	}
	if w.shown == r.id {
		w.shown = cookieID{}
	} else {
		w.shown = r.id
	}
	w.showDetails(r)
}

// remove forgets the selected cookie.
func (w *cookiesWindow) remove() {
	if r := w.list.find(); r != nil {
		id := r.id
		w.forget([]string{id.profile}, func(userAgent string, c *session.Cookie) bool { return idOf(id.profile, userAgent, c) == id })
	}
}

// askClear forgets all that is shown, once that is confirmed.
func (w *cookiesWindow) askClear() {
	whose := "of all profiles"
	names := slices.DeleteFunc(slices.Clone(w.choice.Options), func(s string) bool { return s == allProfiles })
	if w.profile != "" {
		whose, names = fmt.Sprintf("of “%s”", w.profile), []string{w.profile}
	}
	text := widget.NewLabel(fmt.Sprintf("Corsage forgets the %s %s, on the disk too, and pages may have to log in again. The browsers' own cookies stay.", quantity(w.count, "cookie"), whose))
	text.Wrapping = fyne.TextWrapWord
	d := dialog.NewCustomConfirm("Clear all", "Clear", "Cancel", text, func(yes bool) {
		if yes {
			w.forget(names, nil)
		}
	}, w.window)
	d.Resize(fyne.NewSize(440, 160))
	d.Show()
}

// forget drops the cookies of the profiles that match, away from the UI goroutine.
func (w *cookiesWindow) forget(names []string, match func(string, *session.Cookie) bool) {
	w.ui.Background(func(context.Context) error {
		for _, name := range names {
			if _, err := w.ui.Store.Forget(name, match); err != nil {
				return err
			}
		}
		return nil
	}, func(err error) {
		if err != nil {
			w.ui.FailIn(w.window, err)
		}
		w.refresh()
	})
}
