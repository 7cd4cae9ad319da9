package terminal

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// finds is exec.LookPath on a machine that has these programs.
func finds(programs string) func(string) (string, error) {
	return func(name string) (string, error) {
		if strings.HasPrefix(name, "/") && strings.Contains(programs, name) {
			return name, nil
		}
		if slices.Contains(strings.Fields(programs), name) {
			return "/usr/bin/" + name, nil
		}
		return "", exec.ErrNotFound
	}
}

func TestUnixCommand(t *testing.T) {
	for _, c := range []struct{ chosen, has, want string }{
		{"", "", ""},
		{"", "xterm", "/usr/bin/xterm -e corsage shell"},
		{"", "xterm konsole gnome-terminal", "/usr/bin/gnome-terminal -- corsage shell"},
		{"", "xterm x-terminal-emulator konsole", "/usr/bin/x-terminal-emulator -e corsage shell"},
		{"", "x-terminal-emulator xdg-terminal-exec", "/usr/bin/xdg-terminal-exec corsage shell"},
		{"", "kitty", "/usr/bin/kitty corsage shell"},
		{"", "wezterm", "/usr/bin/wezterm start -- corsage shell"},
		{"", "xfce4-terminal", "/usr/bin/xfce4-terminal -x corsage shell"},
		{"foot", "foot x-terminal-emulator", "/usr/bin/foot corsage shell"},
		{"/opt/bin/kitty", "/opt/bin/kitty xterm", "/opt/bin/kitty corsage shell"},
		{"myterm", "myterm xterm", "/usr/bin/myterm -e corsage shell"},
		{"gone", "xterm", "/usr/bin/xterm -e corsage shell"},
	} {
		if got := strings.Join(unixCommand(c.chosen, finds(c.has), "corsage", "shell"), " "); got != c.want {
			t.Errorf("TERMINAL=%s, with %s: %q, want %q", c.chosen, c.has, got, c.want)
		}
	}
}

func TestWindowsCommand(t *testing.T) {
	for _, c := range []struct {
		has  string
		want []string
	}{
		{"", []string{`C:\cmd.exe`, "/k", "echo Corsage: 'exit' leaves it."}},
		{"powershell.exe", []string{"/usr/bin/powershell.exe", "-NoLogo", "-NoExit", "-Command", "Write-Host 'Corsage: ''exit'' leaves it.'"}},
		{"powershell.exe pwsh.exe", []string{"/usr/bin/pwsh.exe", "-NoLogo", "-NoExit", "-Command", "Write-Host 'Corsage: ''exit'' leaves it.'"}},
	} {
		if got := windowsCommand(`C:\cmd.exe`, finds(c.has), "Corsage: 'exit' leaves it."); !slices.Equal(got, c.want) {
			t.Errorf("with %s: %q, want %q", c.has, got, c.want)
		}
	}
}

// The file runs the command, wherever that is.
func TestCommandFile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "it's a \"folder\" $HOME")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	program, file := filepath.Join(dir, "corsage"), filepath.Join(dir, "Corsage.command")
	if err := os.WriteFile(program, []byte("#!/bin/sh\necho \"got $1\"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(commandFile(program, "shell")), 0o700); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("/bin/sh", file).CombinedOutput(); err != nil || string(out) != "got shell\n" {
		t.Errorf("%v: %s", err, out)
	}
}

func TestEnded(t *testing.T) {
	err := ended("xterm", errors.New("exit status 1"), "can't open display\n")
	if err.Error() != "the terminal xterm ended at once: exit status 1: can't open display" {
		t.Error(err)
	}
}
