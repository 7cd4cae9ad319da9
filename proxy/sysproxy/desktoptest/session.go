// Package desktoptest gives a test a desktop session of its own: a D-Bus session
// bus, and folders in which GSettings and KConfig keep what is set in it. Nothing
// of it reaches the settings of who runs the test.
package desktoptest

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Session is a desktop session.
type Session struct {
	dir string
	env map[string]string
	bus *exec.Cmd
}

// Start begins a session of the desktop, as XDG_CURRENT_DESKTOP names it, and
// ends it with the test. Where one of the programs is missing the test is
// skipped; it fails where CI is set.
func Start(t testing.TB, desktop string, programs ...string) *Session {
	t.Helper()
	for _, program := range append(programs, "dbus-daemon") {
		if _, err := exec.LookPath(program); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatalf("%s is missing: .ci/setup --tests installs it", program)
			}
			t.Skipf("%s is missing: .ci/setup --tests installs it", program)
		}
	}
	dir, err := os.MkdirTemp("", "corsage-session") // a socket's path may have some 100 bytes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	s := &Session{dir: dir, env: map[string]string{
		"HOME": dir, "XDG_CURRENT_DESKTOP": desktop, "DESKTOP_SESSION": "", "KDE_SESSION_VERSION": "5",
		"GSETTINGS_BACKEND": "dconf", "DCONF_PROFILE": "",
		"DISPLAY": "", "WAYLAND_DISPLAY": "",
	}}
	for name, folder := range map[string]string{
		"XDG_CONFIG_HOME": ".config", "XDG_DATA_HOME": "data", "XDG_STATE_HOME": "state", "XDG_CACHE_HOME": "cache", "XDG_RUNTIME_DIR": "run", "XDG_CONFIG_DIRS": "etc",
	} {
		s.env[name] = filepath.Join(dir, folder)
		if err := os.Mkdir(s.env[name], 0o700); err != nil {
			t.Fatal(err)
		}
	}
	// What D-Bus starts, such as dconf's service, gets the bus's environment.
	bus := exec.Command("dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address=1")
	bus.Env = s.Environ()
	out, err := bus.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := bus.Start(); err != nil {
		t.Fatal(err)
	}
	s.bus = bus
	t.Cleanup(s.EndBus)
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("dbus-daemon told no address: %v", err)
	}
	s.env["DBUS_SESSION_BUS_ADDRESS"] = strings.TrimSpace(address)
	return s
}

// EndBus ends the session's bus, as a logout does. It may be called again.
func (s *Session) EndBus() { _ = s.bus.Process.Kill(); _ = s.bus.Wait() }

// Environ is this process's environment with the session's in place of its own.
func (s *Session) Environ() []string {
	var env []string
	for _, v := range os.Environ() {
		if name, _, _ := strings.Cut(v, "="); !s.has(name) {
			env = append(env, v)
		}
	}
	for name, v := range s.env {
		if v != "" {
			env = append(env, name+"="+v)
		}
	}
	return env
}

func (s *Session) has(name string) bool { _, ok := s.env[name]; return ok }

// Setenv makes this process one of the session, for as long as the test runs.
func (s *Session) Setenv(t testing.TB) {
	for name, v := range s.env {
		t.Setenv(name, v)
		if v == "" {
			_ = os.Unsetenv(name) // t restores it
		}
	}
}

// Get is a variable of the session's.
func (s *Session) Get(name string) string { return s.env[name] }

// Config is the path of a file below the session's XDG_CONFIG_HOME.
func (s *Session) Config(name string) string { return filepath.Join(s.Get("XDG_CONFIG_HOME"), name) }

// Run runs a program of the session's, and returns what it writes to stdout.
func (s *Session) Run(t testing.TB, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = s.Environ()
	out, err := cmd.Output()
	if err != nil {
		var why string
		if exit, ok := err.(*exec.ExitError); ok {
			why = string(exit.Stderr)
		}
		t.Fatalf("%s %q: %v %s", name, args, err, why)
	}
	return string(out)
}
