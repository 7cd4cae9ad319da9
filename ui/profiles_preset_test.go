package ui

import (
	"maps"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"

	"corsage/profiles"
)

// choose picks the preset called name by its label.
func choose(t *testing.T, c *presetChoice, name string) profiles.Preset {
	t.Helper()
	preset, err := profiles.FindPreset(name)
	if err != nil {
		t.Fatal(err)
	}
	c.list.SetSelected(preset.Label)
	return preset
}

func TestNewProfileOfAPreset(t *testing.T) {
	p := newTestProfiles(t, nil)
	p.add()
	n := p.adding
	fill(n.address, "https://new.example.com")
	choose(t, n.preset, "laravel")
	preset := choose(t, n.preset, "token") // in its place
	if n.preset.help.String() != preset.Help || !n.preset.below.Visible() {
		t.Errorf("it explains %q", n.preset.help.String())
	}
	test.Tap(n.create)
	p.settle()
	made := p.only().Profile
	if made.CSRF != preset.CSRF || !maps.Equal(made.Toggles, preset.Toggles) {
		t.Errorf("made %+v", made)
	}
	p.add()
	if p.adding.preset.chosen != nil || p.adding.preset.below.Visible() {
		t.Error("the next form begins with a preset")
	}
}

func TestFirstStartWithAPreset(t *testing.T) {
	u, w := newTestWelcome(t)
	preset := choose(t, w.first.preset, "spring") // before there is an address
	fill(w.first.backend, "https://dev.example.com")
	test.Tap(button(t, w.window, "Create profile"))
	u.settle()
	if made := u.Store.Items()[0].Profile; made.CSRF != preset.CSRF {
		t.Errorf("made %+v", made)
	}
	w.finish()
	if w.first.preset.chosen != nil {
		t.Error("the next first step begins with a preset")
	}
}

// TestPresetsLook draws both forms; CORSAGE_SCREENSHOTS names a folder to look at them.
func TestPresetsLook(t *testing.T) {
	for name, variant := range map[string]fyne.ThemeVariant{"dark": theme.VariantDark, "light": theme.VariantLight} {
		p := newTestProfiles(t, nil)
		p.app.Settings().SetTheme(fixed{NewTheme(), variant})
		p.add()
		fill(p.adding.address, "https://dev.example.com")
		choose(t, p.adding.preset, "aspnet")
		p.window.Resize(fyne.NewSize(999, 600))
		p.window.Resize(fyne.NewSize(1000, 600))
		shoot(t, p.window.Canvas(), name+"-preset-new")
		u, w := newTestWelcome(t)
		u.app.Settings().SetTheme(fixed{NewTheme(), variant})
		fill(w.first.backend, "https://dev.example.com")
		choose(t, w.first.preset, "django")
		w.window.Resize(fyne.NewSize(760, 719)) // below a height that has all in it, the renderer of tests fails
		w.window.Resize(fyne.NewSize(760, 720))
		shoot(t, w.window.Canvas(), name+"-preset-welcome")
	}
}
