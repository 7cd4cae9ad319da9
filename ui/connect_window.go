package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// connectWindow has every way in which traffic gets to Corsage, the simplest
// first, and how Corsage itself starts and ends its work. It belongs to the UI
// goroutine.
type connectWindow struct {
	ui     *UI
	window fyne.Window

	browsers *connectBrowsers
	system   *connectSystem
	local    *loopbackNotice
	self     *connectSelf
}

// connectSize is what the window opens with; its text gets connectWidth wide at
// most.
var connectSize = fyne.NewSize(780, 720)

const connectWidth = 760

func newConnectWindow(u *UI) *connectWindow {
	w := &connectWindow{ui: u, window: u.App.NewWindow("Connect – Corsage")}
	w.browsers = newConnectBrowsers(w)
	w.system = newConnectSystem(w)
	w.local = newLoopbackNotice(u)
	w.self = newConnectSelf(w)
	parts := []fyne.CanvasObject{w.browsers.content}
	if u.SystemProxy != nil {
		parts = append(parts, w.system.content)
	}
	if u.Terminal != nil {
		parts = append(parts, w.terminal())
	}
	parts = append(parts, stack(0, w.byHand(), w.local.box))
	if w.self.content != nil {
		parts = append(parts, w.self.content)
	}
	w.window.SetContent(container.NewVScroll(container.New(centred(connectWidth), margin(12, 16, 8, 16, stack(14, parts...)))))
	w.window.SetPadded(false)
	w.window.Resize(connectSize)
	u.OnProfiles(w.refresh)
	return w
}

// start follows the system's setting until the UI is closed.
func (w *connectWindow) start() {
	if w.ui.SystemProxy != nil {
		w.ui.follow(w.ui.SystemProxy.Subscribe, w.system.ask)
	}
}

// refresh brings up to date what the profiles decide.
func (w *connectWindow) refresh() {
	w.browsers.refresh()
	w.system.refresh()
	w.local.show(w.ui.loopbacks())
}

// opened asks anew for what others may have changed since.
func (w *connectWindow) opened() {
	w.refresh()
	w.system.ask()
	w.self.ask()
}

// terminal offers a shell in which programs use Corsage.
func (w *connectWindow) terminal() fyne.CanvasObject {
	open := widget.NewButtonWithIcon("Open terminal", theme.ComputerIcon(), w.ui.openTerminal)
	text := paragraphs(piece(styleLabel, "A terminal of yours, set up", false),
		piece(styleHelp, "What you start in it goes through Corsage and trusts its certificates. In a shell that is open already: eval \"$(corsage env)\"", false))
	return section("Terminal", "For curl, Node, Python, Go and whatever else heeds the usual variables.", nil,
		margin(2, 2, 8, 8, container.NewBorder(nil, nil, nil, container.NewCenter(open), text)))
}

// byHand has what a browser, or anything else, can be given by its own settings.
func (w *connectWindow) byHand() fyne.CanvasObject {
	u := w.ui
	return section("By hand", "For anything else that has a proxy setting. The PAC file sends only the hosts of profiles that are on to Corsage; the proxy passes all others on unread. For https the certificates have to be trusted there.", u.trustButton(),
		addressRow(u, "PAC file", u.PACURL), addressRow(u, "Proxy", u.Addr), addressRow(u, "Certificates", u.CertPath))
}

// addressRow is something to copy, with its name.
func addressRow(u *UI, name, value string) fyne.CanvasObject {
	label := widget.NewLabel(value)
	label.Truncation, label.Selectable = fyne.TextTruncateEllipsis, true
	copied := flatButton("Copy", theme.ContentCopyIcon(), nil)
	copied.OnTapped = func() { u.copyBy(copied, value) }
	return margin(2, 2, 8, 8, container.NewBorder(nil, nil, container.New(minWidth(fieldLabelWidth), widget.NewLabel(name)), copied, label))
}
