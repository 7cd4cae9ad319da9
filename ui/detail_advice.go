package ui

import (
	"bytes"
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"corsage/profiles"
	"corsage/profiles/advice"
)

// adviceBar stands above an exchange's details while the browser keeps it from
// its page and a change of the profile would mend that. It belongs to the UI
// goroutine.
type adviceBar struct {
	ui   *UI
	box  fyne.CanvasObject
	text *widget.Label
	set  *widget.Button

	row  *logRow
	done *adviceDone // what was set last; nil where that is undone or overtaken
}

// adviceDone is what was set for an exchange.
type adviceDone struct {
	exchange uint64 // its ID
	profileChange
}

func newAdviceBar(u *UI) *adviceBar {
	b := &adviceBar{ui: u, text: widget.NewLabel("")}
	b.text.Wrapping = fyne.TextWrapWord
	b.set = widget.NewButton("", nil)
	b.box = container.NewBorder(nil, nil, widget.NewIcon(theme.NewPrimaryThemedResource(theme.InfoIcon())), container.NewCenter(b.set), b.text)
	b.box.Hide()
	u.OnProfiles(b.refresh)
	return b
}

// show is called with each snapshot of the exchange.
func (b *adviceBar) show(r *logRow) {
	b.row = r
	b.refresh()
}

// refresh says what is to be done now, or that it is done.
func (b *adviceBar) refresh() {
	if b.row == nil {
		return
	}
	p := b.profile()
	if b.done != nil && p != nil && p.Name == b.done.after.Name && !b.done.standing(p) {
		b.done = nil
	}
	done := b.done
	if done != nil && done.exchange != b.row.ID {
		done = nil
	}
	var steps []advice.Step
	if pair, ok := b.row.verdict(); ok && p != nil {
		steps = advice.OfExchange(b.row.Entry, pair, p)
	}
	switch {
	case p == nil || done == nil && len(steps) == 0:
		b.box.Hide()
		return
	case done != nil:
		b.text.SetText("The profile “" + p.Name + "” was changed. It counts from the page's next request on.")
		b.set.SetText("Undo")
		b.set.OnTapped = func() { b.write(done.before, nil) }
	default:
		s := steps[0]
		b.text.SetText("Advice: " + s.Title + ". " + s.Why)
		b.set.SetText("Do it")
		after := p.Clone()
		s.Apply(after)
		b.set.OnTapped = func() { b.write(after, &adviceDone{b.row.ID, profileChange{p, after}}) }
	}
	b.box.Show()
}

// profile is the one that chose the exchange, nil where it is gone or its file is
// wrong.
func (b *adviceBar) profile() *profiles.Profile {
	for _, item := range b.ui.Store.Items() {
		if item.Profile != nil && item.Err == nil && item.Profile.Name == b.row.Profile {
			return item.Profile
		}
	}
	return nil
}

// write brings the profile's file to p; done is what can be undone then.
func (b *adviceBar) write(p *profiles.Profile, done *adviceDone) {
	b.set.Disable()
	b.ui.Background(func(context.Context) error { return b.ui.Store.Update(p.Name, *p) }, func(err error) {
		b.set.Enable()
		if err != nil {
			b.text.SetText("The profile could not be changed: " + err.Error())
			return
		}
		b.done = done
		b.refresh()
	})
}

// sameText reports whether two profiles would be written alike.
func sameText(a, b *profiles.Profile) bool {
	text, err := a.Text()
	other, err2 := b.Text()
	return err == nil && err2 == nil && bytes.Equal(text, other)
}
