package autostart

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"gopkg.in/ini.v1"

	"corsage/profiles"
)

// xdgEntry is an entry by the Desktop Application Autostart Specification: a
// desktop file in the user's folder, which hides one of the same name in the
// system's folders.
type xdgEntry struct {
	user   string   // the user's file
	system []string // the system's, the first that is there counts
}

const (
	fileName = ID + ".desktop"
	// group is the one group of the file that counts.
	group = "Desktop Entry"
)

// newXDGEntry takes the folders of the XDG Base Directory Specification.
func newXDGEntry(configHome string, configDirs []string) *xdgEntry {
	e := &xdgEntry{user: filepath.Join(configHome, "autostart", fileName)}
	for _, dir := range configDirs {
		e.system = append(e.system, filepath.Join(dir, "autostart", fileName))
	}
	return e
}

func (e *xdgEntry) state() (State, error) {
	for _, path := range append([]string{e.user}, e.system...) {
		text, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return State{}, fmt.Errorf("reading what starts at login: %w", err)
		}
		return xdgState(path, text)
	}
	return State{Where: e.user}, nil
}

// xdgState reads a file. Desktops' own settings switch an entry off in one of
// two ways: by Hidden, as the specification has it, or by a key of GNOME's.
func xdgState(path string, text []byte) (State, error) {
	file, err := ini.LoadSources(ini.LoadOptions{
		IgnoreInlineComment: true, IgnoreContinuation: true, PreserveSurroundedQuote: true,
		KeyValueDelimiters: "=", SkipUnrecognizableLines: true,
	}, text)
	if err != nil {
		return State{}, fmt.Errorf("reading what starts at login, %s: %w; switching it off and on writes it anew", path, err)
	}
	keys := file.Section(group)
	s := State{On: true, Where: path}
	if keys.Key("Hidden").Value() == "true" || keys.Key("X-GNOME-Autostart-enabled").Value() == "false" {
		s.On = false
		s.Note = "the desktop's settings switched it off"
	} else if program := keys.Key("TryExec").Value(); program != "" {
		s.Note = gone(unescape(program))
	}
	return s, nil
}

func (e *xdgEntry) enable(program string) error {
	// The specification has no equal signs in a program, and GLib no percent signs.
	if strings.ContainsAny(program, "=%\n") {
		return fmt.Errorf("the path %q can't stand in an entry of what starts at login: put the program elsewhere", program)
	}
	if err := os.MkdirAll(filepath.Dir(e.user), 0o700); err != nil {
		return fmt.Errorf("making the folder for what starts at login: %w", err)
	}
	return profiles.WriteFile(e.user, []byte(xdgText(program)), 0o644)
}

// disable removes the user's file, or hides the system's, which goes on starting
// for others.
func (e *xdgEntry) disable() error {
	for _, path := range e.system {
		if _, err := os.Stat(path); err == nil {
			if err := os.MkdirAll(filepath.Dir(e.user), 0o700); err != nil {
				return fmt.Errorf("making the folder for what starts at login: %w", err)
			}
			return profiles.WriteFile(e.user, []byte("["+group+"]\nType=Application\nName=Corsage\nExec=corsage "+hidden+"\nHidden=true\n"), 0o644)
		}
	}
	if err := os.Remove(e.user); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("taking Corsage from what starts at login: %w", err)
	}
	return nil
}

// xdgText is the file.
func xdgText(program string) string {
	return "[" + group + "]\n" +
		"Type=Application\n" +
		"Name=Corsage\n" +
		"Comment=Waits in the tray; profiles that were on are on again\n" +
		"Exec=" + escape(execArgument(program)) + " " + hidden + "\n" +
		"TryExec=" + escape(program) + "\n" +
		"Icon=" + ID + "\n" +
		"Terminal=false\n" +
		"StartupNotify=false\n" +
		"X-GNOME-Autostart-enabled=true\n"
}

// execArgument quotes an argument of Exec that has no percent sign.
// Desktop Entry Specification, "The Exec key".
func execArgument(s string) string {
	s = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "`", "\\`", `$`, `\$`).Replace(s)
	return `"` + s + `"`
}

// escape writes a value of type string. Desktop Entry Specification, "Possible
// value types".
func escape(s string) string {
	return strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\t", `\t`, "\r", `\r`).Replace(s)
}

func unescape(s string) string {
	return strings.NewReplacer(`\\`, `\`, `\s`, " ", `\n`, "\n", `\t`, "\t", `\r`, "\r").Replace(s)
}
