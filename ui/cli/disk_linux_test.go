package cli_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The disk is full while corsage runs: nothing can be changed, nothing is lost,
// and traffic goes on.
func TestDiskFullWhileServing(t *testing.T) {
	b := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "hello") }))
	defer b.Close()
	dir := shortDir(t)
	stored := filepath.Join(dir, "CONFIG", "corsage", "profiles")
	if err := os.MkdirAll(stored, 0o700); err != nil {
		t.Fatal(err)
	}
	served(t, stored, b)
	var p *limited
	t.Run("with room", func(t *testing.T) { // makes the CA
		p = startLimited(t, dir, "true")
		if out, err := p.command("profile", "enable", "Site"); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	})
	state := filepath.Join(dir, "STATE", "corsage", "enabled.json")
	before, err := os.ReadFile(state)
	if err != nil {
		t.Fatal(err)
	}

	p = startLimited(t, dir, "ulimit -f 0")
	changed := func() bool {
		t.Helper()
		req, err := http.NewRequest(http.MethodGet, "https://dev.example.com/", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Origin", "http://localhost:3000")
		resp, err := p.client(t).Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.Header.Get("Access-Control-Allow-Origin") == "http://localhost:3000"
	}
	if !changed() {
		t.Error("the enabled profile is not in force")
	}
	out, err := p.command("profile", "disable", "Site")
	if err == nil || !strings.Contains(string(out), "is not saved and stays as it was; free some space") {
		t.Errorf("disable: %v\n%s", err, out)
	}
	if !changed() {
		t.Error("a change that was not saved is in force")
	}
	if after, err := os.ReadFile(state); string(after) != string(before) {
		t.Errorf("the state is %q, %v", after, err)
	}
}

// command runs another corsage in the same folders.
func (p *limited) command(args ...string) ([]byte, error) {
	path, err := exec.LookPath("corsage")
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(path, args...)
	cmd.Env = p.Env
	return cmd.CombinedOutput()
}
