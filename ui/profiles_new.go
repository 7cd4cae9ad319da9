package ui

import (
	"fmt"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"corsage/profiles"
)

// newProfile is the form that makes a profile of a backend's URL.
type newProfile struct {
	p       *profilesWindow
	page    fyne.CanvasObject
	url     string
	name    string
	renamed bool // the name was typed, and no longer follows the URL
	preset  *presetChoice
	enable  *toggleSwitch

	address, title *field
	preview        *fyne.Container
	create         *widget.Button
	made           *profiles.Profile // what Create would make; nil while the URL is wrong
}

// add opens the form.
func (p *profilesWindow) add() {
	if p.adding == nil {
		p.adding = newNewProfile(p)
	}
	p.list.widget.UnselectAll()
	p.showRight()
	p.window.Canvas().Focus(p.adding.address.entry)
}

func newNewProfile(p *profilesWindow) *newProfile {
	n := &newProfile{p: p, preview: stack(0)}
	none := func() {}
	n.address = newField("url", "URL", "https://dev.example.com", func() *string { return &n.url }, n.typed, none, n.cancel)
	n.address.entry.OnSubmitted = func(string) { n.submit() }
	n.title = newField("name", "Name", "taken from the URL", func() *string { return &n.name }, func() { n.renamed = true; n.typed() }, none, n.cancel)
	n.title.entry.OnSubmitted = func(string) { n.submit() }
	n.preset = newPresetChoice(n.typed)
	n.enable = newSwitch("Enable at once", true, nil)
	paste := widget.NewButtonWithIcon("Paste", theme.ContentPasteIcon(), func() {
		n.address.entry.SetText(strings.TrimSpace(p.ui.App.Clipboard().Content()))
	})
	n.create = widget.NewButtonWithIcon("Create profile", theme.ConfirmIcon(), n.submit)
	n.create.Importance = widget.HighImportance
	n.create.Disable()
	cancel := widget.NewButton("Cancel", n.cancel)
	if len(p.items) == 0 {
		cancel.Hide()
	}
	enable := container.NewBorder(nil, nil, nil, container.NewCenter(n.enable), wrapped(stylePlain, "Enable it at once"))
	form := section("New profile", "Paste the address of the backend that your page talks to. Any page of it will do: what comes after the host is left out.", nil,
		margin(8, 4, 8, 8, container.NewBorder(nil, nil, nil, container.NewVBox(paste), n.address.box)),
		margin(8, 4, 8, 8, n.title.box), margin(8, 4, 8, 8, n.preset.box), margin(2, 2, 8, 8, enable))
	body := stack(12, form, margin(0, 0, 8, 8, n.preview), margin(0, 0, 8, 8, spaced(cancel, n.create)))
	n.page = container.NewVScroll(margin(8, 16, 4, 8, body))
	return n
}

// typed reads the URL and shows what would come of it.
func (n *newProfile) typed() {
	n.made = nil
	n.preview.Objects = nil
	var wrongURL, wrongName string
	if strings.TrimSpace(n.url) != "" {
		made, err := profiles.FromURL(strings.TrimSpace(n.url))
		if err != nil {
			wrongURL = err.Error()
		} else {
			if !n.renamed {
				n.name = freeName(made.Name, n.p.items)
				n.title.show(n.name)
			}
			made.Name = strings.TrimSpace(n.name)
			n.preset.applyTo(&made)
			d := draft{others: namesOf(n.p.items)}
			wrong := d.wrong(&made)
			wrongName = wrong["name"]
			n.preview.Add(notice(panelInfo, previewOf(&made)))
			if len(wrong) == 0 {
				n.made = &made
			}
		}
	}
	n.address.mark(wrongURL)
	n.title.mark(wrongName)
	enableIf(n.made != nil, n.create)
	n.preview.Refresh()
}

// previewOf says what a new profile will do.
func previewOf(p *profiles.Profile) *widget.RichText {
	on := 0
	for _, m := range profiles.Catalog() {
		if p.On(m.Name) {
			on++
		}
	}
	return paragraphs(
		piece(styleLabel, describeBackends(p.Backends), false),
		piece(styleHelp, fmt.Sprintf("Pages on %s may call it with your session. %d of %d toggles are on; everything can be changed afterwards.",
			describeOrigins(p), on, len(profiles.Catalog())), false))
}

// describeOrigins is what a profile allows, in words.
func describeOrigins(p *profiles.Profile) string {
	if len(p.Origins) == 0 {
		return "this machine (localhost, any port)"
	}
	return strings.Join(p.Origins, ", ")
}

// submit makes the profile.
func (n *newProfile) submit() {
	if n.made == nil {
		return
	}
	made, enable, p := *n.made, n.enable.On, n.p
	n.create.Disable()
	p.enqueue(func() error {
		if err := p.ui.Store.Create(made); err != nil {
			return err
		}
		if enable {
			return p.ui.Store.SetEnabled(made.Name, true)
		}
		return nil
	}, func(err error) {
		if err != nil {
			n.typed()
			p.failed(err)
			return
		}
		p.chooseName(made.Name)
	})
}

func (n *newProfile) cancel() {
	if len(n.p.items) == 0 {
		return
	}
	n.p.adding = nil
	n.p.refresh()
}

func namesOf(items []profiles.Item) []string {
	var names []string
	for _, i := range items {
		if i.Profile != nil {
			names = append(names, i.Profile.Name)
		}
	}
	return names
}

// freeName is name, with a number where another profile has it.
func freeName(name string, items []profiles.Item) string {
	taken, free := namesOf(items), name
	for i := 2; slices.Contains(taken, free); i++ {
		free = fmt.Sprintf("%s %d", name, i)
	}
	return free
}
