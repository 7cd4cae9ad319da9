package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"corsage/profiles"
	"corsage/ui/instance"
)

// Bad use exits 2 with one line on stderr that says what is wrong and what to do.
func TestBadUse(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"serv", "did you mean 'corsage serve'?"},
		{"frobnicate", "'corsage --help' shows all"},
		{"--nope", "unknown flag: --nope; 'corsage --help'"},
		{"serve --nope", "unknown flag: --nope; 'corsage serve --help'"},
		{"serve -f", "needs an argument"},
		{"serve --file=", "-f got an empty name"},
		{"serve site.yaml", "put -f before it"},
		{"serve --log", "needs an argument"},
		{"serve --log xml", "it must be text, json or none"},
		{"serve --listen", "needs an argument"},
		{"serve --auto-off 5s", "too short: write never, or at least 1m"},
		{"serve --auto-off day", "write never, or hours and minutes such as 9h or 1h30m"},
		{"serve --listen=", "write host:port"},
		{"serve --listen 8899", "write host:port"},
		{"serve --listen :8899", "would open the proxy to the network: write 127.0.0.1:8899"},
		{"serve --listen 0.0.0.0:8899", "would open the proxy to the network"},
		{"serve --listen dev.example.com:1", "it must be localhost, 127.0.0.1 or [::1]"},
		{"serve --listen [::1]:99999", "must be 1 to 65535"},
		{"profile", "add one of check, disable, enable, import, ls, new"},
		{"profile list", "there is no command 'corsage profile list'"},
		{"profile en", "did you mean 'corsage profile enable'?"},
		{"profile ls all", "takes no argument"},
		{"profile enable", "'corsage profile ls' lists them"},
		{"profile disable", "'corsage profile ls' lists them"},
		{"enable", "'corsage enable' needs a profile's name"},
		{"disable", "'corsage disable' needs a profile's name"},
		{"disable Shop --all", "takes names or --all, not both"},
		{"status all", "takes no argument"},
		{"log all", "put --filter before an expression"},
		{"log --json --har -", "take one"},
		{"log --filter is:bad", "--filter: at character 4: is: knows no \"bad\"; it may be blocked, changed"},
		{"log -n x", "invalid argument \"x\""},
		{"quit now", "takes no argument"},
		{"profile check", "needs at least one"},
		{"profile new", "needs one URL"},
		{"profile new https://a.test https://b.test", "needs one URL"},
		{"profile new hello", "no address of a backend"},
		{"profile new https://a.test --preset lavarel", `did you mean "laravel"?`},
		{"recipe My Shop", `put quotes around "My Shop"`},
		{"recipe Shop --for flask", "there is no recipe for \"flask\""},
		{"ca", "add one of export, install, path, status, uninstall"},
		{"ca show", "there is no command 'corsage ca show'"},
		{"ca path x", "takes no argument"},
		{"demo x", "takes no argument"},
		{"autostart", "add one of off, on, status"},
		{"autostart yes", "there is no command 'corsage autostart yes'"},
		{"autostart on now", "takes no argument"},
		{"browser a b c", "got \"c\" as well"},
		{"browser --list x", "--list takes nothing else"},
		{"env --", "needs a command to run after it"},
		{"env --shell tcsh", "it must be sh, fish, powershell, cmd"},
		{"env --unset true", "leave them out"},
		{"env --nope", "unknown flag: --nope; 'corsage env --help'"},
		{"shell sh", "to run a command use 'corsage env COMMAND'"},
		{"version x", "takes no argument"},
		{"help nope", `no command "nope"`},
		{"completion", "needs the name of a shell: bash, fish, powershell, zsh"},
		{"completion tcsh", "needs the name of a shell"},
	} {
		var out, errs bytes.Buffer
		env := Env{Stdout: &out, Stderr: &errs, Desktop: func(context.Context, instance.Options) error {
			t.Errorf("corsage %s: the windows opened", c.args)
			return nil
		}}
		code := Run(t.Context(), env, strings.Fields(c.args))
		line, more, _ := strings.Cut(errs.String(), "\n")
		if code != 2 || out.Len() > 0 || more != "" || !strings.HasPrefix(line, "corsage: ") || !strings.Contains(line, c.want) {
			t.Errorf("corsage %s: exit code %d, stdout %q, stderr %q; want 2 and one line with %q", c.args, code, &out, &errs, c.want)
		}
	}
}

// What the windows end with is the exit code.
func TestDesktop(t *testing.T) {
	ended, end := context.WithCancel(t.Context())
	end()
	for _, c := range []struct {
		name   string
		ctx    context.Context
		err    error
		code   int
		stderr string
	}{
		{"quit", t.Context(), nil, 0, ""},
		{"raised", t.Context(), fmt.Errorf("start: %w", instance.ErrRaised), 0, "corsage runs already: its window was raised\n"},
		{"signal while it starts", ended, context.Canceled, 0, ""},
		{"failure", t.Context(), errors.New("no\nscreen \x1b[1m"), 1, "corsage: no; screen ?[1m\n"},
		{"file", t.Context(), profiles.Errors{{File: "a.yaml", Line: 1, Column: 2, Field: "name", Message: "is missing"}, {File: "a.yaml", Message: "is odd"}},
			1, "corsage: a.yaml:1:2: name: is missing\ncorsage: a.yaml: is odd\n"},
	} {
		var out, errs bytes.Buffer
		env := Env{Stdout: &out, Stderr: &errs, Metadata: "[Details]\nVersion = \"1.2.3\"\n", Desktop: func(_ context.Context, o instance.Options) error {
			if !o.Windows || o.Log == nil || o.Listen != "" || !strings.HasPrefix(o.Version, "1.2.3") {
				t.Errorf("%s: options %+v", c.name, o)
			}
			return c.err
		}}
		if code := Run(c.ctx, env, nil); code != c.code || errs.String() != c.stderr || out.Len() > 0 {
			t.Errorf("%s: exit code %d, stderr %q, stdout %q; want %d, %q", c.name, code, &errs, &out, c.code, c.stderr)
		}
	}
}

// Each command is in the README and in the package's documentation.
func TestCommandsAreDocumented(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("cli.go")
	if err != nil {
		t.Fatal(err)
	}
	doc, _, _ := strings.Cut(string(source), "\npackage cli")
	_, section, found := strings.Cut(string(readme), "\n## The command line\n")
	section, _, _ = strings.Cut(section, "\n## ")
	if !found || len(doc) < 1000 {
		t.Fatal("README has no section on the command line, or the package no documentation")
	}
	names := func(text string) (found []string) {
		for _, m := range regexp.MustCompile(`(?m)^(?://\t)?corsage ([a-z-]+(?:, [a-z-]+)*)`).FindAllStringSubmatch(text, -1) {
			found = append(found, strings.Split(m[1], ", ")...)
		}
		return found
	}
	inReadme, inDoc := names(section), names(doc)
	for _, c := range (Env{}).root().Commands() {
		if !c.IsAvailableCommand() || c.Name() == "help" {
			continue
		}
		if !slices.Contains(inReadme, c.Name()) {
			t.Errorf("'corsage %s' is not in README, 'The command line'", c.Name())
		}
		if !slices.Contains(inDoc, c.Name()) {
			t.Errorf("'corsage %s' is not in the documentation of package cli", c.Name())
		}
	}
}
