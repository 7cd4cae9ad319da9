package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// strip is the ground of a header or status line, set off from the window's.
type strip struct {
	widget.BaseWidget
	rect *canvas.Rectangle
}

func newStrip() *strip {
	p := &strip{rect: canvas.NewRectangle(nil)}
	p.ExtendBaseWidget(p)
	return p
}

func (p *strip) CreateRenderer() fyne.WidgetRenderer {
	p.paint()
	return widget.NewSimpleRenderer(p.rect)
}

// Refresh takes the theme's present colour.
func (p *strip) Refresh() {
	p.paint()
	p.BaseWidget.Refresh()
}

func (p *strip) paint() {
	p.rect.FillColor = p.Theme().Color(theme.ColorNameHeaderBackground, fyne.CurrentApp().Settings().ThemeVariant())
}
