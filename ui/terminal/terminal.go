// Package terminal opens the user's terminal with a shell whose programs use
// Corsage.
package terminal

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"al.essio.dev/pkg/shellescape"

	"corsage/ui/environ"
)

// Shell is what is to run in a terminal.
type Shell struct {
	// Program is the path of corsage: its command "shell" is what runs, since a
	// terminal may be one process for all windows, with an environment of its own.
	Program string
	// Variables are for terminals that start a shell with our environment.
	Variables []environ.Variable
	// Sign is the line that says that the shell uses Corsage. Program writes it
	// itself.
	Sign string
	// Dir is a folder of the user's own, for files that a terminal needs.
	Dir string
}

func (s Shell) command() []string { return []string{s.Program, "shell"} }

// ErrNone says that there is no terminal, and what to do.
var ErrNone = errors.New("no terminal was found: install one, such as xterm, or name yours in the variable TERMINAL; 'eval \"$(corsage env)\"' in any shell does the same")

// failTime is how long a terminal may take to fail: one that does not start,
// as without a screen, ends at once.
const failTime = time.Second

// emulator is how a program of a name is told what to run.
type emulator struct {
	name string
	args []string // in front of the command and its arguments
}

// emulators are the programs that are looked for, in this order: first those
// that stand for the one that the user or the distribution chose.
func emulators() []emulator {
	return []emulator{
		{"xdg-terminal-exec", nil},
		{"x-terminal-emulator", []string{"-e"}}, // Debian Policy, section 11.8.3
		{"ptyxis", []string{"--"}},
		{"gnome-terminal", []string{"--"}},
		{"kgx", []string{"--"}},
		{"konsole", []string{"-e"}},
		{"xfce4-terminal", []string{"-x"}},
		{"mate-terminal", []string{"-x"}},
		{"qterminal", []string{"-e"}},
		{"terminator", []string{"-x"}},
		{"ghostty", []string{"-e"}},
		{"kitty", nil},
		{"alacritty", []string{"-e"}},
		{"foot", nil},
		{"wezterm", []string{"start", "--"}},
		{"urxvt", []string{"-e"}},
		{"xterm", []string{"-e"}},
	}
}

// unixCommand returns the command that runs another in the user's terminal: in
// the one that chosen, the variable TERMINAL, names, or else in the first that
// look, exec.LookPath's like, finds. It is nil where there is none.
func unixCommand(chosen string, look func(string) (string, error), command ...string) []string {
	list := emulators()
	if chosen != "" {
		first := emulator{chosen, []string{"-e"}} // as most do
		for _, e := range list {
			if e.name == chosen[strings.LastIndexByte(chosen, '/')+1:] {
				first.args = e.args
			}
		}
		list = append([]emulator{first}, list...)
	}
	for _, e := range list {
		if path, err := look(e.name); err == nil {
			return append(append([]string{path}, e.args...), command...)
		}
	}
	return nil
}

// commandFile is the text of a file that macOS's terminals run.
func commandFile(command ...string) string {
	return "#!/bin/sh\nexec " + shellescape.QuoteCommand(command) + "\n"
}

// windowsCommand returns the shell that stays open once it has said sign:
// PowerShell where look finds one, else the one that comSpec names.
func windowsCommand(comSpec string, look func(string) (string, error), sign string) []string {
	for _, name := range []string{"pwsh.exe", "powershell.exe"} {
		if path, err := look(name); err == nil {
			return []string{path, "-NoLogo", "-NoExit", "-Command", "Write-Host '" + strings.ReplaceAll(sign, "'", "''") + "'"}
		}
	}
	return []string{comSpec, "/k", "echo " + sign}
}

// ended is the error of a terminal that has ended at once.
func ended(name string, err error, said string) error {
	if said = strings.TrimSpace(said); said != "" {
		return fmt.Errorf("the terminal %s ended at once: %w: %s", name, err, said)
	}
	return fmt.Errorf("the terminal %s ended at once: %w", name, err)
}
