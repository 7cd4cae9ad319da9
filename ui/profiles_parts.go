package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// panelKind is the look of a panel.
type panelKind int

const (
	panelPlain   panelKind = iota // a thin border, for a group of rows
	panelInfo                     // tinted, for a notice
	panelWarning                  // tinted, for a caution
	panelDanger                   // tinted, for an error
)

// panel is a rounded box round its content. It follows the theme.
type panel struct {
	widget.BaseWidget
	kind    panelKind
	content fyne.CanvasObject
}

func newPanel(kind panelKind, content fyne.CanvasObject) *panel {
	p := &panel{kind: kind, content: content}
	p.ExtendBaseWidget(p)
	return p
}

func (p *panel) CreateRenderer() fyne.WidgetRenderer {
	r := &panelRenderer{panel: p, box: canvas.NewRectangle(color.Transparent)}
	r.box.CornerRadius = 8
	r.paint()
	return r
}

type panelRenderer struct {
	panel *panel
	box   *canvas.Rectangle
}

func (r *panelRenderer) Destroy()           {}
func (r *panelRenderer) MinSize() fyne.Size { return r.panel.content.MinSize() }
func (r *panelRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.box, r.panel.content}
}

func (r *panelRenderer) Layout(size fyne.Size) {
	r.box.Resize(size)
	r.panel.content.Resize(size)
}

func (r *panelRenderer) Refresh() {
	r.paint()
	r.Layout(r.panel.Size())
	r.box.Refresh()
	r.panel.content.Refresh()
}

func (r *panelRenderer) paint() {
	th, v := r.panel.Theme(), fyne.CurrentApp().Settings().ThemeVariant()
	r.box.StrokeWidth = 1
	switch r.panel.kind {
	case panelPlain:
		r.box.FillColor = color.Transparent
		r.box.StrokeColor = th.Color(theme.ColorNameInputBorder, v)
	default:
		name := map[panelKind]fyne.ThemeColorName{
			panelInfo: theme.ColorNamePrimary, panelWarning: theme.ColorNameWarning, panelDanger: theme.ColorNameError,
		}[r.panel.kind]
		r.box.FillColor = faded(th.Color(name, v), 0.10)
		r.box.StrokeColor = faded(th.Color(name, v), 0.45)
	}
}

// faded is c with its opacity scaled by part.
func faded(c color.Color, part float64) color.Color {
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	n.A = uint8(float64(n.A) * part)
	return n
}

// A style names how a piece of text looks.
var (
	styleTitle   = textStyle(theme.SizeNameSubHeadingText, theme.ColorNameForeground, true)
	styleLabel   = textStyle(theme.SizeNameText, theme.ColorNameForeground, true)
	stylePlain   = textStyle(theme.SizeNameText, theme.ColorNameForeground, false)
	styleHelp    = textStyle(theme.SizeNameCaptionText, theme.ColorNamePlaceHolder, false)
	styleQuiet   = textStyle(theme.SizeNameCaptionText, theme.ColorNamePlaceHolder, false)
	styleWrong   = textStyle(theme.SizeNameCaptionText, theme.ColorNameError, false)
	styleChanged = textStyle(theme.SizeNameCaptionText, theme.ColorNamePrimary, true)
)

func textStyle(size fyne.ThemeSizeName, c fyne.ThemeColorName, bold bool) widget.RichTextStyle {
	return widget.RichTextStyle{SizeName: size, ColorName: c, TextStyle: fyne.TextStyle{Bold: bold}}
}

// piece is a stretch of text; inline ones are followed by the next on the same line.
func piece(style widget.RichTextStyle, text string, inline bool) *widget.TextSegment {
	style.Inline = inline
	return &widget.TextSegment{Style: style, Text: text}
}

// wrapped is text that breaks at words to the width it is given.
func wrapped(style widget.RichTextStyle, text string) *widget.RichText {
	return paragraphs(piece(style, text, false))
}

func paragraphs(pieces ...widget.RichTextSegment) *widget.RichText {
	t := widget.NewRichText(pieces...)
	t.Wrapping = fyne.TextWrapWord
	return t
}

// setText replaces what wrapped made, and hides it where there is nothing to say.
func setText(t *widget.RichText, style widget.RichTextStyle, text string) {
	old, _ := t.Segments[0].(*widget.TextSegment)
	if old != nil && old.Text == text && t.Visible() == (text != "") {
		return
	}
	t.Segments = []widget.RichTextSegment{piece(style, text, false)}
	if text == "" {
		t.Hide()
		return
	}
	t.Show()
	t.Refresh()
}

// margin moves content away from the edges, in device-independent pixels.
func margin(top, bottom, left, right float32, content fyne.CanvasObject) *fyne.Container {
	return container.New(layout.NewCustomPaddedLayout(top, bottom, left, right), content)
}

// showIf shows or hides o.
func showIf(on bool, o fyne.CanvasObject) {
	switch {
	case on == o.Visible():
	case on:
		o.Show()
	default:
		o.Hide()
	}
}

// stack puts objects below each other with gap pixels between, which may be
// negative: text brings its own margins.
func stack(gap float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(layout.NewCustomPaddedVBoxLayout(gap), objects...)
}

// flatButton is a flat button, for what stands beside something.
func flatButton(label string, icon fyne.Resource, tapped func()) *widget.Button {
	b := widget.NewButtonWithIcon(label, icon, tapped)
	b.Importance = widget.LowImportance
	return b
}

// notice is a tinted line: an icon, text that wraps, and buttons at its right.
func notice(kind panelKind, text *widget.RichText, buttons ...fyne.CanvasObject) *panel {
	var icon fyne.Resource = theme.NewPrimaryThemedResource(theme.InfoIcon())
	switch kind {
	case panelWarning:
		icon = theme.NewWarningThemedResource(theme.WarningIcon())
	case panelDanger:
		icon = theme.NewErrorThemedResource(theme.ErrorIcon())
	}
	right := container.NewVBox(layout.NewSpacer(), container.NewHBox(buttons...), layout.NewSpacer())
	left := margin(8, 0, 10, 0, container.NewVBox(widget.NewIcon(icon)))
	return newPanel(kind, margin(2, 2, 0, 6, container.NewBorder(nil, nil, left, right, text)))
}

// section is a heading with its explanation and a bordered list of rows.
func section(title, help string, right fyne.CanvasObject, rows ...fyne.CanvasObject) *fyne.Container {
	head := paragraphs(piece(styleTitle, title, false))
	if help != "" {
		head = paragraphs(piece(styleTitle, title, false), piece(styleHelp, help, false))
	}
	var side fyne.CanvasObject
	if right != nil {
		side = container.NewVBox(layout.NewSpacer(), right)
	}
	return stack(0, container.NewBorder(nil, nil, nil, side, head), margin(0, 0, 8, 8, newPanel(panelPlain, divided(rows...))))
}

// divided puts thin lines between rows.
func divided(rows ...fyne.CanvasObject) *fyne.Container {
	box := stack(0)
	for i, r := range rows {
		if i > 0 {
			box.Add(widget.NewSeparator())
		}
		box.Add(r)
	}
	return box
}

// spaced puts a flexible gap before objects.
func spaced(objects ...fyne.CanvasObject) *fyne.Container {
	return container.NewHBox(append([]fyne.CanvasObject{layout.NewSpacer()}, objects...)...)
}
