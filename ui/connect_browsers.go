package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// connectBrowsers lists the browsers to open.
type connectBrowsers struct {
	w       *connectWindow
	content fyne.CanvasObject
	list    *fyne.Container
	shown   string
}

func newConnectBrowsers(w *connectWindow) *connectBrowsers {
	c := &connectBrowsers{w: w, list: stack(0)}
	c.content = section("Browser", "One click, and nothing to set: the browser opens in a profile of its own, which goes through Corsage, trusts its certificates and reaches localhost. Your usual profile isn't touched.", nil, c.list)
	c.refresh()
	return c
}

// refresh lists those that were found by now.
func (c *connectBrowsers) refresh() {
	u, key := c.w.ui, "."
	for _, b := range u.browsers {
		key += "\n" + b.Name + b.Path
	}
	if key == c.shown {
		return
	}
	c.shown = key
	var rows []fyne.CanvasObject
	for i, b := range u.browsers {
		open := widget.NewButtonWithIcon("Open", theme.ComputerIcon(), func() { u.OpenBrowser(b, "") })
		if i == 0 {
			open.Importance = widget.HighImportance
		}
		rows = append(rows, margin(4, 4, 8, 8, container.NewBorder(nil, nil, nil, container.NewCenter(open), wrapped(styleLabel, b.Name))))
	}
	if len(rows) == 0 {
		rows = append(rows, margin(2, 2, 8, 8, wrapped(stylePlain, sentence(errNoBrowser.Error()))))
	}
	c.list.Objects = divided(rows...).Objects
	c.list.Refresh()
}
