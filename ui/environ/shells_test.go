package environ

import (
	"bytes"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// need skips the test, or in CI fails it, where a program is missing.
func need(t testing.TB, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("%v: .ci/setup --tests installs what the tests need", err)
		}
		t.Skipf("%v: .ci/setup --tests installs what this test needs", err)
	}
	return path
}

// awkward are values that a shell could take for something else.
var awkward = []string{
	"", "plain", "two words", `it's "quoted" $HOME $(id) ${x} ` + "`id`", `back\slash \\ \' \n \`, "tab\tand\nline", "*?[a]{b,c}~", "!history # ; & | < >", "-n", "ünïcödé ‘’", "%PATH% ^",
}

// Real shells set exactly what they are told, and unset it.
func TestShells(t *testing.T) {
	for program, shell := range map[string]string{"sh": "sh", "dash": "sh", "bash": "sh", "zsh": "sh", "fish": "fish"} {
		t.Run(program, func(t *testing.T) {
			path := need(t, program)
			words, err := ShellNamed(shell)
			if err != nil {
				t.Fatal(err)
			}
			for _, value := range awkward {
				text, err := words.Text([]Variable{{"CORSAGE_TEST", value}}, []string{"CORSAGE_OLD"}, "a comment's\nend; exit 1")
				if err != nil {
					t.Fatal(err)
				}
				cmd := exec.Command(path, "-c", text+"\nenv -0")
				cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "CORSAGE_OLD=x", "LC_ALL=C.UTF-8"}
				out, err := cmd.CombinedOutput()
				if err != nil {
					t.Fatalf("%q: %v\n%s", text, err, out)
				}
				env := strings.Split(string(out), "\x00")
				if want := "CORSAGE_TEST=" + value; !slices.Contains(env, want) {
					t.Errorf("%q gave no %q", text, want)
				}
				if slices.Contains(env, "CORSAGE_OLD=x") {
					t.Errorf("%q did not unset", text)
				}
			}
		})
	}
}

// Who forgets the quotes of eval "$(...)" makes one line of all.
func TestEvalWithoutQuotes(t *testing.T) {
	words := Shells()[0]
	text, err := words.Text([]Variable{{"A", "1"}, {"B", "2"}}, []string{"C"}, "what it is", "and more")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(need(t, "sh"), "-c", `eval $(cat); echo "$A-$B-$C"`)
	cmd.Stdin, cmd.Env = strings.NewReader(text), append(os.Environ(), "C=3")
	if out, err := cmd.CombinedOutput(); err != nil || string(out) != "1-2-\n" {
		t.Errorf("%v: %s", err, out)
	}
}

// The shells that aren't to be had here, by their documentation's rules.
func TestOtherShells(t *testing.T) {
	for _, c := range []struct{ shell, value, want string }{
		{"powershell", `C:\Users\O'Hara`, "$env:A = 'C:\\Users\\O''Hara'\n"},
		{"powershell", "$x `n \"q\" ’", "$env:A = '$x `n \"q\" ’’'\n"},
		{"cmd", `C:\a b & c (x86)`, "SET \"A=C:\\a b & c (x86)\"\n"},
		{"cmd", "%PATH%", "SET \"A=%PATH%\"\n"},
		{"cmd", `a"b`, ""},
	} {
		words, err := ShellNamed(c.shell)
		if err != nil {
			t.Fatal(err)
		}
		got, err := words.Text([]Variable{{"A", c.value}}, nil)
		if got != c.want || (err != nil) != (c.want == "") {
			t.Errorf("%s: %q gave %q, %v; want %q", c.shell, c.value, got, err, c.want)
		}
	}
	for shell, want := range map[string]string{"powershell": "Remove-Item -ErrorAction Ignore env:A\n# why\n", "cmd": "SET \"A=\"\nREM why\n"} {
		words, _ := ShellNamed(shell)
		if got, err := words.Text(nil, []string{"A"}, "why"); got != want || err != nil {
			t.Errorf("%s: %q, %v; want %q", shell, got, err, want)
		}
	}
}

func TestShellAt(t *testing.T) {
	for path, want := range map[string]string{
		"": "sh", "/bin/bash": "sh", "/usr/bin/zsh": "sh", "/usr/bin/fish": "fish", `C:\Windows\system32\cmd.exe`: "cmd",
		`C:\Program Files\PowerShell\7\pwsh.exe`: "powershell", "/usr/bin/pwsh": "powershell", "/opt/nu": "sh",
	} {
		if got := ShellAt(path).Name; got != want {
			t.Errorf("%q is %s, want %s", path, got, want)
		}
	}
	if _, err := ShellNamed("tcsh"); err == nil || !strings.Contains(err.Error(), "it must be sh, fish, powershell, cmd") {
		t.Error(err)
	}
}

// FuzzQuote: a shell gives back what it was told, whatever that is.
func FuzzQuote(f *testing.F) {
	for _, s := range awkward {
		f.Add(s)
	}
	sh, fish := need(f, "dash"), need(f, "fish")
	f.Fuzz(func(t *testing.T, value string) {
		if strings.Contains(value, "\x00") || len(value) > 1000 || strings.ToValidUTF8(value, "") != value {
			t.Skip("no value of a variable, or none that a file's name has")
		}
		for path, shell := range map[string]Shell{sh: Shells()[0], fish: Shells()[1]} {
			text, err := shell.Text([]Variable{{"CORSAGE_TEST", value}}, nil)
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(path, "-c", text+"printenv CORSAGE_TEST")
			cmd.Env = []string{"PATH=/usr/bin:/bin", "HOME=/nonexistent", "LC_ALL=C.UTF-8"}
			if out, err := cmd.Output(); err != nil || !bytes.Equal(out, []byte(value+"\n")) {
				t.Errorf("%s: %q gave %q, %v", path, text, out, err)
			}
		}
	})
}
