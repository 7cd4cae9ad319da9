package sysproxy

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"corsage/proxy/sysproxy/desktoptest"
)

// The roles in which this test's program starts itself.
const (
	roleVariable = "CORSAGE_SYSPROXY_TEST"
	roleKilled   = "killed" // switches on and off, and kills itself before a step
	roleOn       = "on"     // switches on, says so, and waits
	roleGuard    = "guard"
)

func TestMain(m *testing.M) {
	switch role, args := os.Getenv(roleVariable), os.Args[1:]; role {
	case "":
		os.Exit(m.Run())
	case roleKilled:
		os.Exit(beKilled(args))
	case roleOn:
		os.Exit(beOn(args))
	case roleGuard:
		if _, err := Guard(context.Background(), args[0], os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

// start starts this program in a role, in a process group of its own.
func start(t *testing.T, session *desktoptest.Session, role string, args ...string) (*exec.Cmd, *bufio.Reader) {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(session.Environ(), roleVariable+"="+role)
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	return cmd, bufio.NewReader(out)
}

// beKilled switches on and off, and dies before the step that its second
// argument numbers.
func beKilled(args []string) int {
	n, err := strconv.Atoi(args[1])
	if err != nil {
		return 2
	}
	s := Open(args[0])
	s.step = func(string) {
		if n--; n < 0 {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	}
	if err := s.On(context.Background(), wantOf(args[2])); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if _, err := s.Off(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// beOn switches on, with a guard, and says which process guards it.
func beOn(args []string) int {
	s := Open(args[0], "/usr/bin/env", roleVariable+"="+roleGuard, os.Args[0], args[0])
	if err := s.On(context.Background(), wantOf(args[1])); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	for g := range s.watcher.started {
		fmt.Println(g.cmd.Process.Pid)
	}
	return 0
}

// befores are the settings that a user may have had, as commands of gsettings.
func befores() map[string][]string {
	return map[string][]string{
		"nothing": nil,
		"a proxy": {
			"set org.gnome.system.proxy.http host proxy.corp", "set org.gnome.system.proxy.http port 3128", "set org.gnome.system.proxy.http use-authentication true",
			"set org.gnome.system.proxy.https host proxy.corp", "set org.gnome.system.proxy.https port 3128",
			"set org.gnome.system.proxy ignore-hosts ['localhost','*.corp']", "set org.gnome.system.proxy mode manual",
		},
		"a PAC file, switched off, and an old SOCKS proxy": {
			"set org.gnome.system.proxy autoconfig-url http://corp/it's.pac", "set org.gnome.system.proxy mode none",
			"set org.gnome.system.proxy.socks host old.corp",
		},
	}
}

func gnomeSession(t *testing.T, before []string) *desktoptest.Session {
	session := desktoptest.Start(t, "GNOME", "gsettings", "dconf")
	for _, line := range before {
		session.Run(t, "gsettings", strings.Fields(line)...)
	}
	session.Setenv(t)
	return session
}

// TestKilledBetweenAnyTwoSteps kills a real process before each step of switching
// real GSettings on and off. The next Off finds all as it was, and so does one
// that comes after an Off that was killed itself.
func TestKilledBetweenAnyTwoSteps(t *testing.T) {
	for _, c := range []struct {
		before string
		hows   []string
		steps  int // at least
	}{
		{"nothing", []string{"pac"}, 8},
		{"a proxy", []string{"fixed"}, 16},
		{"a PAC file, switched off, and an old SOCKS proxy", []string{"pac", "fixed"}, 26},
	} {
		t.Run(c.before, func(t *testing.T) {
			session := gnomeSession(t, befores()[c.before])
			stored := func() string { return session.Run(t, "dconf", "dump", "/") }
			was, steps := stored(), 0
			for _, how := range c.hows {
				for n := 0; ; n++ {
					dir := t.TempDir()
					cmd, _ := start(t, session, roleKilled, dir, strconv.Itoa(n), how)
					err := cmd.Wait()
					if _, err := Open(dir).Off(t.Context()); err != nil {
						t.Fatalf("%s, killed before step %d: %v", how, n, err)
					}
					if now := stored(); now != was {
						t.Fatalf("%s, killed before step %d, left\n%s\nbefore it was\n%s", how, n, now, was)
					}
					if err == nil {
						steps += n
						break
					}
					if status := cmd.ProcessState.Sys().(syscall.WaitStatus); status.Signal() != syscall.SIGKILL {
						t.Fatalf("%s, before step %d: %v", how, n, err)
					}
				}
			}
			t.Logf("killed before each of %d steps", steps)
			if steps < c.steps {
				t.Errorf("%d steps, want at least %d", steps, c.steps)
			}
		})
	}
}

// TestGuard kills a process that has the switch, alone, with its process group,
// and together with its guard.
func TestGuard(t *testing.T) {
	session := gnomeSession(t, befores()["a proxy"])
	stored := func() string { return session.Run(t, "dconf", "dump", "/") }
	was := stored()
	for _, how := range []string{"alone", "with its group", "after another guard", "with its guard"} {
		dir := t.TempDir()
		cmd, out := start(t, session, roleOn, dir, "fixed")
		guard := readPID(t, out)
		if stored() == was {
			t.Fatal("it was not switched on")
		}
		pid := cmd.Process.Pid
		switch how {
		case "with its group":
			pid = -pid
		case "with its guard":
			_ = syscall.Kill(pid, syscall.SIGSTOP) // else it starts another one
			_ = syscall.Kill(guard, syscall.SIGKILL)
		case "after another guard":
			_ = syscall.Kill(guard, syscall.SIGKILL)
			if next := readPID(t, out); next == guard {
				t.Fatal("no other guard was started")
			}
		}
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		if how == "with its guard" {
			state, err := Open(dir).State(t.Context())
			if err != nil || !state.On || !state.Stale {
				t.Errorf("%s: %+v, %v", how, state, err)
			}
			if report, err := Open(dir).Off(t.Context()); err != nil || len(report.Restored) < 5 {
				t.Errorf("%s: %+v, %v", how, report, err)
			}
		}
		for end := time.After(time.Minute); stored() != was; {
			select {
			case <-end:
				t.Fatalf("killed %s, it left\n%s", how, stored())
			case <-time.After(20 * time.Millisecond):
			}
		}
	}
}

// TestSessionEnded has the session's bus end before the process that has the
// switch, which then puts things back, and before one that is killed, whose guard
// does.
func TestSessionEnded(t *testing.T) {
	for _, how := range []string{"off", "killed"} {
		session := gnomeSession(t, befores()["a proxy"])
		stored := func() string { return session.Run(t, "dconf", "dump", "/") }
		was, dir := stored(), t.TempDir()
		if how == "off" {
			s := Open(dir)
			if err := s.On(t.Context(), wantOf("fixed")); err != nil {
				t.Fatal(err)
			}
			session.EndBus()
			if _, err := s.Off(t.Context()); err != nil {
				t.Error(err)
			}
		} else {
			cmd, out := start(t, session, roleOn, dir, "fixed")
			readPID(t, out)
			session.EndBus()
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
		for end := time.After(time.Minute); stored() != was; {
			select {
			case <-end:
				t.Fatalf("%s: it left\n%s", how, stored())
			case <-time.After(20 * time.Millisecond):
			}
		}
	}
}

func readPID(t *testing.T, out *bufio.Reader) int {
	t.Helper()
	line, err := out.ReadString('\n')
	pid, err2 := strconv.Atoi(strings.TrimSpace(line))
	if err != nil || err2 != nil {
		t.Fatalf("%q, %v", line, err)
	}
	return pid
}

// What GSettings can't keep is told, and nothing stays changed.
func TestGSettingsThatKeepNothing(t *testing.T) {
	gnomeSession(t, nil)
	t.Setenv("GSETTINGS_BACKEND", "memory")
	s := Open(t.TempDir())
	if err := s.On(t.Context(), wantPAC); err == nil || !strings.Contains(err.Error(), "did not keep") {
		t.Errorf("%v", err)
	}
}

func TestGSettingsPrevious(t *testing.T) {
	gnomeSession(t, befores()["a proxy"])
	s := Open(t.TempDir())
	for _, how := range []string{"", "pac", "fixed"} {
		if how != "" {
			if err := s.On(t.Context(), wantOf(how)); err != nil {
				t.Fatal(err)
			}
		}
		state, err := s.State(t.Context())
		if p := state.Previous; err != nil || p.HTTP != "proxy.corp:3128" || p.HTTPS != "proxy.corp:3128" || strings.Join(p.Except, " ") != "localhost *.corp" {
			t.Errorf("%q: %+v, %v", how, p, err)
		}
		if state.Desktop != "GNOME" || state.On != (how != "") {
			t.Errorf("%q: %+v", how, state)
		}
	}
	if _, err := s.Off(t.Context()); err != nil {
		t.Fatal(err)
	}
}
