package sysproxy

import (
	"context"
	"fmt"
	"strings"
)

// session is what tells one desktop of Linux from another.
type session struct {
	env func(name string) string
	has func(command string) bool  // on PATH
	bus func(context.Context) bool // the session's D-Bus answers
}

// gnomes are the names in XDG_CURRENT_DESKTOP of those that use GNOME's setting.
func gnomes() map[string]string {
	return map[string]string{
		"gnome": "GNOME", "gnome-classic": "GNOME", "gnome-flashback": "GNOME", "ubuntu": "GNOME", "unity": "Unity", "x-cinnamon": "Cinnamon", "cinnamon": "Cinnamon",
		"mate": "MATE", "budgie": "Budgie", "budgie-desktop": "Budgie", "pantheon": "Pantheon", "deepin": "Deepin", "dde": "Deepin", "ukui": "UKUI",
	}
}

// find returns the desktop that id names, or for "" the session's own.
func (s session) find(id string, run runner, reparse func(context.Context)) (desktop, error) {
	name := ""
	if id == "" {
		for _, part := range strings.Split(s.env("XDG_CURRENT_DESKTOP"), ":") {
			if known := gnomes()[strings.ToLower(part)]; known != "" {
				id, name = "gnome", known
				break
			}
			if strings.EqualFold(part, "KDE") {
				id = "kde"
				break
			}
		}
	}
	switch id {
	case "gnome":
		return s.gnome(name, run)
	case "kde":
		return s.kde(run, reparse)
	case "":
		return nil, &UnsupportedError{s.none()}
	}
	return nil, fmt.Errorf("there is no proxy setting of %q on this system", id)
}

func (s session) gnome(name string, run runner) (desktop, error) {
	if name == "" {
		name = "GNOME"
	}
	if !s.has("gsettings") {
		return nil, &UnsupportedError{name + "'s proxy setting can't be changed, since the command gsettings is missing: install it (Debian: libglib2.0-bin), or use 'corsage browser' and 'corsage env'"}
	}
	backend := s.env("GSETTINGS_BACKEND")
	g := gnome{desktop: name, run: run, dconf: s.has("dconf") && (backend == "" || backend == "dconf")}
	if g.dconf && s.has("dbus-run-session") {
		g.bus = s.bus
	}
	return g, nil
}

func (s session) kde(run runner, reparse func(context.Context)) (desktop, error) {
	versions := []string{"6", "5"}
	if s.env("KDE_SESSION_VERSION") == "5" {
		versions = []string{"5", "6"}
	}
	for _, version := range versions {
		if s.has("kwriteconfig"+version) && s.has("kreadconfig"+version) {
			return kde{version: version, run: run, env: s.env, signal: reparse}, nil
		}
	}
	return nil, &UnsupportedError{"KDE's proxy setting can't be changed, since the commands kreadconfig and kwriteconfig are missing: install them (Debian: libkf5config-bin or libkf6config-bin), or use 'corsage browser' and 'corsage env'"}
}

// none says why there is no setting, and what to do instead.
func (s session) none() string {
	instead := "start a browser with 'corsage browser', or give programs 'corsage env'"
	if name := s.env("XDG_CURRENT_DESKTOP"); name != "" {
		return fmt.Sprintf("%s has no proxy setting that programs follow: %s", name, instead)
	}
	return "this session is of no desktop with a proxy setting (XDG_CURRENT_DESKTOP is empty): " + instead
}
