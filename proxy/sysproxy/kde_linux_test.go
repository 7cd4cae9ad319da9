package sysproxy

import (
	"os"
	"os/exec"
	"reflect"
	"strings"
	"testing"

	"github.com/godbus/dbus/v5"

	"corsage/proxy/sysproxy/desktoptest"
)

// TestKDE switches on and off with KConfig's own tools. What is written is what
// KIO and Chromium read, running programs are told, and the file is as before.
func TestKDE(t *testing.T) {
	version := "5"
	if _, err := exec.LookPath("kwriteconfig5"); err != nil {
		version = "6"
	}
	session := desktoptest.Start(t, "KDE", "kwriteconfig"+version, "kreadconfig"+version)
	session.Setenv(t)
	conn, err := dbus.ConnectSessionBus()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.AddMatchSignal(dbus.WithMatchInterface("org.kde.KIO.Scheduler"), dbus.WithMatchMember("reparseSlaveConfiguration")); err != nil {
		t.Fatal(err)
	}
	told := make(chan *dbus.Signal, 16)
	conn.Signal(told)
	for _, c := range []struct {
		name, before, pac, fixed string
		previous                 Previous
	}{
		{
			"nothing", "",
			"[Proxy Settings]\nProxy Config Script=http://127.0.0.1:8899/proxy.pac\nProxyType=2\n",
			"[Proxy Settings]\nNoProxyFor=localhost,127.0.0.0/8,::1,169.254.0.0/16,fe80::/10\nProxyType=1\nhttpProxy=http://127.0.0.1 8899\nhttpsProxy=http://127.0.0.1 8899\n",
			Previous{},
		},
		{
			"a proxy",
			"[Other]\nA=1\n\n[Proxy Settings]\nNoProxyFor=.corp, build\nProxyType=1\nhttpProxy=http://proxy.corp 3128\nhttpsProxy=http://proxy.corp:3128\n",
			"[Other]\nA=1\n\n[Proxy Settings]\nNoProxyFor=.corp, build\nProxy Config Script=http://127.0.0.1:8899/proxy.pac\nProxyType=2\nhttpProxy=http://proxy.corp 3128\nhttpsProxy=http://proxy.corp:3128\n",
			"[Other]\nA=1\n\n[Proxy Settings]\nNoProxyFor=.corp,build,localhost,127.0.0.0/8,::1,169.254.0.0/16,fe80::/10\nProxyType=1\nhttpProxy=http://127.0.0.1 8899\nhttpsProxy=http://127.0.0.1 8899\n",
			Previous{HTTP: "proxy.corp:3128", HTTPS: "proxy.corp:3128", Except: []string{".corp", "build"}},
		},
		{
			"only for some, and an old SOCKS proxy",
			"[Proxy Settings]\nNoProxyFor=intern.corp\nProxyType=1\nReversedException=true\nhttpProxy=http://proxy.corp 3128\nsocksProxy=socks://old 1080\n",
			"[Proxy Settings]\nNoProxyFor=intern.corp\nProxy Config Script=http://127.0.0.1:8899/proxy.pac\nProxyType=2\nReversedException=true\nhttpProxy=http://proxy.corp 3128\nsocksProxy=socks://old 1080\n",
			"[Proxy Settings]\nNoProxyFor=localhost,127.0.0.0/8,::1,169.254.0.0/16,fe80::/10\nProxyType=1\nReversedException=false\nhttpProxy=http://127.0.0.1 8899\nhttpsProxy=http://127.0.0.1 8899\nsocksProxy=socks://old 1080\n",
			Previous{HTTP: "proxy.corp:3128", SOCKS: "socks://old:1080", Except: []string{".intern.corp"}, Only: true},
		},
	} {
		file := session.Config("kioslaverc")
		_ = os.Remove(file)
		if c.before != "" {
			if err := os.WriteFile(file, []byte(c.before), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		text := func() string {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			return string(b)
		}
		s := Open(t.TempDir())
		for _, how := range []struct{ name, want string }{{"pac", c.pac}, {"fixed", c.fixed}} {
			if err := s.On(t.Context(), wantOf(how.name)); err != nil {
				t.Fatalf("%s, %s: %v", c.name, how.name, err)
			}
			if now := text(); now != how.want {
				t.Errorf("%s, %s:\n%s\nwant\n%s", c.name, how.name, now, how.want)
			}
			if signal := <-told; signal.Path != "/KIO/Scheduler" || !reflect.DeepEqual(signal.Body, []any{""}) {
				t.Errorf("%s, %s: told %+v", c.name, how.name, signal)
			}
			state, err := s.State(t.Context())
			if err != nil || !state.On || !reflect.DeepEqual(state.Previous, c.previous) {
				t.Errorf("%s, %s: %+v, %v", c.name, how.name, state, err)
			}
		}
		if _, err := s.Off(t.Context()); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if now := text(); now != c.before {
			t.Errorf("%s: off left\n%s\nbefore it was\n%s", c.name, now, c.before)
		}
		for range len(told) {
			<-told
		}
	}
}

// A value that the machine's managers have set is not written into the user's
// own file for good, but where KConfig can't tell it from one of the user's.
func TestKDEOfTheMachine(t *testing.T) {
	session := desktoptest.Start(t, "KDE", "kwriteconfig5", "kreadconfig5")
	session.Setenv(t)
	if err := os.WriteFile(session.Get("XDG_CONFIG_DIRS")+"/kioslaverc", []byte("[Proxy Settings]\nProxyType=1\nhttpProxy=http://proxy.corp 3128\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := Open(t.TempDir())
	if err := s.On(t.Context(), wantPAC); err != nil {
		t.Fatal(err)
	}
	if state, err := s.State(t.Context()); err != nil || state.Previous.HTTP != "proxy.corp:3128" {
		t.Errorf("%+v, %v", state, err)
	}
	if _, err := s.Off(t.Context()); err != nil {
		t.Fatal(err)
	}
	if state, err := s.State(t.Context()); err != nil || state.Previous.HTTP != "proxy.corp:3128" {
		t.Errorf("%+v, %v", state, err)
	}
	if text, _ := os.ReadFile(session.Config("kioslaverc")); strings.Contains(string(text), "8899") {
		t.Errorf("%s", text)
	}
}
