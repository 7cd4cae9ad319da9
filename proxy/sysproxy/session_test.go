package sysproxy

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestSession(t *testing.T) {
	all := []string{"gsettings", "dconf", "kreadconfig5", "kwriteconfig5", "kreadconfig6", "kwriteconfig6"}
	for _, c := range []struct {
		desktop, kde string
		commands     []string
		name, fault  string
	}{
		{"GNOME", "", all, "GNOME", ""},
		{"ubuntu:GNOME", "", all, "GNOME", ""},
		{"pop:GNOME", "", all, "GNOME", ""},
		{"GNOME-Flashback:GNOME", "", all, "GNOME", ""},
		{"Unity:Unity7:ubuntu", "", all, "Unity", ""},
		{"X-Cinnamon", "", all, "Cinnamon", ""},
		{"MATE", "", all, "MATE", ""},
		{"Budgie:GNOME", "", all, "Budgie", ""},
		{"Pantheon", "", all, "Pantheon", ""},
		{"KDE", "6", all, "KDE 6", ""},
		{"KDE", "5", all, "KDE 5", ""},
		{"KDE", "5", []string{"kreadconfig6", "kwriteconfig6"}, "KDE 6", ""},
		{"KDE", "", []string{"kreadconfig5", "kwriteconfig5"}, "KDE 5", ""},
		{"KDE", "6", []string{"gsettings"}, "", "the commands kreadconfig and kwriteconfig are missing"},
		{"GNOME", "", nil, "", "the command gsettings is missing"},
		{"XFCE", "", all, "", "XFCE has no proxy setting that programs follow: start a browser with 'corsage browser'"},
		{"LXQt", "", all, "", "LXQt has no proxy setting"},
		{"sway:wlroots", "", all, "", "sway:wlroots has no proxy setting"},
		{"", "", all, "", "this session is of no desktop with a proxy setting (XDG_CURRENT_DESKTOP is empty)"},
	} {
		s := session{
			env: func(name string) string {
				return map[string]string{"XDG_CURRENT_DESKTOP": c.desktop, "KDE_SESSION_VERSION": c.kde}[name]
			},
			has: func(command string) bool { return slices.Contains(c.commands, command) },
		}
		d, err := s.find("", nil, func(context.Context) {})
		if c.fault != "" {
			if !errors.As(err, new(*UnsupportedError)) || !strings.Contains(err.Error(), c.fault) {
				t.Errorf("%q: %v, want %q", c.desktop, err, c.fault)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", c.desktop, err)
			continue
		}
		name := d.name()
		if k, ok := d.(kde); ok {
			name += " " + k.version
		}
		if name != c.name {
			t.Errorf("%q, KDE_SESSION_VERSION %q: %s, want %s", c.desktop, c.kde, name, c.name)
		}
	}
}

// A journal names its desktop, whatever the session is that puts things back.
func TestSessionOfAJournal(t *testing.T) {
	s := session{env: func(string) string { return "" }, has: func(string) bool { return true }}
	for _, id := range []string{"gnome", "kde"} {
		if d, err := s.find(id, nil, nil); err != nil || d.id() != id {
			t.Errorf("%s: %v, %v", id, d, err)
		}
	}
	if _, err := s.find("windows", nil, nil); err == nil {
		t.Error("a journal of Windows was taken")
	}
}
