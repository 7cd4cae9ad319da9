package ui

import (
	"strings"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"corsage/proxy/record/filter"
)

// filterHint is the line below the filter's field. It is there while one writes: with
// what can be written next, or what is wrong. While something is wrong it stays.
type filterHint struct {
	content fyne.CanvasObject
	icon    *widget.Icon
	text    *widget.Label
}

func newFilterHint() *filterHint {
	h := &filterHint{icon: widget.NewIcon(nil), text: widget.NewLabel("")}
	h.text.Truncation = fyne.TextTruncateEllipsis
	h.content = inset(0, rowInset, container.NewThemeOverride(container.NewBorder(nil, nil, h.icon, nil, h.text), compact{padding: 2, inner: 3, quiet: true}))
	h.content.Hide()
	return h
}

func (h *filterHint) show(e *filterEntry) {
	text, wrong := hintText(e)
	showIf(e.focused || wrong, h.content)
	var icon fyne.Resource = theme.NewDisabledResource(theme.InfoIcon())
	h.text.Importance = widget.MediumImportance
	if wrong {
		icon, h.text.Importance = theme.NewWarningThemedResource(theme.WarningIcon()), widget.WarningImportance
	}
	h.icon.SetResource(icon)
	h.text.SetText(text)
}

// hintText is what the line says, and whether that is a fault. A last word that
// could become something is none yet.
func hintText(e *filterEntry) (text string, wrong bool) {
	all, fault := e.completions(), e.fault()
	if fault != nil && (len(all) == 0 || !e.focused || fault.Column <= utf8.RuneCountInString(e.Text[:lastWord(e.Text)])) {
		return sentence(fault.Text()) + " The list stays as it was.", true
	}
	switch n := len(all); {
	case n == 1:
		return "Tab: " + all[0].Word + "  (" + all[0].Help + ")", false
	case n > 1:
		words := make([]string, n)
		for i, c := range all {
			words[i] = c.Word
		}
		return "Tab: " + strings.Join(words, "   "), false
	case e.Text == "":
		return "All terms must hold:  word   \"two words\"   /regexp/   is:blocked   status-code:4xx   domain:*.example.com   -mime-type:image", false
	}
	return "- before a term turns it round; quotes mean a value whole; * stands for anything", false
}

// showFilterHelp lists what a filter can have, below the button.
func showFilterHelp(c fyne.Canvas, at fyne.CanvasObject) *widget.PopUp {
	intro := wrapped(styleHelp, "Terms are divided by blanks, and all of them must hold. A word is looked for in what a row shows and in the URL. "+
		"key:a,b is either; key:\"a value\" is meant whole; * stands for anything; /…/ is a regular expression; - before a term turns it round. "+
		"The same works for corsage log --filter.")
	var left, right []fyne.CanvasObject
	for _, k := range filter.Keys() {
		row := helpRow(k)
		if k.Ours {
			right = append(right, row)
		} else {
			left = append(left, row)
		}
	}
	columns := container.NewGridWithColumns(2,
		container.NewVBox(append([]fyne.CanvasObject{helpTitle("As in DevTools")}, left...)...),
		container.NewVBox(append([]fyne.CanvasObject{helpTitle("Corsage's own")}, right...)...))
	content := container.NewThemeOverride(margin(8, 8, 12, 12, container.NewVBox(intro, columns)), compact{padding: 2, inner: 3})
	pop := widget.NewPopUp(content, c)
	width := min(c.Size().Width-32, 1120)
	edge := fyne.CurrentApp().Driver().AbsolutePositionForObject(at).AddXY(at.Size().Width, at.Size().Height+4)
	pop.ShowAtPosition(fyne.NewPos(max(edge.X-width, 8), edge.Y))
	for range 3 { // its lines break by the width, its rows are as high as the lines, and the columns as the rows
		pop.Resize(fyne.NewSize(width, content.MinSize().Height))
	}
	return pop
}

func helpTitle(text string) fyne.CanvasObject {
	return widget.NewRichText(piece(styleLabel, text, false))
}

// helpRow is an example of a key and what it chooses.
func helpRow(k filter.Key) fyne.CanvasObject {
	example := widget.NewLabel(k.Name + ":" + k.Value)
	example.TextStyle.Monospace = true
	text := k.Help
	if len(k.Values) > 2 {
		text += ": " + strings.Join(k.Values, ", ")
	}
	help := widget.NewLabel(text)
	help.Wrapping = fyne.TextWrapWord
	left := container.New(minWidth(helpKeyWidth), example)
	return container.NewBorder(nil, nil, container.NewVBox(left), nil, help)
}

// helpKeyWidth is the space that the longest example needs.
const helpKeyWidth = 260
