package e2e

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// vite is a running Vite dev server, with a project of its own to edit.
type vite struct {
	root string
	url  string // http://localhost:port
}

// newVite serves a copy of testdata/frontend, with the story in it, below base.
func newVite(t testing.TB, base string) *vite {
	t.Helper()
	node := findProgram(t, "Node (Debian: nodejs)", "node", "nodejs")
	script, err := filepath.Abs(filepath.Join("testdata", "node", "vite.mjs"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(script), "node_modules", "vite")); err != nil {
		missing(t, "Vite is not installed (.ci/setup --tests does it): %v", err)
	}
	v := &vite{root: t.TempDir()}
	if err := os.CopyFS(v.root, os.DirFS(filepath.Join("testdata", "frontend"))); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(v.root, "public"), os.DirFS(filepath.Join("testdata", "page"))); err != nil {
		t.Fatal(err)
	}
	port := make(chan string, 1)
	cmd := exec.Command(node, script, v.root, base)
	process := startProcess(t, cmd, func(r io.Reader) {
		lines := bufio.NewReader(r)
		line, _ := lines.ReadString('\n')
		port <- strings.TrimSpace(line)
		_, _ = io.Copy(io.Discard, lines)
	})
	select {
	case p := <-port:
		if p == "" {
			t.Fatalf("Vite ended at once:\n%s", process.out)
		}
		v.url = "http://localhost:" + p
	case <-time.After(patience):
		t.Fatalf("Vite is not ready:\n%s", process.out)
	}
	return v
}

// edit saves another message, as an editor does.
func (v *vite) edit(t testing.TB, message string) {
	t.Helper()
	text := fmt.Sprintf("export const message = %q;\n", message)
	if err := os.WriteFile(filepath.Join(v.root, "message.js"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// waitText returns once the expression gives the text in the tab.
func waitText(t testing.TB, page tab, expression, want string) {
	t.Helper()
	var got string
	var err error
	if !eventually(func() bool {
		got, err = page.eval(expression)
		return err == nil && got == want
	}) {
		t.Fatalf("%s is %q (%v), want %q", expression, got, err, want)
	}
}
