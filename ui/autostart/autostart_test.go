package autostart

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// program is one that is there, under a name that needs quotes.
func program(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a \"b\" $HOME `id` \\n", "corsage")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("#!/bin/sh\nprintf '%s|%s\n' \"$0\" \"$*\" >\"$OUT.new\" && mv \"$OUT.new\" \"$OUT\"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

// Each way: off at first, on, off again; and on with a program that is gone.
func TestEnableAndDisable(t *testing.T) {
	for name, p := range map[string]place{
		"XDG":     newXDGEntry(t.TempDir(), []string{t.TempDir()}),
		"launchd": newAgent(t.TempDir()),
		"Run key": &runKey{memory{}},
	} {
		t.Run(name, func(t *testing.T) {
			path := program(t)
			if name == "Run key" {
				path = strings.ReplaceAll(path, `"`, "") // none in Windows
				if err := os.MkdirAll(path, 0o700); err != nil {
					t.Fatal(err)
				}
			}
			l := &Login{program: path, temp: "/nonexistent", place: p}
			expect := func(on bool, note string) {
				t.Helper()
				s, err := l.State()
				if err != nil || s.On != on || !strings.Contains(s.Note, note) || note == "" && s.Note != "" || s.Where == "" {
					t.Fatalf("%+v, %v; want %v, %q", s, err, on, note)
				}
			}
			expect(false, "")
			for range 2 {
				if err := l.Enable(); err != nil {
					t.Fatal(err)
				}
				expect(true, "")
			}
			if err := os.RemoveAll(l.program); err != nil {
				t.Fatal(err)
			}
			expect(true, l.program+", which is not there: switch it off and on")
			for range 2 {
				if err := l.Disable(); err != nil {
					t.Fatal(err)
				}
				expect(false, "")
			}
		})
	}
}

func TestLasting(t *testing.T) {
	for _, c := range []struct{ program, want string }{
		{"/usr/bin/corsage", ""},
		{"/home/me/go/bin/corsage", ""},
		{"/tmp/go-build123/b001/exe/corsage", "started by 'go run'"},
		{"/home/me/.cache/go-build/x/corsage", "started by 'go run'"},
		{"/tmp/corsage", "in a folder for temporary files"},
		{"/tmp2/corsage", ""},
	} {
		err := lasting(c.program, "/tmp")
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.program, err, c.want)
		}
	}
	// This very test is a program of 'go test', which goes as well.
	l, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	l.place = newXDGEntry(t.TempDir(), nil)
	if err := l.Enable(); err == nil {
		t.Error("a program of 'go test' starts at login")
	}
	if s, err := l.State(); err != nil || s.On {
		t.Errorf("%+v, %v", s, err)
	}
}

// The AppImage is started that the program is in, and no other whose variables a
// terminal has.
func TestAppImage(t *testing.T) {
	for _, c := range []struct{ program, image, dir, want string }{
		{"/usr/bin/corsage", "", "", "/usr/bin/corsage"},
		{"/tmp/.mount_corsagX/usr/bin/corsage", "/home/me/corsage.AppImage", "/tmp/.mount_corsagX", "/home/me/corsage.AppImage"},
		{"/usr/bin/corsage", "/home/me/editor.AppImage", "/tmp/.mount_editorX", "/usr/bin/corsage"},
		{"/usr/bin/corsage", "/home/me/editor.AppImage", "", "/usr/bin/corsage"},
	} {
		if got := lastingName(c.program, c.image, c.dir); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

// memory is a registry.
type memory map[string]any

func (m memory) text(path, name string) (string, error) {
	s, _ := m[path+`\`+name].(string)
	return s, nil
}

func (m memory) binary(path, name string) ([]byte, error) {
	b, _ := m[path+`\`+name].([]byte)
	return b, nil
}

func (m memory) setText(path, name, value string) error { m[path+`\`+name] = value; return nil }

func (m memory) remove(path, name string) error { delete(m, path+`\`+name); return nil }

func TestRunKey(t *testing.T) {
	run := `Software\Microsoft\Windows\CurrentVersion\Run\Corsage`
	approved := `Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run\Corsage`
	m := memory{}
	k := &runKey{m}
	if err := k.enable(`C:\Program Files\Corsage\corsage.exe`); err != nil {
		t.Fatal(err)
	}
	if got := m[run]; got != `"C:\Program Files\Corsage\corsage.exe" --hidden` {
		t.Errorf("the value is %q", got)
	}
	// What the Task Manager writes: 3 and the time for off, 2 for on.
	for first, on := range map[byte]bool{3: false, 2: true} {
		m[approved] = []byte{first, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8}
		if s, err := k.state(); err != nil || s.On != on || on == strings.Contains(s.Note, "Windows' settings switched it off") {
			t.Errorf("first byte %d: %+v, %v", first, s, err)
		}
	}
	m[approved] = []byte{3, 0, 0, 0}
	if err := k.enable(`C:\corsage.exe`); err != nil || m[approved] != nil {
		t.Errorf("switched on by hand, what the Task Manager said is %v, %v", m[approved], err)
	}
	if err := k.enable(`C:\` + strings.Repeat("x", 250) + `\corsage.exe`); err == nil || !strings.Contains(err.Error(), "too long") {
		t.Errorf("a long path: %v", err)
	}
}

func TestLaunchdFile(t *testing.T) {
	a := newAgent(t.TempDir())
	if err := a.enable("/Applications/Corsage & Co.app/Contents/MacOS/corsage"); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(a.file)
	if err != nil {
		t.Fatal(err)
	}
	const want = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
	<dict>
		<key>Label</key>
		<string>io.github.corsage.Corsage</string>
		<key>LimitLoadToSessionType</key>
		<string>Aqua</string>
		<key>ProcessType</key>
		<string>Interactive</string>
		<key>ProgramArguments</key>
		<array>
			<string>/Applications/Corsage &amp; Co.app/Contents/MacOS/corsage</string>
			<string>--hidden</string>
		</array>
		<key>RunAtLoad</key>
		<true/>
	</dict>
</plist>
`
	if string(text) != want || filepath.Base(a.file) != "io.github.corsage.Corsage.plist" {
		t.Errorf("%s is\n%s", a.file, text)
	}
	for name, c := range map[string]struct{ edit, note, fault string }{
		"switched off":        {"\t\t<key>Disabled</key>\n\t\t<true/>\n\t</dict>", "switched off in its file", ""},
		"no property list":    {"<dict", "", "switching it off and on writes it anew"},
		"not at login, by it": {"\t\t<key>RunAtLoad</key>\n\t\t<false/>\n\t</dict>", "", ""},
	} {
		if err := os.WriteFile(a.file, []byte(strings.Replace(want, "\t</dict>", c.edit, 1)), 0o644); err != nil {
			t.Fatal(err)
		}
		s, err := a.state()
		if s.On || s.Note != "" && !strings.Contains(s.Note, c.note) || (err != nil) != (c.fault != "") {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
}

func TestXDGState(t *testing.T) {
	const entry = "[Desktop Entry]\nType=Application\nName=Corsage\nExec=corsage --hidden\n"
	for _, c := range []struct {
		name, text string
		on         bool
		note       string
	}{
		{"as it comes", entry, true, ""},
		{"switched off by the desktop", entry + "Hidden=true\n", false, "the desktop's settings switched it off"},
		{"switched off by GNOME", entry + "X-GNOME-Autostart-enabled=false\n", false, "the desktop's settings switched it off"},
		{"switched on by both", entry + "Hidden=false\nX-GNOME-Autostart-enabled=true\n", true, ""},
		{"of another group", entry + "[Desktop Action x]\nHidden=true\n", true, ""},
		{"with comments and spaces", "# x\n\n" + entry + "Hidden = true\n", false, "switched it off"},
		{"a program that is not there", entry + "TryExec=/no\\\\such/corsage\n", true, `/no\such/corsage, which is not there`},
		{"empty", "", true, ""},
	} {
		s, err := xdgState("x.desktop", []byte(c.text))
		if err != nil || s.On != c.on || !strings.Contains(s.Note, c.note) || c.note == "" && s.Note != "" {
			t.Errorf("%s: %+v, %v", c.name, s, err)
		}
	}
}

// An entry that a package has in the system's folder is hidden by one of the
// user's, and shows again where the user wants it.
func TestXDGEntryOfTheSystem(t *testing.T) {
	home, system := t.TempDir(), t.TempDir()
	e := newXDGEntry(home, []string{t.TempDir(), system})
	path := filepath.Join(system, "autostart", fileName)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("[Desktop Entry]\nExec=corsage --hidden\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err := e.state(); err != nil || !s.On || s.Where != path {
		t.Fatalf("%+v, %v", s, err)
	}
	if err := e.disable(); err != nil {
		t.Fatal(err)
	}
	if s, err := e.state(); err != nil || s.On || s.Where != e.user {
		t.Fatalf("hidden: %+v, %v", s, err)
	}
	if err := e.enable(program(t)); err != nil {
		t.Fatal(err)
	}
	if s, err := e.state(); err != nil || !s.On {
		t.Fatalf("shown again: %+v, %v", s, err)
	}
}

func TestXDGEntryRefuses(t *testing.T) {
	e := newXDGEntry(t.TempDir(), nil)
	for _, path := range []string{"/opt/a=b/corsage", "/opt/100%/corsage", "/opt/a\nExec=x/corsage"} {
		if err := e.enable(path); err == nil || !strings.Contains(err.Error(), "put the program elsewhere") {
			t.Errorf("%q: %v", path, err)
		}
	}
}

func FuzzXDG(f *testing.F) {
	f.Add("/usr/bin/corsage", "[Desktop Entry]\nHidden=true\n")
	f.Add("/a b/%\"\\$`", "[Desktop Entry]\nTryExec=\\s\\\\n\n[x")
	f.Fuzz(func(t *testing.T, program, text string) {
		_, _ = xdgState("x.desktop", []byte(text)) // it must come to an end
		if strings.ContainsAny(program, "\x00\r\n") || !strings.HasPrefix(program, "/") || strings.ToValidUTF8(program, "") != program || strings.TrimSpace(program) != program {
			return
		}
		if got := unescape(escape(program)); got != program {
			t.Errorf("%q came back as %q", program, got)
		}
		s, err := xdgState("x.desktop", []byte(xdgText(program)))
		if err != nil || !s.On {
			t.Errorf("%q: %+v, %v", program, s, err)
		}
	})
}

// The package for Windows has the program twice, and only one opens no console.
func TestRunKeyOpensNoConsole(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	for _, name := range []string{"corsage.com", "corsage.exe", "alone.com"} {
		if err := os.WriteFile(path(name), nil, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for program, want := range map[string]string{
		"corsage.com": "corsage.exe", "corsage.COM": "corsage.exe", "corsage.exe": "corsage.exe", "alone.com": "alone.com",
	} {
		if got := windowed(path(program)); got != path(want) {
			t.Errorf("%s: %s, want %s", program, got, want)
		}
	}
}
