package ui

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"corsage/profiles"
	"corsage/profiles/recipe"
)

// recipesWindow shows what would make a profile unnecessary, and a page's calls,
// to copy. It belongs to the UI goroutine.
type recipesWindow struct {
	ui     *UI
	window fyne.Window

	profile string // whose are shown
	rows    []recipeRow
	chosen  int // into rows
	choice  *widget.Select
	list    *widget.List
	text    *widget.TextGrid
	shown   string // what text says
	copied  *widget.Button
}

// recipeRow is a recipe, or a heading above some.
type recipeRow struct {
	heading string
	recipe  recipe.Recipe
}

func recipeRows() []recipeRow {
	rows := []recipeRow{{heading: "The server"}}
	page := false
	for _, r := range recipe.All() {
		if r.Page && !page {
			page = true
			rows = append(rows, recipeRow{heading: "The page's calls"})
		}
		rows = append(rows, recipeRow{recipe: r})
	}
	return rows
}

func newRecipesWindow(u *UI) *recipesWindow {
	w := &recipesWindow{ui: u, window: u.App.NewWindow("Recipes – Corsage"), rows: recipeRows(), chosen: 1, text: widget.NewTextGrid()}
	w.choice = widget.NewSelect(nil, w.of)
	w.copied = widget.NewButtonWithIcon("Copy", theme.ContentCopyIcon(), w.copy)
	w.copied.Importance = widget.HighImportance
	w.list = widget.NewList(func() int { return len(w.rows) }, func() fyne.CanvasObject { return widget.NewLabel("") }, w.row)
	w.list.HideSeparators = true
	w.list.OnSelected = w.choose
	w.text.Scroll, w.text.TabWidth = fyne.ScrollBoth, 4
	help := widget.NewLabel("How the server would be set up so that Corsage isn't needed, or how a page calls it.")
	help.Truncation = fyne.TextTruncateEllipsis
	bar := container.NewBorder(nil, nil, container.New(minWidth(220), w.choice), w.copied, container.NewVBox(layout.NewSpacer(), quietly(help), layout.NewSpacer()))
	left := container.New(minWidth(190), container.NewThemeOverride(w.list, compact{padding: 1, inner: 6}))
	w.window.SetContent(container.NewBorder(stack(0, inset(6, rowInset, bar), widget.NewSeparator()), nil,
		container.NewBorder(nil, nil, nil, widget.NewSeparator(), left), nil, margin(8, 0, 8, 0, w.text)))
	w.window.SetPadded(false)
	w.window.Resize(fyne.NewSize(1040, 640))
	u.OnProfiles(w.refresh)
	w.list.Select(w.chosen)
	w.refresh()
	return w
}

// row fills a row of the list.
func (w *recipesWindow) row(i widget.ListItemID, o fyne.CanvasObject) {
	label, r := o.(*widget.Label), w.rows[i]
	label.TextStyle.Bold = r.heading != ""
	label.SetText(r.heading)
	if r.heading == "" {
		label.SetText("  " + r.recipe.Label)
	}
}

// choose shows a row's recipe; a heading can't be chosen.
func (w *recipesWindow) choose(i widget.ListItemID) {
	if w.rows[i].heading != "" {
		w.list.Select(w.chosen)
		return
	}
	w.chosen = i
	w.refresh()
}

// of shows the recipes for a profile; for "" for the one shown before, else the
// first that is enabled, else the first.
func (w *recipesWindow) of(profile string) {
	if profile != "" {
		w.profile = profile
	}
	w.refresh()
}

// refresh writes the text anew.
func (w *recipesWindow) refresh() {
	var names []string
	var shown, enabled *profiles.Profile
	items := w.ui.Store.Items()
	for _, item := range items {
		if item.Profile == nil {
			continue
		}
		names = append(names, item.Profile.Name)
		if item.Enabled && enabled == nil {
			enabled = item.Profile
		}
		if item.Profile.Name == w.profile {
			shown = item.Profile
		}
	}
	if shown == nil {
		shown = enabled
	}
	for _, item := range items {
		if shown == nil && item.Profile != nil {
			shown = item.Profile
		}
	}
	if !slices.Equal(w.choice.Options, names) {
		w.choice.SetOptions(names)
	}
	text := "There is no profile yet: make one, and its recipes are here."
	if shown != nil {
		w.profile = shown.Name
		w.choice.Selected = shown.Name
		w.choice.Refresh()
		var err error
		if text, err = w.rows[w.chosen].recipe.Text(shown); err != nil {
			text = err.Error()
		}
	}
	enableIf(shown != nil, w.copied)
	if text == w.shown {
		return
	}
	w.shown = text
	w.text.SetText(text)
	w.text.ScrollToTop()
	w.ui.undone()
}

func (w *recipesWindow) copy() { w.ui.copyBy(w.copied, w.shown) }
