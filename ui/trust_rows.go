package ui

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"corsage/proxy/authority/trust"
)

// The looks of what a store makes of a root.
var (
	styleTrusted  = textStyle(theme.SizeNameCaptionText, theme.ColorNameSuccess, true)
	styleOutdated = textStyle(theme.SizeNameCaptionText, theme.ColorNameWarning, true)
	styleMissing  = textStyle(theme.SizeNameCaptionText, theme.ColorNamePlaceHolder, true)
	styleUnknown  = textStyle(theme.SizeNameCaptionText, theme.ColorNameError, true)
)

// trustRow is one store under a root, with what can be done there.
type trustRow struct {
	commands, act *widget.Button // nil where there is nothing to do
}

// trustChange is what a button would do.
type trustChange struct {
	key   string // of the row
	title string // of the commands, such as "Install in System"
	verb  string // on the button
	plan  trust.Plan
	do    func(context.Context) error
	after string // what to know when it is done
}

// root is a section: a profile's root, and each store.
func (w *trustWindow) root(r TrustRoot) fyne.CanvasObject {
	copyPath := flatButton("Copy path", theme.ContentCopyIcon(), nil)
	copyPath.OnTapped = func() { w.ui.copyBy(copyPath, r.Root.Path) }
	facts := paragraphs(piece(stylePlain, "Good for "+goodFor(r.Hosts), false),
		piece(styleHelp, "Until "+r.Until.Local().Format(time.DateOnly)+". Its SHA-256 is", false), piece(styleHelp, r.Fingerprint, false))
	rows := []fyne.CanvasObject{margin(2, 2, 8, 8, container.NewBorder(nil, nil, nil, container.NewCenter(copyPath), facts))}
	if r.Renewed != "" {
		rows = append(rows, margin(6, 6, 10, 10, notice(panelWarning, wrapped(stylePlain, r.Renewed))))
	}
	for i := range w.found {
		rows = append(rows, w.store(r, &w.found[i]))
	}
	return section(r.Name, "", nil, rows...)
}

// goodFor lists the hosts of a root: a name stands for all below it too.
func goodFor(hosts []string) string {
	text := strings.Join(hosts, ", ")
	if slices.ContainsFunc(hosts, func(h string) bool { return net.ParseIP(h) == nil }) {
		text += ", and the names below"
	}
	return text
}

// store is the row of one store under a root.
func (w *trustWindow) store(r TrustRoot, f *trust.Found) fyne.CanvasObject {
	c := trustChange{key: f.ID + "\n" + r.Name, after: f.Note}
	state := f.State(r.Profile)
	style := styleMissing
	switch state {
	case trust.Trusted:
		style = styleTrusted
		held := f.Of(r.Profile)
		c.title, c.verb, c.plan = "Remove from "+f.Name, "Remove", f.Removing(held)
		c.do = func(ctx context.Context) error { return f.Untrust(ctx, held) }
	case trust.Unknown:
		style = styleUnknown
	case trust.Outdated:
		style = styleOutdated
		fallthrough
	default:
		c.title, c.verb, c.plan = "Install in "+f.Name, "Install", f.Trusting(r.Profile)
		c.do = func(ctx context.Context) error { return f.Trust(ctx, r.Profile) }
	}
	text := string(state)
	if state == trust.Outdated {
		text = "trusts an earlier certificate of this profile, and not this one"
	}
	more := "Read by " + f.Clients + "."
	if f.Shared {
		more += " A change needs root."
	}
	return w.row(c, f, style, sentence(text), more)
}

// rest is a section with what stores hold besides the present roots; nil if they
// hold nothing.
func (w *trustWindow) rest() fyne.CanvasObject {
	var all []trust.Profile
	for _, r := range w.roots {
		all = append(all, r.Profile)
	}
	var rows []fyne.CanvasObject
	for i := range w.found {
		f := &w.found[i]
		held := f.Rest(all)
		if w.profile != "" {
			held = nil
			for _, r := range w.shownRoots() {
				held = append(held, trust.Of(f.Content, r.Retired...)...)
			}
		}
		if len(held) == 0 {
			continue
		}
		var names []string
		for _, h := range held {
			names = append(names, h.Cert.Subject.CommonName)
		}
		state := fmt.Sprintf("%d certificates", len(held))
		if len(held) == 1 {
			state = "1 certificate"
		}
		c := trustChange{
			key: f.ID, title: "Remove from " + f.Name, verb: "Remove", plan: f.Removing(held), after: f.Note,
			do: func(ctx context.Context) error { return f.Untrust(ctx, held) },
		}
		rows = append(rows, w.row(c, f, styleOutdated, state, strings.Join(names, ", ")))
	}
	if len(rows) == 0 {
		return nil
	}
	return section("No longer used", "Certificates of Corsage's that were replaced, or whose profile is gone. Nothing is signed with them any more.", nil, rows...)
}

// row is a store's line: what it is and how it stands, and the buttons.
func (w *trustWindow) row(c trustChange, f *trust.Found, style widget.RichTextStyle, state, more string) fyne.CanvasObject {
	pieces := []widget.RichTextSegment{piece(styleLabel, f.Name, false), piece(style, state, true), piece(styleHelp, "  ·  "+more, false)}
	if f.Err != nil {
		pieces[2] = piece(styleHelp, "  ·  "+sentence(strings.TrimPrefix(f.Err.Error(), f.Name+": ")), false)
	}
	switch news, told := w.told[c.key]; {
	case w.working == c.key && f.Shared:
		pieces = append(pieces, piece(styleChanged, "Waiting for the password dialog…", false))
	case w.working == c.key:
		pieces = append(pieces, piece(styleChanged, "Working…", false))
	case told && news.bad:
		pieces = append(pieces, piece(styleWrong, news.text, false))
	case told:
		pieces = append(pieces, piece(styleChanged, news.text, false))
	}
	if c.plan.Left != "" {
		pieces = append(pieces, piece(styleWrong, sentence(c.plan.Left), false))
	}
	row := new(trustRow)
	w.rows[c.key] = row
	var buttons []fyne.CanvasObject
	if c.do != nil && !c.plan.Empty() {
		row.commands = flatButton("Show commands", nil, func() { w.commands(c) })
		buttons = append(buttons, row.commands)
		if !w.byHand(c.plan) {
			row.act = widget.NewButton(c.verb, func() { w.change(c) })
			buttons = append(buttons, row.act)
		}
		for _, b := range buttons {
			enableIf(w.working == "", b.(*widget.Button))
		}
	}
	side := container.NewVBox(layout.NewSpacer(), container.NewHBox(buttons...), layout.NewSpacer())
	return margin(2, 2, 8, 8, container.NewBorder(nil, nil, nil, side, paragraphs(pieces...)))
}

// byHand reports that a plan needs root, and this program has no way to be it.
func (w *trustWindow) byHand(p trust.Plan) bool { return p.Root && trust.Elevate() == trust.Sudo }

// commands shows what a change would run, exactly, before it is made.
func (w *trustWindow) commands(c trustChange) {
	by := trust.AsIs
	if c.plan.Root {
		by = trust.Elevate()
	}
	text := strings.Join(c.plan.Lines(by), "\n")
	lines := widget.NewLabel(text)
	lines.TextStyle.Monospace, lines.Selectable, lines.Wrapping = true, true, fyne.TextWrapBreak
	what := "“" + c.verb + "” runs exactly this, and nothing else:"
	if w.byHand(c.plan) {
		what = "This needs root. Run it in a terminal, then look again:"
	}
	d := dialog.NewCustomWithoutButtons(c.title, container.NewBorder(wrapped(stylePlain, what), nil, nil, nil,
		newPanel(panelPlain, margin(2, 2, 2, 2, container.NewVScroll(lines)))), w.window)
	var copied *widget.Button
	copied = widget.NewButtonWithIcon("Copy", theme.ContentCopyIcon(), func() { w.ui.copyBy(copied, text) })
	buttons := []fyne.CanvasObject{widget.NewButton("Close", func() { d.Hide() }), copied}
	if !w.byHand(c.plan) {
		do := widget.NewButton(c.verb, func() {
			d.Hide()
			w.change(c)
		})
		do.Importance = widget.HighImportance
		buttons = append(buttons, do)
	}
	d.SetButtons(buttons)
	size := w.window.Canvas().Size()
	d.Resize(fyne.NewSize(min(size.Width-40, 720), min(size.Height-80, 320)))
	d.Show()
}

// change makes a change, away from the UI goroutine, and looks anew.
func (w *trustWindow) change(c trustChange) {
	if w.working != "" {
		return
	}
	w.working = c.key
	delete(w.told, c.key)
	w.looks++ // a look that is under way would show what was before
	w.refresh()
	var (
		roots []TrustRoot
		found []trust.Found
		fault error
	)
	w.ui.Background(func(ctx context.Context) error {
		err := c.do(ctx)
		found = w.ui.Trust.Look(ctx)
		fault = w.ui.Trust.Forget(found)
		var wrong error
		roots, wrong = w.ui.Trust.Roots()
		fault = errors.Join(fault, wrong)
		return err
	}, func(err error) {
		w.working = ""
		w.told[c.key] = trustNews{strings.TrimSpace("Done. " + c.after), false}
		if err != nil {
			w.told[c.key] = trustNews{sentence(err.Error()), true}
		}
		w.show(roots, found, fault)
	})
}
