package ui

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"corsage/profiles"
	"corsage/profiles/advice"
	"corsage/proxy"
	"corsage/proxy/session"
)

// adviceWindow asks a profile's backend what a page's calls would meet, says which
// way to it the page needs in which browser, and sets it. It belongs to the UI
// goroutine.
type adviceWindow struct {
	ui     *UI
	window fyne.Window

	profile string
	page    *widget.Entry
	backend *widget.Entry
	browser *widget.Select
	look    *widget.Button
	busy    *widget.ProgressBarInfinite
	results *fyne.Container

	looks     int              // numbers them; the answer to an older one is dropped
	asked     *advice.Question // what checks are of; nil before the first look
	checks    []advice.Check
	wrong     string         // why there are none
	unwritten string         // why the last change was not written
	done      *profileChange // what was set last
	steps     []*widget.Button
}

// profileChange is a profile as it was and as it became.
type profileChange struct{ before, after *profiles.Profile }

// standing reports whether p is still what the change made of it: if not, undoing
// it would take somebody's work along.
func (c *profileChange) standing(p *profiles.Profile) bool {
	return c != nil && p != nil && p.Name == c.after.Name && sameText(p, c.after)
}

func newAdviceWindow(u *UI) *adviceWindow {
	w := &adviceWindow{ui: u, window: u.App.NewWindow("Advice – Corsage"), page: widget.NewEntry(), backend: widget.NewEntry()}
	var labels []string
	for _, k := range advice.Kinds() {
		labels = append(labels, k.Label)
	}
	w.browser = widget.NewSelect(labels, func(string) { w.refresh() })
	w.browser.Selected = labels[0]
	w.page.SetPlaceHolder("http://localhost:3000")
	w.backend.SetPlaceHolder("https://dev.example.com/api/me")
	w.page.OnSubmitted = func(string) { w.ask() }
	w.backend.OnSubmitted = w.page.OnSubmitted
	w.look = widget.NewButtonWithIcon("Ask the backend", theme.SearchIcon(), w.ask)
	w.look.Importance = widget.HighImportance
	w.busy = widget.NewProgressBarInfinite()
	w.busy.Stop()
	w.busy.Hide()
	w.results = stack(8)
	line := func(label string, o fyne.CanvasObject) fyne.CanvasObject {
		return margin(4, 4, 8, 8, container.NewBorder(nil, nil, container.New(minWidth(fieldLabelWidth), widget.NewLabel(label)), nil, o))
	}
	question := section("Which way does the page need?",
		"Sends a preflight, a call without credentials and one with a meaningless cookie to the backend, and judges the answers as the browser would.", nil,
		line("Page", w.page), line("Backend", w.backend), line("Browser", container.NewBorder(nil, nil, nil, w.look, w.browser)))
	w.window.SetContent(container.NewBorder(stack(0, margin(8, 8, 8, 16, question), w.busy), nil, nil, nil,
		container.NewVScroll(margin(0, 16, 8, 16, w.results))))
	w.window.SetPadded(false)
	w.window.Resize(fyne.NewSize(860, 680))
	u.OnProfiles(w.refresh)
	return w
}

// of turns to a profile; what was asked about another is forgotten.
func (w *adviceWindow) of(profile string) {
	if profile != w.profile {
		w.profile = profile
		w.looks++
		w.idle()
		w.show(nil, nil, nil)
		w.page.SetText("http://localhost:3000")
		w.backend.SetText("")
		if p, _ := w.item(); p != nil {
			for _, o := range p.AllowedOrigins() {
				if origin, err := advice.ParsePage(o); err == nil {
					w.page.SetText(origin)
					break
				}
			}
			w.backend.SetText(strings.NewReplacer("*.", "", ":*", "").Replace(p.Backends[0].URL))
		}
	}
	w.refresh()
}

// item returns the profile, nil where it is gone or its file is wrong, and the
// file's folder.
func (w *adviceWindow) item() (p *profiles.Profile, dir string) {
	for _, item := range w.ui.Store.Items() {
		if item.Profile != nil && item.Err == nil && item.Profile.Name == w.profile {
			return item.Profile, filepath.Dir(item.File)
		}
	}
	return nil, ""
}

// ask looks at the backend, away from the UI goroutine.
func (w *adviceWindow) ask() {
	p, dir := w.item()
	q, err := w.question()
	if p == nil {
		err = errors.New("the profile's file can't be used: correct it first")
	}
	if err != nil {
		w.show(nil, nil, err)
		return
	}
	w.looks++
	look := w.looks
	w.look.Disable()
	w.busy.Show()
	w.busy.Start()
	var checks []advice.Check
	w.ui.Background(func(ctx context.Context) error {
		rules, err := p.Rules(dir, session.NewStore())
		if err != nil {
			return err
		}
		rule, _ := proxy.NewRuleset(rules...).Match(q.Backend)
		if rule == nil {
			return fmt.Errorf("%s is none of the profile's backends: add it to them first", q.Backend)
		}
		client := proxy.NewClient(rule, slog.New(slog.DiscardHandler))
		defer client.Close()
		checks, err = advice.Look(ctx, q, client)
		return err
	}, func(err error) {
		if look != w.looks { // the window has turned to another profile
			return
		}
		w.idle()
		w.show(&q, checks, err)
	})
}

// idle shows that nobody is being asked.
func (w *adviceWindow) idle() {
	w.look.Enable()
	w.busy.Stop()
	w.busy.Hide()
}

// question reads the fields.
func (w *adviceWindow) question() (q advice.Question, err error) {
	if q.Page, err = advice.ParsePage(w.page.Text); err != nil {
		return q, fmt.Errorf("page: %w", err)
	}
	if q.Backend, err = advice.ParseBackend(w.backend.Text); err != nil {
		return q, fmt.Errorf("backend: %w", err)
	}
	q.Browser = advice.Kinds()[max(w.browser.SelectedIndex(), 0)].Browser
	return q, nil
}

// show takes over what a look found.
func (w *adviceWindow) show(q *advice.Question, checks []advice.Check, err error) {
	w.asked, w.checks, w.wrong, w.unwritten, w.done = q, checks, "", "", nil
	if err != nil {
		w.asked, w.wrong = nil, sentence(err.Error())
	}
	w.refresh()
}

// refresh says what is needed, of the profile as it is now, in the browser that
// is chosen now. It asks nobody.
func (w *adviceWindow) refresh() {
	w.results.RemoveAll()
	w.steps = nil
	defer w.results.Refresh()
	if w.wrong != "" {
		w.results.Add(margin(0, 0, 8, 8, notice(panelDanger, wrapped(stylePlain, w.wrong))))
		return
	}
	p, _ := w.item()
	if w.asked == nil || p == nil {
		return
	}
	q := *w.asked
	q.Browser = advice.Kinds()[max(w.browser.SelectedIndex(), 0)].Browser
	if w.unwritten != "" {
		w.results.Add(margin(0, 0, 8, 8, notice(panelDanger, wrapped(stylePlain, w.unwritten))))
	}
	if w.done.standing(p) {
		undo := widget.NewButton("Undo", func() { w.write(w.done.before, nil) })
		w.results.Add(margin(0, 0, 8, 8, notice(panelPlain, wrapped(stylePlain, "The profile was changed. It counts from the page's next request on."), undo)))
	}
	checks := advice.Rejudge(q, w.checks)
	a := advice.Advise(q, checks, p)
	if a.Login != "" {
		w.results.Add(margin(0, 0, 8, 8, notice(panelWarning, wrapped(stylePlain, a.Login))))
	}
	if len(a.Needed) == 0 {
		w.results.Add(margin(0, 0, 8, 8, notice(panelPlain, wrapped(stylePlain, "Nothing is needed: the browser lets the page have the answers, and its session, as they are."))))
	} else {
		help := "What stands between the page and the backend, and what mends it."
		if a.Assumed {
			help += " The backend set no cookie in these answers; its session's is taken to be as servers set it by default."
		}
		w.results.Add(section("Needed", help, nil, w.rows(a.Needed, p)...))
	}
	if len(a.Others) > 0 {
		w.results.Add(section("Other ways", "Each does in place of what is needed above.", nil, w.rows(a.Others, p)...))
	}
	w.results.Add(section("What the backend answered", "What the browser makes of it without Corsage.", nil, checkRows(checks)...))
}

// rows are the steps, each with its button.
func (w *adviceWindow) rows(steps []advice.Step, p *profiles.Profile) []fyne.CanvasObject {
	var rows []fyne.CanvasObject
	for _, s := range steps {
		text := s.Why
		if s.Open != "" {
			text += " Then open the page at " + s.Open + "."
		}
		if s.Call != "" {
			text += " Then call " + s.Call + "."
		}
		var side fyne.CanvasObject
		if s.Changes(p) {
			after := p.Clone()
			s.Apply(after)
			button := widget.NewButton("Do it", func() { w.write(after, &profileChange{p, after}) })
			w.steps = append(w.steps, button)
			side = button
		} else {
			side = container.NewHBox(widget.NewIcon(theme.NewSuccessThemedResource(theme.ConfirmIcon())), widget.NewLabel("This profile does"))
		}
		rows = append(rows, margin(6, 6, 8, 8, container.NewBorder(nil, nil, nil, container.NewCenter(side),
			paragraphs(piece(stylePlain, s.Title, false), piece(styleHelp, text, false)))))
	}
	return rows
}

// checkRows are the answers with their verdicts.
func checkRows(checks []advice.Check) []fyne.CanvasObject {
	var rows []fyne.CanvasObject
	for _, c := range checks {
		text := c.Verdict.Why
		if c.Verdict.Remedy != "" {
			text += "\nOn the server: " + c.Verdict.Remedy
		}
		head := fmt.Sprintf("%s: %d, %s", c.Name, c.Response.Status, c.Verdict.Outcome)
		rows = append(rows, margin(6, 6, 8, 8, paragraphs(piece(stylePlain, strings.ToUpper(head[:1])+head[1:], false), piece(styleHelp, text, false))))
	}
	return rows
}

// write brings the profile's file to p; done is what can be undone then.
func (w *adviceWindow) write(p *profiles.Profile, done *profileChange) {
	name, look := w.profile, w.looks
	w.ui.Background(func(context.Context) error { return w.ui.Store.Update(name, *p) }, func(err error) {
		switch {
		case look != w.looks: // it was about another profile, or answer
		case err != nil:
			w.unwritten = "The profile could not be changed: " + err.Error()
		default:
			w.unwritten, w.done = "", done
		}
		w.refresh()
	})
}
