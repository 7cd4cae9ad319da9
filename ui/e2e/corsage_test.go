package e2e

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	_ "corsage/ui/cli" // what is built and run here: so go's cache of test results knows when it changed
)

// buildCorsage builds the command line, without fyne and without cgo.
func buildCorsage(t testing.TB, dir string) string {
	t.Helper()
	path := filepath.Join(dir, "corsage")
	cmd := exec.Command("go", "build", "-tags", "headless", "-o", path, "corsage")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build corsage: %v\n%s", err, out)
	}
	return path
}

// corsage is a running `corsage serve` with folders of its own.
type corsage struct {
	path  string
	home  string
	env   []string
	proxy string // host:port
	ca    string // PEM file

	process *process

	mu        sync.Mutex
	exchanges []exchange
}

// exchange is one line of the JSON log.
type exchange struct {
	raw                          string
	Event, Method, URL, Relation string
	Applied                      []string // the toggles that changed something
	Refusal                      *struct{ Alert string }
}

// startCorsage starts `corsage serve` with the stored profiles, all enabled.
// profiles maps a profile's name to its file's text; a ca that such a text
// names as test-ca.pem lies beside it.
func startCorsage(t testing.TB, path string, ca *testCA, profiles map[string]string) *corsage {
	t.Helper()
	home := t.TempDir()
	// A socket's path may have 107 bytes, and t.TempDir's are long.
	runtime, err := os.MkdirTemp("", "e2e")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(runtime) })
	c := &corsage{path: path, home: home, env: append(os.Environ(),
		"HOME="+home,
		"XDG_CONFIG_HOME="+filepath.Join(home, "config"),
		"XDG_STATE_HOME="+filepath.Join(home, "state"),
		"XDG_DATA_HOME="+filepath.Join(home, "data"),
		"XDG_CACHE_HOME="+filepath.Join(home, "cache"),
		"XDG_RUNTIME_DIR="+runtime,
	)}
	stored := filepath.Join(home, "config", "corsage", "profiles")
	if err := os.MkdirAll(stored, 0o700); err != nil {
		t.Fatal(err)
	}
	root, err := os.ReadFile(ca.path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(stored, "test-ca.pem"), root, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, text := range profiles {
		if err := os.WriteFile(filepath.Join(stored, name+".yaml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c.run(t, "profile", "enable", name)
	}

	c.serve(t, "127.0.0.1:0")
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the last exchanges:\n%s", tail(c.log(), 12000))
		}
	})
	return c
}

// restart ends it as a user does, and starts it again at the same address. It
// then ends with t.
func (c *corsage) restart(t testing.TB) {
	t.Helper()
	c.process.stop(t)
	c.serve(t, c.proxy)
}

// serve starts the process, and returns once it accepts connections.
func (c *corsage) serve(t testing.TB, listen string) {
	t.Helper()
	ready := make(chan string, 1)
	cmd := exec.Command(c.path, "serve", "--listen", listen, "--log", "json")
	cmd.Env = c.env
	process := startProcess(t, cmd, func(r io.Reader) { c.readLog(r, ready) })
	var line string
	select {
	case line = <-ready:
	case <-process.done:
		t.Fatalf("corsage serve ended: %v\n%s", process.err, process.out)
	case <-time.After(patience):
		t.Fatalf("corsage serve is not ready:\n%s", process.out)
	}
	var told struct{ Event, Proxy, PAC, CA string }
	if err := json.Unmarshal([]byte(line), &told); err != nil || told.Event != "ready" {
		t.Fatalf("corsage's first line is %q, not the ready event: %v", line, err)
	}
	c.process, c.proxy, c.ca = process, told.Proxy, told.CA
}

// readLog takes standard output: the ready event, then the exchanges.
func (c *corsage) readLog(r io.Reader, ready chan<- string) {
	lines := bufio.NewReader(r)
	for first := true; ; first = false {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		if first {
			ready <- line
			continue
		}
		e := exchange{raw: line}
		_ = json.Unmarshal([]byte(line), &e) // a line that is no JSON stays in raw
		c.mu.Lock()
		c.exchanges = append(c.exchanges, e)
		c.mu.Unlock()
	}
}

// log is the exchanges' lines so far.
func (c *corsage) log() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all strings.Builder
	for _, e := range c.exchanges {
		all.WriteString(e.raw)
	}
	return all.String()
}

// all are the exchanges so far.
func (c *corsage) all() []exchange {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.exchanges)
}

// waitExchange returns the first exchange of the method and URL, once the log
// has it.
func (c *corsage) waitExchange(t testing.TB, method, url string) exchange {
	t.Helper()
	var found exchange
	logged := func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		i := slices.IndexFunc(c.exchanges, func(e exchange) bool {
			return e.Event == "exchange" && e.Method == method && e.URL == url
		})
		if i >= 0 {
			found = c.exchanges[i]
		}
		return i >= 0
	}
	if !eventually(logged) {
		t.Fatalf("the log has no %s %s", method, url)
	}
	return found
}

// stored is the folder of the stored profiles.
func (c *corsage) stored() string {
	i := slices.IndexFunc(c.env, func(v string) bool { return strings.HasPrefix(v, "XDG_CONFIG_HOME=") })
	return filepath.Join(strings.TrimPrefix(c.env[i], "XDG_CONFIG_HOME="), "corsage", "profiles")
}

// run runs another command of the same installation.
func (c *corsage) run(t testing.TB, args ...string) string {
	t.Helper()
	cmd := exec.Command(c.path, args...)
	cmd.Env = c.env
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("corsage %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}
