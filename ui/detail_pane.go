package ui

import (
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"corsage/proxy/record"
)

// detailPane shows one exchange in full.
type detailPane struct {
	ui      *UI
	content fyne.CanvasObject
	row     *logRow

	title, facts, failure *widget.Label
	failureBox            fyne.CanvasObject
	advice                *adviceBar
	refusal               *refusalBar
	tabs                  *container.AppTabs
	changesTab            *container.TabItem
	verdict, changes      *headerTable
	request, response     *messagePane
}

// newDetailPane builds an empty pane; hide is called by its close button.
func newDetailPane(u *UI, hide func()) *detailPane {
	d := &detailPane{ui: u, title: widget.NewLabel(""), facts: widget.NewLabel(""), failure: widget.NewLabel("")}
	d.title.TextStyle.Bold, d.title.Selectable = true, true
	d.title.Truncation = fyne.TextTruncateEllipsis
	d.facts.Truncation = fyne.TextTruncateEllipsis
	d.failure.Wrapping, d.failure.Selectable = fyne.TextWrapWord, true
	d.failure.Importance = widget.DangerImportance
	d.failureBox = container.NewBorder(nil, nil, widget.NewIcon(theme.NewErrorThemedResource(theme.ErrorIcon())), nil, d.failure)

	d.advice = newAdviceBar(u)
	d.refusal = newRefusalBar(u)
	d.verdict = newHeaderTable()
	d.changes = newHeaderTable()
	d.request = newMessagePane(u, "As received from the browser (−) and as sent to the backend (+)")
	d.response = newMessagePane(u, "As received from the backend (−) and as sent to the browser (+)")
	d.changesTab = container.NewTabItem("Changes", d.changes.scroll)
	d.tabs = container.NewAppTabs(
		container.NewTabItem("Verdict", d.verdict.scroll),
		d.changesTab,
		container.NewTabItem("Request", d.request.content),
		container.NewTabItem("Response", d.response.content))

	var copyButton *widget.Button
	copyButton = widget.NewButtonWithIcon("Copy", theme.ContentCopyIcon(), func() { showMenu(copyButton, d.copyItems()...) })
	copyButton.Importance = widget.LowImportance
	closeButton := widget.NewButtonWithIcon("", theme.CancelIcon(), hide)
	closeButton.Importance = widget.LowImportance

	heading := container.NewThemeOverride(container.NewVBox(d.title, container.NewThemeOverride(d.facts, compact{inner: 3, quiet: true})), compact{inner: 3})
	top := container.NewBorder(nil, nil, nil, container.NewCenter(container.NewHBox(copyButton, closeButton)), heading)
	d.content = inset(0, rowInset, container.NewBorder(container.NewVBox(top, d.failureBox, d.refusal.box, d.advice.box), nil, nil, nil, d.tabs))
	return d
}

// show fills the pane. It is called again for each snapshot of an exchange
// under way and then touches only what is new.
func (d *detailPane) show(r *logRow) {
	if d.row == r {
		return
	}
	fresh := d.row == nil || d.row.ID != r.ID
	d.row = r
	e := r.Entry
	d.title.SetText(e.Method + " " + e.URL)
	d.facts.SetText(detailFacts(e))
	failure := e.Error
	if e.Refusal != nil {
		failure = refusalCause(e) // the ways out stand below
	}
	d.failure.SetText(sentence(failure))
	setVisible(d.failureBox, e.Error != "")

	d.refusal.show(r)
	d.advice.show(r)
	d.verdict.show(rowVerdict(r), noVerdict(e), fresh)
	d.changes.show(changeLines(e), noChanges(e), fresh)
	d.request.show(&e.Request, entryDiff(e, record.Request), e.State, fresh)
	d.response.show(&e.Response, entryDiff(e, record.Response), e.State, fresh)
	if text := fmt.Sprintf("Changes (%d)", changeCount(e)); d.changesTab.Text != text {
		d.changesTab.Text = text
		d.tabs.Refresh()
	}
}

// copyItems are what can be copied.
func (d *detailPane) copyItems() []*fyne.MenuItem {
	e := d.row.Entry
	item := func(label, text string) *fyne.MenuItem {
		i := fyne.NewMenuItem(label, func() { d.ui.Copy(text) })
		i.Disabled = text == ""
		return i
	}
	return []*fyne.MenuItem{
		item("URL", e.URL),
		item("Verdict", linesText(rowVerdict(d.row))),
		item("Request headers", headerText(d.request.lines)),
		item("Request body", d.request.body.text),
		item("Response headers", headerText(d.response.lines)),
		item("Response body", d.response.body.text),
		fyne.NewMenuItemSeparator(),
		item("Everything", detailText(d.row)),
	}
}

// messagePane shows one half of an exchange: headers beside the body.
type messagePane struct {
	content fyne.CanvasObject
	table   *headerTable
	text    *widget.TextGrid
	note    *widget.Label
	lines   []headerLine
	body    bodyView
}

func newMessagePane(u *UI, caption string) *messagePane {
	p := &messagePane{table: newHeaderTable(), text: widget.NewTextGrid(), note: widget.NewLabel("")}
	p.text.Scroll = fyne.ScrollBoth
	p.text.TabWidth = 4
	p.note.Truncation = fyne.TextTruncateEllipsis
	head := widget.NewLabel(caption)
	head.Truncation = fyne.TextTruncateEllipsis
	left := container.NewBorder(quietly(head), nil, nil, nil, p.table.scroll)
	right := container.NewBorder(quietly(p.note), nil, nil, nil, p.text)
	split := container.NewHSplit(left, right)
	split.Offset = 0.62
	p.content = split
	return p
}

func (p *messagePane) show(m *record.Message, lines []headerLine, state record.State, fresh bool) {
	p.lines = lines
	rows := make([]tableLine, len(lines))
	for i, l := range lines {
		rows[i] = tableLine{headerLine: l}
	}
	none := "No headers yet."
	if state != record.Open {
		none = "Nothing came."
	}
	p.table.show(rows, none, fresh)
	body := viewBody(m, state)
	if fresh || body != p.body {
		p.body = body
		p.note.SetText("Body: " + body.note)
		p.text.SetText(body.text)
		if fresh {
			p.text.ScrollToTop()
		}
	}
}

// showMenu opens a menu below an object.
func showMenu(at fyne.CanvasObject, items ...*fyne.MenuItem) {
	driver := fyne.CurrentApp().Driver()
	c := driver.CanvasForObject(at)
	if c == nil {
		return
	}
	menu := widget.NewPopUpMenu(fyne.NewMenu("", items...), c)
	pos := driver.AbsolutePositionForObject(at).AddXY(0, at.Size().Height)
	if over := pos.X + menu.MinSize().Width - c.Size().Width; over > 0 {
		pos.X = max(pos.X-over, 0)
	}
	menu.ShowAtPosition(pos)
}

func setVisible(o fyne.CanvasObject, on bool) {
	if on {
		o.Show()
	} else {
		o.Hide()
	}
}
