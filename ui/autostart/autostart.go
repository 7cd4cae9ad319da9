// Package autostart has Corsage started when the user logs in, in each system's
// own way: an XDG autostart entry, a launchd agent or a value of Windows' Run key.
package autostart

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// ID is the application's name where systems want one that nobody else has.
const ID = "io.github.corsage.Corsage"

// hidden is what the program is started with: no window pops up.
const hidden = "--hidden"

// State is whether Corsage starts at login.
type State struct {
	On bool
	// Where is the file or the registry's value that says so.
	Where string
	// Note is what a person should know, such as that the desktop's own settings
	// switched it off; "" for nothing.
	Note string
}

// Login switches whether a program starts when the user logs in. Safe for
// concurrent use.
type Login struct {
	program string
	temp    string
	place   place
}

// place is where a system keeps what starts at login. Its errors say what was
// tried.
type place interface {
	state() (State, error)
	enable(program string) error
	disable() error
}

// Open returns the Login of this program, for this user. It changes nothing.
func Open() (*Login, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("finding out where this program is: %w", err)
	}
	program = lastingName(program, os.Getenv("APPIMAGE"), os.Getenv("APPDIR"))
	p, err := open()
	if err != nil {
		return nil, err
	}
	return &Login{program: program, temp: os.TempDir(), place: p}, nil
}

// State tells how it stands.
func (l *Login) State() (State, error) { return l.place.state() }

// Enable has the program started at each login from now on, without a window,
// also where the desktop's own settings had switched that off. It starts nothing
// now. A program that will not be there any more is refused.
func (l *Login) Enable() error {
	if err := lasting(l.program, l.temp); err != nil {
		return err
	}
	return l.place.enable(l.program)
}

// Disable has it start no longer. It ends nothing now.
func (l *Login) Disable() error { return l.place.disable() }

// lastingName is the AppImage that the program is in, if it is: what is in one runs
// from a folder, dir, that is gone when it ends. The variables may be those of
// another, such as the editor's whose terminal this was typed into.
func lastingName(program, image, dir string) string {
	if rest, err := filepath.Rel(dir, program); image != "" && dir != "" && err == nil && filepath.IsLocal(rest) {
		return image
	}
	return program
}

// lasting refuses a program that is in a folder of 'go run' or for temporary
// files: at the next login it would be gone.
func lasting(program, temp string) error {
	for dir := filepath.Dir(program); dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if strings.HasPrefix(filepath.Base(dir), "go-build") {
			return errors.New("this program was started by 'go run', which removes it afterwards: 'go install .' puts it where it stays; start that one")
		}
	}
	if real, err := filepath.EvalSymlinks(temp); err == nil {
		temp = real
	}
	if rest, err := filepath.Rel(temp, program); err == nil && filepath.IsLocal(rest) {
		return fmt.Errorf("this program is %s, in a folder for temporary files, and may be gone at the next login: put it where it stays, and start that one", program)
	}
	return nil
}

// gone is the note on an entry that starts what is not there.
func gone(program string) string {
	if _, err := os.Stat(program); errors.Is(err, fs.ErrNotExist) {
		return fmt.Sprintf("it starts %s, which is not there: switch it off and on", program)
	}
	return ""
}
