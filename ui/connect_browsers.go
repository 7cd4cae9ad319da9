package ui

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"corsage/proxy/browser"
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
	c.content = section("Browser", "One click, and nothing to set: the browser opens in a profile of its own, which goes through Corsage, trusts its certificates and reaches localhost. It is kept, with your logins; the tray's menu has temporary ones. Your usual profile isn't touched.", nil, c.list)
	c.refresh()
	return c
}

// refresh lists those that were found by now.
func (c *connectBrowsers) refresh() {
	u := c.w.ui
	titles := browser.Titles(u.browsers)
	key := "."
	for i, b := range u.browsers {
		key += "\n" + titles[i] + b.Version + b.Obstacle
	}
	if key == c.shown {
		return
	}
	c.shown = key
	var rows []fyne.CanvasObject
	best, _ := u.Browser()
	for i, b := range u.browsers {
		rows = append(rows, browserRow(titles[i], b, b == best, "", func() { u.OpenBrowser(b, "") }))
	}
	if len(rows) == 0 {
		rows = append(rows, margin(2, 2, 8, 8, wrapped(stylePlain, sentence(errNoBrowser.Error()))))
	}
	c.list.Objects = divided(rows...).Objects
	c.list.Refresh()
}

// browserRow is a browser with its version, a note, and a button to open it; or
// with the reason why it can't be opened.
func browserRow(title string, b browser.Browser, best bool, note string, tapped func()) fyne.CanvasObject {
	help := note
	if b.Version != "" {
		help = strings.TrimSuffix("Version "+b.Version+"  ·  "+note, "  ·  ")
	}
	open := widget.NewButtonWithIcon("Open", theme.ComputerIcon(), tapped)
	switch {
	case b.Obstacle != "":
		help = "Can't be opened: " + b.Obstacle
		open.Disable()
	case best:
		open.Importance = widget.HighImportance
	}
	text := paragraphs(piece(styleLabel, title, false))
	if help != "" {
		text = paragraphs(piece(styleLabel, title, false), piece(styleHelp, help, false))
	}
	return margin(4, 4, 8, 12, container.NewBorder(nil, nil, nil, container.NewCenter(open), text))
}
