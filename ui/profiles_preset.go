package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"corsage/profiles"
)

// anyPreset stands for the choice of none.
const anyPreset = "Any kind: the defaults"

// presetChoice is a labelled list of presets with what the chosen one is for
// below it.
type presetChoice struct {
	chosen *profiles.Preset // nil for none
	list   *widget.Select
	help   *widget.RichText
	below  *fyne.Container
	box    *fyne.Container
}

// newPresetChoice makes the list; changed is called after each choice.
func newPresetChoice(changed func()) *presetChoice {
	c := &presetChoice{help: wrapped(styleHelp, " ")}
	options := []string{anyPreset}
	for _, preset := range profiles.Presets() {
		options = append(options, preset.Label)
	}
	c.list = widget.NewSelect(options, func(string) {
		c.choose()
		changed()
	})
	c.below = margin(0, 0, fieldLabelWidth+4, 0, c.help)
	label := container.New(minWidth(fieldLabelWidth), widget.NewLabel("Kind"))
	c.box = stack(-4, container.NewBorder(nil, nil, label, nil, c.list), c.below)
	c.reset()
	return c
}

// reset chooses none, and tells nobody.
func (c *presetChoice) reset() {
	changed := c.list.OnChanged
	c.list.OnChanged = nil
	c.list.SetSelectedIndex(0)
	c.list.OnChanged = changed
	c.choose()
}

func (c *presetChoice) choose() {
	c.chosen = nil
	help := ""
	if i := c.list.SelectedIndex(); i > 0 {
		c.chosen = &profiles.Presets()[i-1]
		help = c.chosen.Help
	}
	setText(c.help, styleHelp, help)
	showIf(help != "", c.below)
}

// applyTo sets what the chosen preset sets.
func (c *presetChoice) applyTo(p *profiles.Profile) {
	if c.chosen != nil {
		c.chosen.ApplyTo(p)
	}
}
