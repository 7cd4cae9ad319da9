package recipe

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// hostile is a profile that tries to leave every literal and comment.
const hostile = `name: "?> */ \\u000a -->} ' \" coding: utf-7 #{x} ${y} <%= z %>"
backends:
  - {url: "https://dev.example.com/a'b$c", path: "^/x[\"'` + "`" + `#${}]/(?i)é?"}
  - {url: "https://dev.example.com", path: "y|\\\\Q\"'` + "`" + `#{1}\\\\E"}
origins: ["https://a.test", "http://*.x.test:*", "http://[::1]:*", "/https://[\"'` + "`" + `]+#\\$\\{x\\}\\\\/", "null"]
csrf: {cookie: "c'` + "`" + `$#!%&^|~*", header: "h'` + "`" + `$#!%&^|~*"}
`

// tool skips the test where a program is missing; in CI it has to be there.
func tool(t *testing.T, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("none of %v is installed: run .ci/setup --tests", names)
	}
	t.Skipf("none of %v is installed: run .ci/setup --tests", names)
	return ""
}

// modules is the folder of the tests' packages for Node.
func modules(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs("../../ui/e2e/testdata/node/node_modules")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(path, "web-tree-sitter")); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("the tests' packages for Node are missing: run .ci/setup --tests")
		}
		t.Skip("the tests' packages for Node are missing: run .ci/setup --tests")
	}
	return path
}

// Each recipe is a text of its language, whatever the profile holds: its own
// parser says so, or for Java and C# a grammar of theirs.
func TestSyntax(t *testing.T) {
	grammar := func(name string) func(*testing.T, string) *exec.Cmd {
		return func(t *testing.T, file string) *exec.Cmd {
			return exec.Command(tool(t, "node"), "testdata/syntax.mjs", modules(t), name, file)
		}
	}
	run := func(name string, arguments ...string) func(*testing.T, string) *exec.Cmd {
		return func(t *testing.T, file string) *exec.Cmd {
			return exec.Command(tool(t, name), append(arguments, file)...)
		}
	}
	python := func(t *testing.T, file string) *exec.Cmd {
		return exec.Command(tool(t, "python3"), "-W", "error", "-c", "import sys; compile(open(sys.argv[1]).read(), sys.argv[1], 'exec')", file)
	}
	for _, c := range []struct {
		recipe, file string
		check        func(t *testing.T, file string) *exec.Cmd
		wrap         func(string) string // to a whole that the check reads
	}{
		{recipe: "django", file: "x.py", check: python},
		{recipe: "fastapi", file: "x.py", check: python},
		{recipe: "express", file: "x.mjs", check: run("node", "--check")},
		{recipe: "fetch", file: "x.mjs", check: run("node", "--check")},
		{recipe: "xhr", file: "x.mjs", check: run("node", "--check")},
		{recipe: "axios", file: "x.mjs", check: run("node", "--check")},
		{recipe: "graphql-request", file: "x.mjs", check: run("node", "--check")},
		{recipe: "rails", file: "x.rb", check: run("ruby", "-wc")},
		{recipe: "laravel", file: "x.php", check: run("php", "-l")},
		{recipe: "spring", file: "X.java", check: grammar("tree-sitter-java/tree-sitter-java.wasm")},
		{recipe: "aspnet", file: "x.cs", check: grammar("tree-sitter-c-sharp/tree-sitter-c_sharp.wasm")},
		{recipe: "nginx", file: "nginx.conf", wrap: nginxFile, check: func(t *testing.T, file string) *exec.Cmd {
			return exec.Command(tool(t, "nginx", "/usr/sbin/nginx"), "-t", "-q", "-p", filepath.Dir(file), "-c", file)
		}},
		{recipe: "caddy", file: "Caddyfile", wrap: func(s string) string { return ":0 {\n" + s + "}\n" }, check: func(t *testing.T, file string) *exec.Cmd {
			return exec.Command(tool(t, "caddy"), "validate", "--adapter", "caddyfile", "--config", file)
		}},
	} {
		for name, profile := range map[string]string{"full": full, "bare": bare, "hostile": hostile} {
			t.Run(c.recipe+"/"+name, func(t *testing.T) {
				t.Parallel()
				text := with(t, c.recipe, profile)
				if c.wrap != nil {
					text = c.wrap(text)
				}
				dir := t.TempDir()
				file := filepath.Join(dir, c.file)
				if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
				cmd := c.check(t, file)
				cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir)
				if out, err := cmd.CombinedOutput(); err != nil || strings.Contains(string(out), "warning:") {
					t.Errorf("%v: %s\n%s", err, out, text)
				}
			})
		}
	}
}

// nginxFile puts the two parts of nginx's recipe where they say they belong.
func nginxFile(text string) string {
	i := strings.Index(text, "# 2. ")
	return "pid x.pid; error_log stderr; events {}\nhttp {\naccess_log off;\n" + text[:i] + "server { listen 127.0.0.1:1;\nlocation / {\nproxy_pass http://127.0.0.1:2;\n" + text[i:] + "}\n}\n}\n"
}
