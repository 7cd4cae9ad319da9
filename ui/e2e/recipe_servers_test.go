package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/rs/cors" // what the recipe for Go is built with
)

// serveDjangoRecipe serves the project as its developers have it on their
// machines, Django's own checks and no others, with the recipe at the end of
// its settings.
func serveDjangoRecipe(t testing.TB, project djangoProject, ca *testCA, text string) string {
	t.Helper()
	settings, err := os.ReadFile(filepath.Join(project.dir, "backend", "settings.py"))
	if err != nil {
		t.Fatal(err)
	}
	if exec.Command(project.python, "-c", "import corsheaders").Run() != nil {
		missing(t, "no django-cors-headers (Debian: apt install python3-django-cors-headers)")
	}
	whole := spliced(t, string(settings), "DEBUG = False", "DEBUG = True")
	whole = spliced(t, whole, "    \"backend.middleware.same_origin_only\",\n", "")
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "recipe_settings.py"), []byte(whole+text), 0o600); err != nil {
		t.Fatal(err)
	}
	project.settings = filepath.Join(dir, "recipe_settings")
	return project.serve(t, ca, "https", "127.0.0.1").urls[0]
}

// serveNginx puts nginx in front of a server.
func serveNginx(t testing.TB, ca *testCA, upstream, text string) string {
	t.Helper()
	nginx := findProgram(t, "nginx", "nginx", "/usr/sbin/nginx")
	dir := t.TempDir()
	cert, key := ca.leafFiles(t, dir, "127.0.0.1")
	address := closedAddress(t)
	outside, inside, ok := strings.Cut(text, "# 2. ")
	if !ok {
		t.Fatalf("the recipe has no second part:\n%s", text)
	}
	config := fmt.Sprintf(`daemon off;
pid nginx.pid;
error_log stderr;
worker_processes 1;
events {}
http {
	access_log off;
	client_body_temp_path body;
	proxy_temp_path proxy;
	fastcgi_temp_path fastcgi;
	uwsgi_temp_path uwsgi;
	scgi_temp_path scgi;
%s
	server {
		listen %s ssl;
		ssl_certificate %s;
		ssl_certificate_key %s;
		location / {
			proxy_pass %s;
			proxy_set_header Host $http_host;
# 2. %s
		}
	}
}
`, outside, address, cert, key, upstream, inside)
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil { // where root starts it, the worker is somebody else
		t.Fatal(err)
	}
	startProcess(t, exec.Command(nginx, "-p", dir, "-c", file), nil)
	return waitAnswers(t, ca, "https://"+address)
}

// serveCaddy puts Caddy in front of a server.
func serveCaddy(t testing.TB, ca *testCA, upstream, text string) string {
	t.Helper()
	caddy := findProgram(t, "Caddy", "caddy")
	dir := t.TempDir()
	cert, key := ca.leafFiles(t, dir, "127.0.0.1")
	address := closedAddress(t)
	text = spliced(t, text, "\treverse_proxy localhost:8000\n", fmt.Sprintf(`	reverse_proxy %s {
		header_up Host {http.request.hostport}
		transport http {
			tls_insecure_skip_verify
		}
	}
`, upstream))
	config := fmt.Sprintf("{\n\tadmin off\n\tauto_https off\n}\nhttps://%s {\n\ttls %s %s\n%s}\n", address, cert, key, text)
	file := filepath.Join(dir, "Caddyfile")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(caddy, "run", "--config", file, "--adapter", "caddyfile")
	cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir)
	startProcess(t, cmd, nil)
	return waitAnswers(t, ca, "https://"+address)
}

// waitAnswers returns once something answers at base.
func waitAnswers(t testing.TB, ca *testCA, base string) string {
	t.Helper()
	client := ca.client()
	var err error
	if !eventually(func() bool {
		var response *http.Response
		if response, err = client.Get(base + "/csrf"); err != nil {
			return false
		}
		response.Body.Close()
		return response.StatusCode == http.StatusOK
	}) {
		t.Fatalf("%s does not answer: %v", base, err)
	}
	return base
}

// serveExpress serves testdata/node/express.mjs with text where it says.
func serveExpress(t testing.TB, ca *testCA, text string) string {
	t.Helper()
	node := findProgram(t, "Node (Debian: nodejs)", "node", "nodejs")
	source, err := filepath.Abs(filepath.Join("testdata", "node"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(source, "node_modules", "express")); err != nil {
		missing(t, "Express is not installed (.ci/setup --tests does it): %v", err)
	}
	server, err := os.ReadFile(filepath.Join(source, "express.mjs"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Symlink(filepath.Join(source, "node_modules"), filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	whole := spliced(t, string(server), "// The recipe stands here.\n", text)
	if err := os.WriteFile(filepath.Join(dir, "express.mjs"), []byte(whole), 0o600); err != nil {
		t.Fatal(err)
	}
	cert, key := ca.leafFiles(t, dir, "*.corsage.test", "127.0.0.1")
	return startTelling(t, exec.Command(node, filepath.Join(dir, "express.mjs"), cert, key, username, password))
}

// serveGo serves testdata/go, of which the recipe is a file.
func serveGo(t testing.TB, ca *testCA, text string) string {
	t.Helper()
	source, err := filepath.Abs(filepath.Join("testdata", "go"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file, overlay, program := filepath.Join(dir, "cors.go"), filepath.Join(dir, "overlay.json"), filepath.Join(dir, "server")
	data, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(source, "cors.go"): file}})
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{file: []byte(text), overlay: data} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command("go", "build", "-overlay", overlay, "-o", program, "./testdata/go").CombinedOutput(); err != nil {
		t.Fatalf("build the server by the recipe: %v\n%s", err, out)
	}
	cert, key := ca.leafFiles(t, dir, "127.0.0.1")
	return startTelling(t, exec.Command(program, cert, key, username, password))
}

// startTelling starts a server that writes its port to standard output.
func startTelling(t testing.TB, cmd *exec.Cmd) string {
	t.Helper()
	port := make(chan string, 1)
	process := startProcess(t, cmd, func(r io.Reader) {
		lines := bufio.NewReader(r)
		line, _ := lines.ReadString('\n')
		port <- strings.TrimSpace(line)
		_, _ = io.Copy(io.Discard, lines)
	})
	select {
	case p := <-port:
		if p == "" {
			t.Fatalf("%s ended at once:\n%s", cmd.Path, process.out)
		}
		return "https://" + net.JoinHostPort("127.0.0.1", p)
	case <-time.After(patience):
		t.Fatalf("%s is not ready:\n%s", cmd.Path, process.out)
	}
	return ""
}
