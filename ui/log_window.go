package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// logWindow is the request log: toolbar, list, details of the selected row,
// status line. Where no tray exists it is the app's main window.
type logWindow struct {
	ui     *UI
	window fyne.Window
	feed   *logFeed
	view   logView
	paused bool

	filter  *filterEntry
	hint    *filterHint
	pause   *widget.Button
	save    *widget.Button
	saving  bool // a file is being written
	list    *logList
	body    *fyne.Container // list and details, or the empty state
	table   fyne.CanvasObject
	split   *container.Split
	details *detailPane
	empty   *emptyState
	top     *fyne.Container // toolbar and note
	noTray  fyne.CanvasObject
	status  *statusLine
}

func newLogWindow(u *UI) *logWindow {
	l := &logWindow{ui: u, feed: newLogFeed(), window: u.App.NewWindow("Corsage: request log")}
	l.list = newLogList(l.showDetails, u.ShowTrust)
	l.details = newDetailPane(u, func() { l.list.pick(nil) })
	l.empty = newEmptyState(u, l.clearFilter)
	l.status = newStatusLine(u)
	l.noTray = newNoTrayNote()

	header := container.NewStack(newStrip(), newRowWidget(nil))
	l.table = container.NewBorder(header, nil, nil, nil, container.NewThemeOverride(l.list, compact{padding: 1, inner: 3}))
	l.split = container.NewVSplit(container.NewStack(), container.NewStack())
	l.split.Offset = 0.5
	l.body = container.NewStack(l.empty.content)

	l.top = container.NewVBox(l.newToolbar(), l.hint.content, l.noTray)
	l.window.SetContent(container.NewBorder(l.top, l.status.content, nil, nil, l.body))
	l.window.SetPadded(false)
	l.window.Resize(fyne.NewSize(1240, 720))
	l.addShortcuts()
	l.arrange()
	l.showStatus()
	return l
}

// start follows the traffic until the UI is closed.
func (l *logWindow) start() {
	l.ui.running.Go(func() {
		l.feed.run(l.ui.ctx, l.ui.Recorder, func() { l.ui.do(l.refresh) })
	})
}

func (l *logWindow) newToolbar() fyne.CanvasObject {
	u := l.ui
	l.hint = newFilterHint()
	l.filter = newFilterEntry(l)

	l.pause = quietButton("Pause", theme.MediaPauseIcon(), l.togglePause)
	clearButton := quietButton("Clear", theme.ContentClearIcon(), l.clear)
	l.save = quietButton("Save HAR…", theme.DownloadIcon(), l.saveHAR)
	profiles := quietButton("Profiles", theme.SettingsIcon(), u.ShowProfiles)
	var open, more *widget.Button
	open = quietButton("Open browser", theme.ComputerIcon(), func() { l.openBrowser(open) })
	more = quietButton("", theme.MoreVerticalIcon(), func() { l.moreMenu(more) })
	buttons := container.NewHBox(l.pause, clearButton, l.save, widget.NewSeparator(), profiles, open, more)
	return inset(6, rowInset, container.NewBorder(nil, nil, nil, buttons, container.New(minWidth(filterWidth), l.filter)))
}

// filterWidth is the least width of the filter's field.
const filterWidth = 160

func quietButton(label string, icon fyne.Resource, tapped func()) *widget.Button {
	b := widget.NewButtonWithIcon(label, icon, tapped)
	b.Importance = widget.LowImportance
	return b
}

// openBrowser opens a menu to choose.
func (l *logWindow) openBrowser(at fyne.CanvasObject) { showMenu(at, l.ui.browserItems()...) }

// moreMenu has what the tray's menu has besides.
func (l *logWindow) moreMenu(at fyne.CanvasObject) {
	u := l.ui
	items := []*fyne.MenuItem{
		fyne.NewMenuItem("Connect", u.ShowConnect),
		fyne.NewMenuItem("Trust", func() { u.ShowTrust("") }),
		fyne.NewMenuItem("Held cookies", func() { u.ShowCookies("") }),
		fyne.NewMenuItemSeparator(),
		fyne.NewMenuItem("First steps", u.ShowWelcome),
	}
	if u.Demo != nil {
		items = append(items, fyne.NewMenuItem("Demo", u.openDemo))
	}
	showMenu(at, append(items, fyne.NewMenuItemSeparator(), fyne.NewMenuItem("Quit", u.App.Quit))...)
}

func (l *logWindow) addShortcuts() {
	c := l.window.Canvas()
	for _, s := range logShortcuts {
		c.AddShortcut(&desktop.CustomShortcut{KeyName: s.key, Modifier: fyne.KeyModifierShortcutDefault}, func(fyne.Shortcut) { s.do(l) })
	}
	c.SetOnTypedKey(l.list.TypedKey)
}

// logShortcuts work with Ctrl, or Command, in the whole window.
var logShortcuts = []struct {
	key fyne.KeyName
	do  func(*logWindow)
}{
	{fyne.KeyF, func(l *logWindow) { l.window.Canvas().Focus(l.filter) }},
	{fyne.KeyL, (*logWindow).clear},
	{fyne.KeyP, (*logWindow).togglePause},
	{fyne.KeyS, (*logWindow).saveHAR},
}

func (l *logWindow) clear() {
	l.list.pick(nil)
	l.feed.clear()
}

func (l *logWindow) clearFilter() { l.filter.SetText("") }

func (l *logWindow) togglePause() {
	l.paused = !l.paused
	l.feed.setPaused(l.paused)
	if l.paused {
		l.pause.SetText("Resume")
		l.pause.SetIcon(theme.MediaPlayIcon())
		l.pause.Importance = widget.WarningImportance
	} else {
		l.pause.SetText("Pause")
		l.pause.SetIcon(theme.MediaPauseIcon())
		l.pause.Importance = widget.LowImportance
	}
	l.pause.Refresh()
}

// refresh shows the feed's newest snapshot.
func (l *logWindow) refresh() {
	l.view = l.feed.take()
	l.list.show(l.view)
	l.arrange()
	l.showStatus()
}

// showDetails opens the details of a row, or closes them.
func (l *logWindow) showDetails(r *logRow) {
	if r != nil {
		l.details.show(r)
	}
	l.arrange()
}

// arrange puts in place what there is to show.
func (l *logWindow) arrange() {
	var want fyne.CanvasObject
	switch {
	case len(l.view.rows) == 0 && l.list.selected == 0:
		l.empty.show(l.view, l.filter.applied)
		want = l.empty.content
	case l.list.selected == 0:
		want = l.table
	default:
		want = l.split
	}
	if len(l.body.Objects) == 1 && l.body.Objects[0] == want {
		return
	}
	bottom := l.list.atBottom()
	if want == fyne.CanvasObject(l.split) {
		l.split.Leading, l.split.Trailing = l.table, l.details.content
		l.split.Refresh()
	}
	l.body.Objects = []fyne.CanvasObject{want}
	l.body.Refresh()
	if bottom && l.list.rendered {
		l.list.scroll(-1)
	}
	if i, found := findRow(l.view.rows, l.list.selected); found {
		l.list.ScrollTo(i)
	}
}

// focusList gives the keys to the list; without rows to nothing.
func (l *logWindow) focusList() {
	if l.body.Objects[0] == l.empty.content {
		l.window.Canvas().Unfocus()
		return
	}
	l.window.Canvas().Focus(l.list)
}

// showStatus brings everything up to date that shows profiles.
func (l *logWindow) showStatus() {
	if note := !l.ui.Tray(); note != l.noTray.Visible() {
		setVisible(l.noTray, note)
		l.window.Content().Refresh()
	}
	l.status.show(l.view, l.paused)
	l.showSave()
	if len(l.view.rows) == 0 {
		l.empty.show(l.view, l.filter.applied)
	}
}
