package cli_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestCompletionInShells has real shells complete command lines.
func TestCompletionInShells(t *testing.T) {
	if _, err := exec.LookPath("corsage"); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	stored := filepath.Join(dir, "CONFIG", "corsage", "profiles")
	if err := os.MkdirAll(stored, 0o700); err != nil {
		t.Fatal(err)
	}
	for file, name := range map[string]string{"a.yaml": "My Shop", "b.yml": "Other"} {
		text := "name: " + name + "\nbackends: [{url: https://dev.example.com}]\n"
		if err := os.WriteFile(filepath.Join(stored, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	lines := []string{"corsage ena", "corsage enable ", "corsage enable Ot", "corsage enable M", "corsage serve --log js", "corsage log --filter is:unb", "corsage recipe --for expr", "corsage completion f"}
	for _, c := range []struct {
		shell, needs string
		args         []string
		want         []string
	}{
		// bash gives what stands behind a colon; a readline behind it puts the rest.
		{"bash", "/usr/share/bash-completion/bash_completion", []string{"--norc", "testdata/shells/bash.bash"},
			[]string{"enable", "My Shop|Other", "Other", `My\ Shop`, "json", "unblocked", "express", "fish"}},
		{"fish", "", []string{"--no-config", "testdata/shells/fish.fish"},
			[]string{"enable", "My Shop|Other", "Other", "My Shop", "json", "is:unblocked|is:unblocked.", "express", "fish"}},
		{"zsh", "", []string{"-f", "testdata/shells/zsh.zsh"},
			[]string{"corsage enable ", "corsage enable ", "corsage enable Other ", `corsage enable My\ Shop `, "corsage serve --log json ", "corsage log --filter is:unblocked", "corsage recipe --for express ", "corsage completion fish "}},
	} {
		t.Run(c.shell, func(t *testing.T) {
			_, err := exec.LookPath(c.shell)
			if _, missing := os.Stat(c.needs); err == nil && c.needs != "" {
				err = missing
			}
			if err != nil {
				if os.Getenv("CI") != "" {
					t.Fatalf("%v: '.ci/setup --tests' installs it", err)
				}
				t.Skip(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			cmd := exec.CommandContext(ctx, c.shell, append(c.args, lines...)...)
			cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_RUNTIME_DIR="+dir)
			for _, name := range []string{"CONFIG", "STATE", "DATA", "CACHE"} {
				cmd.Env = append(cmd.Env, "XDG_"+name+"_HOME="+filepath.Join(dir, name))
			}
			var errs strings.Builder
			cmd.Stderr = &errs
			out, err := cmd.Output()
			if err != nil || errs.Len() > 0 {
				t.Errorf("%v\n%s", err, &errs)
			}
			got := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
			for n, line := range lines {
				if n >= len(got) || got[n] != c.want[n] {
					t.Errorf("%q: %q, want %q", line, got[min(n, len(got)-1)], c.want[n])
				}
			}
		})
	}
	if made, err := filepath.Glob(filepath.Join(dir, "*", "corsage", "*")); err != nil || len(made) != 1 {
		t.Errorf("completing made %q", made)
	}
}

// A package is made where there is no home.
func TestCompletionScriptWithoutHome(t *testing.T) {
	path, err := exec.LookPath("corsage")
	if err != nil {
		t.Fatal(err)
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		cmd := exec.Command(path, "completion", shell)
		cmd.Env, cmd.Dir = []string{}, t.TempDir()
		if out, err := cmd.Output(); err != nil || !strings.Contains(string(out), "corsage") {
			t.Errorf("%s: %v, %d bytes", shell, err, len(out))
		}
		if made, err := os.ReadDir(cmd.Dir); err != nil || len(made) > 0 {
			t.Errorf("%s made %v, %v", shell, made, err)
		}
	}
}
