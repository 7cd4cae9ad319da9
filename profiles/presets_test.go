package profiles

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A profile made by a preset is valid, says nothing that is the default anyhow,
// and survives being written to a file and read back.
func TestPresets(t *testing.T) {
	want := []string{"django", "rails", "laravel", "spring", "aspnet", "express", "graphql", "token"}
	var names []string
	for _, preset := range Presets() {
		names = append(names, preset.Name)
		t.Run(preset.Name, func(t *testing.T) {
			if preset.Label == "" || !regexp.MustCompile(`^[A-Z].*\.$`).MatchString(preset.Help) {
				t.Errorf("the label is %q, the help %q: a person needs both", preset.Label, preset.Help)
			}
			for name, on := range preset.Toggles {
				if m, ok := toggle(name); !ok || m.Default == on {
					t.Errorf("%s: %t changes nothing", name, on)
				}
			}
			p, err := FromURL("https://dev.example.com")
			if err != nil {
				t.Fatal(err)
			}
			p.Set("cookie-httponly", true) // of a preset chosen before
			preset.ApplyTo(&p)
			if err := p.Validate(); err != nil {
				t.Fatal(err)
			}
			if !maps.Equal(p.Toggles, preset.Toggles) || p.CSRF != preset.CSRF {
				t.Errorf("the profile has %v and %+v", p.Toggles, p.CSRF)
			}
			text, err := render(&p)
			if err != nil {
				t.Fatal(err)
			}
			back, warnings, err := Parse("x.yaml", text)
			if err != nil || len(warnings) > 0 || !back.same(&p) {
				t.Errorf("read back as %+v, %v, %v from\n%s", back, warnings, err, text)
			}
		})
	}
	if !slices.Equal(names, want) {
		t.Errorf("the presets are %v, want %v", names, want)
	}
}

func TestFindPreset(t *testing.T) {
	if got, err := FindPreset("laravel"); err != nil || got.CSRF.Header != "X-XSRF-TOKEN" {
		t.Errorf("got %+v, %v", got, err)
	}
	_, err := FindPreset("lavarel")
	if err == nil || !strings.Contains(err.Error(), "laravel") {
		t.Errorf("the error is %v, want what was meant in it", err)
	}
}
