package ui

import (
	"context"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"corsage/proxy/authority/trust"
)

// trustWindow shows which trust stores of this machine have the profiles' roots,
// and puts them there or takes them out, by a click each. It belongs to the UI
// goroutine; the stores are looked at away from it.
type trustWindow struct {
	ui     *UI
	window fyne.Window

	profile string // whose root is shown; "" for all
	choice  *widget.Select
	again   *widget.Button
	busy    *widget.ProgressBarInfinite
	body    *fyne.Container

	looks   int // numbers them; the answer to an older one is dropped
	looking bool
	roots   []TrustRoot
	wrong   string        // why some may be missing
	found   []trust.Found // nil before the first look
	told    map[string]trustNews
	working string // the row that is being changed; "" for none
	rows    map[string]*trustRow
}

// trustNews is what came of the last change in a row.
type trustNews struct {
	text string
	bad  bool
}

// trustSize is what the window opens with; its text gets trustWidth wide at most.
var trustSize = fyne.NewSize(820, 700)

const trustWidth = 800

func newTrustWindow(u *UI) *trustWindow {
	w := &trustWindow{ui: u, window: u.App.NewWindow("Trust – Corsage"), body: stack(14), told: make(map[string]trustNews)}
	w.choice = widget.NewSelect(nil, func(name string) {
		if name == allProfiles {
			name = ""
		}
		if name != w.profile {
			w.profile = name
			w.refresh()
		}
	})
	w.again = flatButton("Look again", theme.ViewRefreshIcon(), w.look)
	w.busy = widget.NewProgressBarInfinite()
	w.busy.Stop()
	w.busy.Hide()
	help := wrapped(styleHelp, "A browser that Corsage opens trusts the certificates by itself. For your own browser, or for other programs, put a profile's certificate into the store that they read. It is good for the hosts of that profile alone; its key never leaves this machine.")
	head := stack(0, container.NewBorder(nil, nil, margin(0, 0, 8, 0, container.New(minWidth(220), w.choice)), w.again), help)
	w.window.SetContent(container.NewBorder(stack(0, container.New(centred(trustWidth), margin(10, 6, 8, 16, head)), w.busy), nil, nil, nil,
		container.NewVScroll(container.New(centred(trustWidth), margin(6, 16, 8, 16, w.body)))))
	w.window.SetPadded(false)
	w.window.Resize(trustSize)
	u.OnProfiles(func() {
		if u.isShown(w.window) {
			w.look()
		}
	})
	w.refresh()
	return w
}

// trustButton leads to the Trust window, of all profiles.
func (u *UI) trustButton() *widget.Button {
	return flatButton("Trust…", nil, func() { u.ShowTrust("") })
}

// of turns to a profile's root, or to all for "", and looks anew.
func (w *trustWindow) of(profile string) {
	w.profile = profile
	clear(w.told)
	w.refresh()
	w.look()
}

// look finds out how things stand, away from the UI goroutine. A change that is
// under way does so at its end: what is found before may be older than it.
func (w *trustWindow) look() {
	if w.working != "" {
		return
	}
	w.looks++
	look := w.looks
	w.looking = true
	w.again.Disable()
	if w.found == nil {
		w.busy.Show()
		w.busy.Start()
	}
	var (
		roots []TrustRoot
		found []trust.Found
	)
	w.ui.Background(func(ctx context.Context) (err error) {
		roots, err = w.ui.Trust.Roots()
		found = w.ui.Trust.Look(ctx)
		return err
	}, func(err error) {
		if look != w.looks {
			return
		}
		w.show(roots, found, err)
	})
}

// show takes over what a look found.
func (w *trustWindow) show(roots []TrustRoot, found []trust.Found, err error) {
	w.looking = false
	w.busy.Stop()
	w.busy.Hide()
	w.roots, w.found, w.wrong = roots, found, ""
	if found == nil {
		w.found = []trust.Found{}
	}
	if err != nil {
		w.wrong = sentence(err.Error())
	}
	w.refresh()
}

// shown are the roots of the chosen profile, or all.
func (w *trustWindow) shownRoots() []TrustRoot {
	if w.profile == "" {
		return w.roots
	}
	return slices.DeleteFunc(slices.Clone(w.roots), func(r TrustRoot) bool { return r.Name != w.profile })
}

// refresh draws everything anew.
func (w *trustWindow) refresh() {
	names := []string{allProfiles}
	for _, r := range w.roots {
		names = append(names, r.Name)
	}
	chosen := w.profile
	if chosen == "" {
		chosen = allProfiles
	}
	if !slices.Contains(names, chosen) {
		names = append(names, chosen)
	}
	w.choice.Options, w.choice.Selected = names, chosen
	w.choice.Refresh()
	enableIf(w.working == "" && !w.looking, w.again)
	w.body.RemoveAll()
	w.rows = make(map[string]*trustRow)
	defer w.body.Refresh()
	if w.found == nil {
		return
	}
	if w.wrong != "" {
		w.body.Add(margin(0, 0, 8, 8, notice(panelDanger, wrapped(stylePlain, w.wrong))))
	}
	roots := w.shownRoots()
	if len(roots) == 0 {
		text := "No profile has an https backend yet, so there is no certificate to trust. Plain http needs none."
		if w.profile != "" {
			text = "The profile “" + w.profile + "” has no https backend, so there is no certificate to trust. Plain http needs none."
		}
		w.body.Add(margin(0, 0, 8, 8, notice(panelInfo, wrapped(stylePlain, text))))
	}
	for _, r := range roots {
		w.body.Add(w.root(r))
	}
	if rest := w.rest(); rest != nil {
		w.body.Add(rest)
	}
}
