//go:build !headless && linux

package desktop

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"corsage/profiles"
	"corsage/ui/instance"
)

// patience bounds each wait; a loaded machine draws its first window slowly.
const patience = 60 * time.Second

// need skips the test, or in CI fails it, where a program is missing.
func need(t *testing.T, programs ...string) {
	t.Helper()
	for _, p := range programs {
		if _, err := exec.LookPath(p); err == nil {
			continue
		} else if os.Getenv("CI") != "" {
			t.Fatalf("%v: .ci/setup --tests installs what the tests need", err)
		} else {
			t.Skipf("%v: .ci/setup --tests installs what this test needs", err)
		}
	}
}

// eventually waits until ok holds.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited %s in vain: %s", patience, what)
		}
	}
}

// process is a program under test or one that it needs.
type process struct {
	cmd    *exec.Cmd
	done   chan struct{}
	err    error // of Wait, after done
	mu     sync.Mutex
	output bytes.Buffer
}

func (p *process) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.output.Write(b)
}

func (p *process) log() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.output.String()
}

// start runs cmd until the test ends. What it wrote is shown if the test fails.
func start(t *testing.T, cmd *exec.Cmd) *process {
	t.Helper()
	p := &process{cmd: cmd, done: make(chan struct{})}
	if cmd.Stdout == nil {
		cmd.Stdout = p
	}
	cmd.Stderr = p
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.err = cmd.Wait()
		close(p.done)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-p.done:
		case <-time.After(10 * time.Second):
			_ = cmd.Process.Kill()
			<-p.done
		}
		if t.Failed() {
			t.Logf("%s wrote:\n%s", filepath.Base(cmd.Path), p.log())
		}
	})
	return p
}

// exit waits for the end and returns the exit code.
func (p *process) exit(t *testing.T) int {
	t.Helper()
	select {
	case <-p.done:
	case <-time.After(patience):
		t.Fatalf("%s does not end", p.cmd.Path)
	}
	return p.cmd.ProcessState.ExitCode()
}

// session is a screen with a D-Bus session and folders of its own.
type session struct {
	home string
	env  []string
	bus  *dbus.Conn
	dirs instance.Dirs
}

// newSession starts a virtual screen and a D-Bus session.
func newSession(t *testing.T) *session {
	t.Helper()
	need(t, "Xvfb", "dbus-daemon", "import", "xdotool")
	home := t.TempDir()
	path := func(parts ...string) string { return filepath.Join(append([]string{home}, parts...)...) }
	s := &session{home: home}
	s.dirs = instance.Dirs{
		Profiles:  profiles.Dirs{Config: path("config", "corsage", "profiles"), State: path("state", "corsage")},
		Authority: path("data", "corsage", "ca"), Runtime: path("run", "corsage"), Settings: path("config", "corsage", "settings.yaml"),
	}
	for _, dir := range []string{path("run"), path("config"), path("cache"), s.dirs.Profiles.Config} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	s.env = append(os.Environ(),
		"HOME="+home, "XDG_CONFIG_HOME="+path("config"), "XDG_STATE_HOME="+path("state"), "XDG_DATA_HOME="+path("data"),
		"XDG_CACHE_HOME="+path("cache"), "XDG_RUNTIME_DIR="+path("run"), "WAYLAND_DISPLAY=", "XDG_SESSION_TYPE=x11",
		"FYNE_SCALE=1", "LIBGL_ALWAYS_SOFTWARE=1", "LANG=C.UTF-8", "NO_AT_BRIDGE=1")
	s.env = append(s.env, "DISPLAY=:"+startScreen(t))
	address := s.startBus(t)
	s.env = append(s.env, "DBUS_SESSION_BUS_ADDRESS="+address)
	conn, err := dbus.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	s.bus = conn
	return s
}

// startScreen returns the display's number.
func startScreen(t *testing.T) string {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	cmd := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "1280x800x24", "-nolisten", "tcp")
	cmd.ExtraFiles = []*os.File{w}
	start(t, cmd)
	_ = w.Close()
	return firstLine(t, r, "Xvfb")
}

// startBus returns the session bus's address.
func (s *session) startBus(t *testing.T) string {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	cmd := s.command("dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address=3")
	cmd.ExtraFiles = []*os.File{w}
	start(t, cmd)
	_ = w.Close()
	return firstLine(t, r, "dbus-daemon")
}

func firstLine(t *testing.T, r *os.File, who string) string {
	t.Helper()
	if err := r.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatalf("%s does not start: %v", who, err)
	}
	return strings.TrimSpace(line)
}

func (s *session) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Env = s.env
	return cmd
}

// panelConfig has one panel at the foot of the screen, with a tray.
const panelConfig = `<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-panel" version="1.0">
  <property name="configver" type="int" value="2"/>
  <property name="panels" type="array">
    <value type="int" value="1"/>
    <property name="panel-1" type="empty">
      <property name="position" type="string" value="p=8;x=640;y=784"/>
      <property name="length" type="uint" value="100"/>
      <property name="position-locked" type="bool" value="true"/>
      <property name="size" type="uint" value="32"/>
      <property name="icon-size" type="uint" value="22"/>
      <property name="background-style" type="uint" value="1"/>
      <property name="background-rgba" type="array">
        <value type="double" value="0.13"/><value type="double" value="0.13"/><value type="double" value="0.14"/><value type="double" value="1"/>
      </property>
      <property name="plugin-ids" type="array"><value type="int" value="1"/></property>
    </property>
  </property>
  <property name="plugins" type="empty">
    <property name="plugin-1" type="string" value="systray"/>
  </property>
</channel>
`

// startPanel starts a panel and waits until it takes tray icons.
func (s *session) startPanel(t *testing.T) {
	t.Helper()
	need(t, "xfce4-panel")
	dir := filepath.Join(filepath.Dir(filepath.Dir(s.dirs.Profiles.Config)), "xfce4", "xfconf", "xfce-perchannel-xml")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "xfce4-panel.xml"), []byte(panelConfig), 0o600); err != nil {
		t.Fatal(err)
	}
	start(t, s.command("xfce4-panel", "--disable-wm-check"))
	eventually(t, "the panel takes tray icons", func() bool { return s.owned(watcher) })
}

// owned reports whether somebody owns a name on the session bus.
func (s *session) owned(name string) (owned bool) {
	err := s.bus.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, name).Store(&owned)
	return err == nil && owned
}

// status is what the running app says over its control socket.
func (s *session) status(t *testing.T) (instance.Status, bool) {
	t.Helper()
	status, err := instance.NewClient(s.dirs).Status(context.Background())
	if err != nil && !errors.Is(err, instance.ErrNotRunning) {
		t.Fatal(err)
	}
	return status, err == nil
}

// enabled reports whether the app says that the profile is on.
func (s *session) enabled(t *testing.T, name string) bool {
	t.Helper()
	status, _ := s.status(t)
	for _, p := range status.Profiles {
		if p.Name == name {
			return p.Enabled
		}
	}
	t.Fatalf("no profile %q in %+v", name, status)
	return false
}
