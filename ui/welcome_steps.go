package ui

import (
	"context"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"corsage/profiles"
	"corsage/proxy/browser"
)

// headline is a step's title and the sentence below it.
func headline(title, text string) fyne.CanvasObject {
	return paragraphs(piece(styleHeadline, title, false), piece(stylePlain, text, false))
}

var styleHeadline = textStyle(theme.SizeNameHeadingText, theme.ColorNameForeground, true)

// welcomeFirst is the first step: two addresses.
type welcomeFirst struct {
	w             *welcomeWindow
	page          fyne.CanvasObject
	backend, site *field
	preset        *presetChoice
	outcome       *widget.RichText
	box           *fyne.Container // round outcome
}

func newWelcomeFirst(w *welcomeWindow) *welcomeFirst {
	f := &welcomeFirst{w: w, outcome: wrapped(stylePlain, " ")}
	none := func() {}
	f.backend = newField("backend", "Backend", "https://dev.example.com", func() *string { return &w.backend }, f.typed, none, none)
	f.site = newField("site", "Your page", defaultSite, func() *string { return &w.site }, f.typed, none, none)
	for _, e := range []*commitEntry{f.backend.entry, f.site.entry} {
		e.OnSubmitted = func(string) { w.create() }
	}
	f.preset = newPresetChoice(f.typed)
	paste := widget.NewButtonWithIcon("Paste", theme.ContentPasteIcon(), func() {
		f.backend.entry.SetText(strings.TrimSpace(w.ui.App.Clipboard().Content()))
	})
	form := newPanel(panelPlain, divided(
		margin(10, 6, 8, 8, container.NewBorder(nil, nil, nil, container.NewVBox(paste), f.backend.box)),
		margin(6, 6, 8, 8, f.preset.box),
		margin(6, 10, 8, 8, f.site.box)))
	f.box = margin(0, 0, 8, 8, notice(panelInfo, f.outcome))
	f.page = stack(12,
		headline("Which backend does your page need?",
			"Paste the address of the shared backend: any page of it will do. Corsage makes your page's calls to it work, login included, without changing the backend."),
		margin(0, 0, 8, 8, form), f.box)
	f.typed()
	return f
}

// typed checks both addresses and says what will come of them.
func (f *welcomeFirst) typed() {
	w := f.w
	items := w.ui.Store.Items()
	if w.made != "" { // the name of the profile made a step ago is free for itself
		items = withoutName(items, w.made)
	}
	p, backendErr, siteErr := newPlan(w.backend, w.site, items)
	if p != nil {
		f.preset.applyTo(&p.profile)
	}
	w.plan = p
	f.backend.mark(messageOf(backendErr))
	f.site.mark(messageOf(siteErr))
	showIf(p != nil, f.box)
	if p != nil {
		setText(f.outcome, stylePlain, p.describe())
	}
	if w.step == 0 {
		w.buttons()
	}
}

func messageOf(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func withoutName(items []profiles.Item, name string) []profiles.Item {
	var rest []profiles.Item
	for _, i := range items {
		if i.Profile == nil || i.Profile.Name != name {
			rest = append(rest, i)
		}
	}
	return rest
}

// newWelcomeReview is the second step: what the profile just made allows.
func newWelcomeReview(w *welcomeWindow, p profiles.Profile) fyne.CanvasObject {
	rows := []fyne.CanvasObject{
		fact("Backend", p.Backends[0].URL, "Only requests to it are decrypted and changed."),
		fact("Pages", "On "+describeOrigins(&p), "A page of any other origin gets nothing: neither answers nor your session."),
	}
	var groups []string
	labels := map[string][]string{}
	for _, m := range profiles.Catalog() {
		if !slices.Contains(groups, m.Group) {
			groups = append(groups, m.Group)
		}
		if p.On(m.Name) {
			labels[m.Group] = append(labels[m.Group], strings.ToLower(m.Label[:1])+m.Label[1:])
		}
	}
	for _, g := range groups {
		if len(labels[g]) == 0 {
			continue
		}
		rows = append(rows, fact(g, sentence(strings.Join(labels[g], ", ")), ""))
	}
	details := widget.NewButtonWithIcon("Change details", theme.SettingsIcon(), w.ui.ShowProfiles)
	return stack(12,
		headline("The profile “"+p.Name+"” is on",
			"This is what it allows. All of it can be switched, now or later, and takes effect at once."),
		margin(0, 0, 8, 8, newPanel(panelPlain, divided(rows...))),
		margin(0, 0, 8, 8, container.NewHBox(details)))
}

// fact is a row with a name on the left and what it is on the right.
func fact(name, value, help string) fyne.CanvasObject {
	text := paragraphs(piece(stylePlain, value, false))
	if help != "" {
		text = paragraphs(piece(stylePlain, value, false), piece(styleHelp, help, false))
	}
	label := container.NewVBox(container.New(minWidth(fieldLabelWidth), paragraphs(piece(styleLabel, name, false))))
	return margin(2, 2, 8, 8, container.NewBorder(nil, nil, label, nil, text))
}

// welcomeLaunch is the third step: a browser, or the proxy's addresses.
type welcomeLaunch struct {
	w     *welcomeWindow
	page  fyne.CanvasObject
	list  *fyne.Container
	shown string // the browsers listed
	local *loopbackNotice
}

func newWelcomeLaunch(w *welcomeWindow) *welcomeLaunch {
	l, u := &welcomeLaunch{w: w, list: stack(0), local: newLoopbackNotice(w.ui)}, w.ui
	l.page = stack(12,
		headline("Open your page", "A browser opens in a profile of its own, which goes through Corsage and trusts its certificates. It is kept, with your logins and what you set in DevTools; nothing of your own browser profile is read or changed."),
		margin(0, 0, 8, 8, newPanel(panelPlain, l.list)),
		section("Or set up a browser of your own", "Give it the proxy, or the PAC file that sends only your backends there, and have it trust the certificate. It is made for this machine alone; its key never leaves it.", u.trustButton(),
			addressRow(u, "Proxy", u.Addr), addressRow(u, "PAC file", u.PACURL), addressRow(u, "Certificate", u.CertPath)),
		l.local.box)
	l.refresh()
	return l
}

// refresh lists the browsers that were found by now.
func (l *welcomeLaunch) refresh() {
	l.local.show(l.w.ui.loopbacks())
	site := l.site()
	titles := browser.Titles(l.w.ui.browsers)
	key := site
	for i, b := range l.w.ui.browsers {
		key += "\n" + titles[i] + b.Version + b.Obstacle
	}
	if key == l.shown {
		return
	}
	l.shown = key
	var rows []fyne.CanvasObject
	best, _ := l.w.ui.Browser()
	for i, b := range l.w.ui.browsers {
		rows = append(rows, browserRow(titles[i], b, b == best, "opens "+site, func() { l.open(b) }))
	}
	if len(rows) == 0 {
		rows = append(rows, margin(2, 2, 8, 8, wrapped(stylePlain, "No browser was found that Corsage can open. Install Chromium, Chrome, Edge, Brave or Firefox, or set up your own as below.")))
	}
	l.list.Objects = divided(rows...).Objects
	l.list.Refresh()
}

// site is the page to open.
func (l *welcomeLaunch) site() string {
	if l.w.plan == nil {
		return defaultSite
	}
	return l.w.plan.site
}

// open starts b on the page, then shows the request log.
func (l *welcomeLaunch) open(b browser.Browser) {
	w, site, profile := l.w, l.site(), l.w.made
	if w.busy {
		return
	}
	w.working(true)
	w.ui.Background(func(ctx context.Context) error {
		if err := w.ui.Launch(ctx, b, Visit{Profile: profile, URL: site}); err != nil {
			return notOpened(b, err)
		}
		return nil
	}, w.done)
}
