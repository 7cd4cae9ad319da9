package autostart

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// The keys below HKEY_CURRENT_USER. In the second Windows keeps what its own
// settings and the Task Manager switched off: there the value's first byte is odd.
const (
	runPath      = `Software\Microsoft\Windows\CurrentVersion\Run`
	approvedPath = `Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run`
	valueName    = "Corsage"
)

// maxRun is how long a command of the Run key may be, in characters.
// https://learn.microsoft.com/windows/win32/setupapi/run-and-runonce-registry-keys
const maxRun = 260

// values is what of Windows' registry is needed, below HKEY_CURRENT_USER. A
// value that is not there is "" or nil; removing it is no error.
type values interface {
	text(path, name string) (string, error)
	binary(path, name string) ([]byte, error)
	setText(path, name, value string) error
	remove(path, name string) error
}

// runKey is a value of the Run key.
type runKey struct{ registry values }

func (k *runKey) state() (State, error) {
	s := State{Where: `HKEY_CURRENT_USER\` + runPath + `\` + valueName}
	command, err := k.registry.text(runPath, valueName)
	if err != nil || command == "" {
		return s, explainRegistry("reading", err)
	}
	approved, err := k.registry.binary(approvedPath, valueName)
	if err != nil {
		return s, explainRegistry("reading", err)
	}
	if len(approved) > 0 && approved[0]&1 == 1 {
		s.Note = "Windows' settings switched it off"
		return s, nil
	}
	s.On = true
	if program, _, ok := strings.Cut(strings.TrimPrefix(command, `"`), `"`); ok {
		s.Note = gone(program)
	}
	return s, nil
}

func (k *runKey) enable(program string) error {
	command := runCommand(windowed(program))
	if n := len([]rune(command)); n > maxRun {
		return fmt.Errorf("the program's path is too long for what starts at login (%d characters of %d): put it elsewhere", n, maxRun)
	}
	if err := k.registry.setText(runPath, valueName, command); err != nil {
		return explainRegistry("writing", err)
	}
	return explainRegistry("writing", k.registry.remove(approvedPath, valueName))
}

func (k *runKey) disable() error {
	if err := k.registry.remove(runPath, valueName); err != nil {
		return explainRegistry("changing", err)
	}
	return explainRegistry("changing", k.registry.remove(approvedPath, valueName))
}

// windowed is the program to start without a console: corsage.exe, where it lies
// beside this corsage.com, which is the same for terminals.
func windowed(program string) string {
	if extension := filepath.Ext(program); strings.EqualFold(extension, ".com") {
		other := strings.TrimSuffix(program, extension) + ".exe"
		if _, err := os.Stat(other); err == nil {
			return other
		}
	}
	return program
}

// runCommand is the command line. No path of Windows has a quote in it.
func runCommand(program string) string { return `"` + program + `" ` + hidden }

func explainRegistry(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s what starts at login, in the registry: %w", doing, err)
}
