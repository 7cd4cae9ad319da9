package ui

import (
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"corsage/proxy/browser"
	"corsage/proxy/record"
)

// refusalText is what a row says of a client that refused the certificate.
func refusalText(r *record.Refusal) string {
	text := "certificate not trusted"
	switch {
	case r.Alert == record.AlertExpired:
		text = "certificate expired, says the client"
	case !r.Untrusted():
		text = "certificate not accepted"
	}
	if r.Count > 1 {
		text += fmt.Sprintf(" (%d times)", r.Count)
	}
	return text
}

// refusedBy names the client of a refusal.
func refusedBy(e *record.Entry) string {
	return browser.Name(e.Request.Head.Header().Get("User-Agent"))
}

// refusalCause is the cause, with the client's name.
func refusalCause(e *record.Entry) string {
	name, alert := refusedBy(e), e.Refusal.Alert
	switch {
	case alert == "":
		return name + " closed the connection when it had seen Corsage's certificate, as programs do that don't trust it"
	case alert == record.AlertExpired:
		return name + " says that Corsage's certificate has expired (" + alert + ")"
	case !e.Refusal.Untrusted():
		return name + " does not accept Corsage's certificate (" + alert + ")"
	}
	return name + " does not trust Corsage's certificate (" + alert + ")"
}

// ways are those out of a refusal.
func ways(r *record.Refusal) string {
	if r.Alert == record.AlertExpired {
		return "See that its clock is right, and that it trusts the profile's present certificate; or open a browser that does."
	}
	return "Put the profile's certificate into the store that it reads, or open a browser that trusts it already."
}

// refusalBar stands above the details of a refusal: the two ways out. It belongs
// to the UI goroutine.
type refusalBar struct {
	box   fyne.CanvasObject
	text  *widget.Label
	trust *widget.Button
	open  *widget.Button
	row   *logRow
}

func newRefusalBar(u *UI) *refusalBar {
	b := &refusalBar{text: widget.NewLabel("")}
	b.text.Wrapping = fyne.TextWrapWord
	b.trust = widget.NewButton("Trust…", func() { u.ShowTrust(b.row.Profile) })
	b.trust.Importance = widget.HighImportance
	b.open = widget.NewButtonWithIcon("Open browser", theme.ComputerIcon(), func() { showMenu(b.open, u.browserItems()...) })
	b.box = container.NewBorder(nil, nil, widget.NewIcon(theme.NewPrimaryThemedResource(theme.InfoIcon())),
		container.NewCenter(container.NewHBox(b.trust, b.open)), b.text)
	b.box.Hide()
	return b
}

// show is called with each snapshot of the exchange.
func (b *refusalBar) show(r *logRow) {
	b.row = r
	setVisible(b.box, r.Refusal != nil)
	if r.Refusal == nil {
		return
	}
	b.text.SetText(ways(r.Refusal))
}
