//go:build !headless && linux

package desktop

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// tooltip is what the tray is asked to say: its title.
func (i *trayItem) tooltip(t *testing.T) string {
	t.Helper()
	var tip struct {
		Icon   string
		Images []pixmap
		Title  string
		Text   string
	}
	err := i.bus.Object(i.name, "/StatusNotifierItem").StoreProperty("org.kde.StatusNotifierItem.ToolTip", &tip)
	if err != nil {
		t.Fatal(err)
	}
	return tip.Title
}

// TestHidden is a start at login: only the tray shows the app, says what is
// relaxed, and leads to windows and to terminals whose programs use Corsage.
func TestHidden(t *testing.T) {
	need(t, "xterm", "xfce4-terminal", "bash")
	s := newSession(t)
	s.startPanel(t)
	s.writeProfile(t, backend(t).URL)
	s.prepareTerminals(t)
	app := start(t, s.command(buildApp(t), "--hidden"))
	tray := s.trayItem(t, app)
	eventually(t, "the icon says what it is", func() bool { return tray.tooltip(t) == "Corsage" })
	if windows, err := s.command("xdotool", "search", "--onlyvisible", "--pid", fmt.Sprint(app.cmd.Process.Pid)).Output(); len(strings.Fields(string(windows))) > 0 {
		t.Errorf("windows are shown: %s, %v", windows, err)
	}
	tray.click(t, "Shop")
	eventually(t, "the icon says what is relaxed", func() bool { return tray.tooltip(t) == "Corsage: relaxing Shop" })
	status, _ := s.status(t)
	at := status.Profiles[0].OffAt
	if at == nil {
		t.Fatalf("it stays on: %+v", status.Profiles)
	}
	eventually(t, "the menu says until when", func() bool {
		_, today := tray.find(t, "Relaxing: Shop · off at "+at.Local().Format("15:04"))
		_, tomorrow := tray.find(t, "Relaxing: Shop · off at "+at.Local().Format("Mon 15:04"))
		return today || tomorrow
	})

	s.opensTerminal(t, "xterm", tray)
	// This one is a single process, which was there before without the variables.
	start(t, s.command("xfce4-terminal", "-x", "cat"))
	eventually(t, "the terminal that is one process is there", func() bool { return s.owned("org.xfce.Terminal5") })
	s.opensTerminal(t, "xfce4-terminal", tray)

	s.secondStart(t, app.cmd.Path)
	s.await(t, "Active: Shop", plain)
	tray.click(t, "Shop")
	eventually(t, "the icon says that nothing is relaxed", func() bool { return tray.tooltip(t) == "Corsage" })
}

// chooser is the user's terminal: the one that a file names.
const chooser = `#!/bin/sh
shift # -e
case $(cat "$HOME/terminal") in
xterm) exec xterm -geometry 110x12+100+100 -e "$@" ;;
*) exec xfce4-terminal --geometry=110x12+100+300 -x "$@" ;;
esac
`

// startup is what the shell in the terminal runs first. It ends when the test has
// seen what it has to.
const startup = `curl -sS https://dev.shop.example/api/terminal >"$HOME/new" 2>&1
env >>"$HOME/new"
mv "$HOME/new" "$HOME/seen"
until [ -e "$HOME/leave" ]; do sleep 0.1; done
mv "$HOME/leave" "$HOME/left"
exit
`

// prepareTerminals makes the user one who has a terminal.
func (s *session) prepareTerminals(t *testing.T) {
	t.Helper()
	for name, text := range map[string]string{"chooser": chooser, ".bashrc": startup} {
		if err := os.WriteFile(filepath.Join(s.home, name), []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	s.env = append(s.env, "TERMINAL="+filepath.Join(s.home, "chooser"), "SHELL=/bin/bash", "HTTPS_PROXY=", "https_proxy=")
}

// opensTerminal opens one from the tray and looks at what its shell has.
func (s *session) opensTerminal(t *testing.T, name string, tray *trayItem) {
	t.Helper()
	put := func(name, text string) {
		if err := os.WriteFile(filepath.Join(s.home, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	there := func(name string) func() bool {
		return func() bool { _, err := os.Stat(filepath.Join(s.home, name)); return err == nil }
	}
	put("terminal", name)
	tray.click(t, "Open terminal")
	eventually(t, "the shell in "+name+" has started", there("seen"))
	seen, err := os.ReadFile(filepath.Join(s.home, "seen"))
	if err != nil {
		t.Fatal(err)
	}
	status, _ := s.status(t)
	for _, want := range []string{`{"path":"/api/terminal"`, "\nHTTPS_PROXY=http://" + status.Proxy + "\n"} {
		if !strings.Contains(string(seen), want) {
			t.Errorf("in %s there is no %q:\n%s", name, want, seen)
		}
	}
	s.shoot(t).keep(t, "terminal-"+name)
	if err := os.Remove(filepath.Join(s.home, "seen")); err != nil {
		t.Fatal(err)
	}
	put("leave", "")
	eventually(t, "the shell has ended", there("left"))
	if err := os.Remove(filepath.Join(s.home, "left")); err != nil {
		t.Fatal(err)
	}
}
