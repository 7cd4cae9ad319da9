//go:build unix

package trust

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// What a shell reads in the lines are the commands, whatever is in them.
func TestPlanLines(t *testing.T) {
	nasty := []string{"a b", "", "'", `"`, "$HOME", "`id`", "\\", "\n", "*", "~", "!x", "-n", "Łódź", "a;b&c|d<e>f(g)#h"}
	plan := Plan{Commands: [][]string{append([]string{"printf", "%s\\0"}, nasty...), {"printf", "%s\\0", "second"}}}
	want := append(slices.Clone(nasty), "second")
	for name, lines := range map[string][]string{
		"as they are": plan.Lines(AsIs),
		"for root":    {strings.Replace(Plan{Commands: plan.Commands, Root: true}.Lines(Sudo)[0], "sudo ", "", 1)},
		"as root":     Plan{Commands: plan.Commands, Root: true}.Lines(AsIs),
	} {
		var got []string
		for _, line := range lines {
			out, err := exec.Command("sh", "-c", line).Output()
			if err != nil {
				t.Fatalf("%s: %s: %v", name, line, err)
			}
			got = append(got, strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")...)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q", name, got)
		}
	}
	if lines := (Plan{Commands: plan.Commands, Root: true}).Lines(Pkexec); len(lines) != 1 || !strings.HasPrefix(lines[0], "pkexec /bin/sh -c ") {
		t.Errorf("pkexec: %q", lines)
	}
	if lines := (Plan{Root: true}).Lines(Pkexec); lines != nil {
		t.Errorf("an empty plan: %q", lines)
	}
}

// What is run is what the lines say, until one fails.
func TestPlanRun(t *testing.T) {
	plan := Plan{Commands: [][]string{{"one", "a b"}, {"two"}, {"three"}}}
	r := &recorder{}
	if err := plan.run(t.Context(), func(ctx context.Context, args ...string) ([]byte, error) {
		_, err := r.run(ctx, quote(args))
		return nil, err
	}); err != nil || !slices.Equal(r.ran, plan.Lines(AsIs)) {
		t.Errorf("ran %q: %v", r.ran, err)
	}
	broken := &recorder{answers: map[string]any{"two": errors.New("no")}}
	if err := plan.run(t.Context(), broken.run); err == nil || len(broken.ran) != 2 {
		t.Errorf("after a failure: %q", broken.ran)
	}
}

// A detached program can ask nothing in the terminal that Corsage runs in.
func TestDetached(t *testing.T) {
	ask := []string{"sh", "-c", "exec 3<>/dev/tty"}
	if os.Getenv("CORSAGE_TEST_TERMINAL") != "" {
		if _, err := command(t.Context(), ask...); err != nil {
			t.Errorf("there is no terminal: %v", err)
		}
		if _, err := detached(t.Context(), ask...); err == nil {
			t.Error("it has a terminal")
		}
		return
	}
	if runtime.GOOS != "linux" {
		t.Skip("script(1) is another here")
	}
	cmd := exec.Command(program(t, "script"), "-qec", quote([]string{os.Args[0], "-test.run=^TestDetached$", "-test.v"}), os.DevNull)
	cmd.Env = append(os.Environ(), "CORSAGE_TEST_TERMINAL=1", "SHELL=/bin/sh")
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS: TestDetached") {
		t.Errorf("%v\n%s", err, out)
	}
}

// Who becomes root depends on who runs this, so programs are put in the way.
func TestPlanRoot(t *testing.T) {
	plan := Plan{Commands: [][]string{{"touch", "/nowhere"}}, Root: true}
	if os.Geteuid() == 0 {
		if got := Elevate(); got != AsIs {
			t.Errorf("for root: %q", got)
		}
		return
	}
	bin := t.TempDir()
	t.Setenv("PATH", bin)
	t.Setenv("DISPLAY", ":0")
	if got := Elevate(); got != Sudo {
		t.Errorf("without pkexec: %q", got)
	}
	if err := os.WriteFile(filepath.Join(bin, "pkexec"), []byte("#!/bin/sh\nexit 126\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	if got := Elevate(); got != Pkexec {
		t.Errorf("with a desktop: %q", got)
	}
	if err := plan.run(t.Context(), command); err == nil || !strings.Contains(err.Error(), "closed") {
		t.Errorf("the dialog was closed: %v", err)
	}
	t.Setenv("DISPLAY", "")
	t.Setenv("WAYLAND_DISPLAY", "")
	r := &recorder{}
	var needs *NeedsRoot
	if err := plan.run(t.Context(), r.run); !errors.As(err, &needs) || len(r.ran) != 0 || !slices.Equal(needs.Lines, plan.Lines(Sudo)) {
		t.Errorf("without a desktop: %v, ran %q", err, r.ran)
	}
}

func TestCommandFailures(t *testing.T) {
	for script, want := range map[string]string{
		"echo out; echo sorry >&2; exit 3": "(3): sorry",
		"echo out; exit 3":                 "(3): out",
		"exit 3":                           "said nothing",
		"trap '' PIPE; while :; do echo sorry; done": ": sorry",
	} {
		if _, err := command(t.Context(), "sh", "-c", script); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", script, err)
		}
	}
	if _, err := command(t.Context(), filepath.Join(t.TempDir(), "nothing")); err == nil {
		t.Error("a program that is not there was run")
	}
	if out, err := command(t.Context(), "sh", "-c", "cat; echo done"); err != nil || string(out) != "done\n" {
		t.Errorf("input: %q %v", out, err)
	}
}
