package environ_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"corsage/profiles"
	"corsage/ui/environ"
	"corsage/ui/instance"
)

// goClient has this binary be a Go program that asks for a URL.
const goClient = "CORSAGE_TEST_GO_CLIENT"

func TestMain(m *testing.M) {
	if os.Getenv(goClient) == "" {
		os.Exit(m.Run())
	}
	resp, err := http.Get(os.Args[len(os.Args)-1])
	if err == nil {
		_, err = io.Copy(os.Stdout, resp.Body)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// nodePackages are those that .ci/setup installs for the tests.
const nodePackages = "../e2e/testdata/node/node_modules"

// client is a program that a developer uses. The URL is its last argument.
type client struct {
	name    string
	command []string
	env     string // one more variable
	// past tells that it asks localhost directly, whatever the variables say.
	past bool
}

func clients(t *testing.T) []client {
	node, err := filepath.Abs(nodePackages)
	if err != nil {
		t.Fatal(err)
	}
	const get = `require(process.argv[1].split(":")[0]).get(process.argv[1], r => r.pipe(process.stdout)).on("error", e => { console.error(e); process.exit(1) })`
	const fetch = `fetch(process.argv[1]).then(r => r.text()).then(t => process.stdout.write(t)).catch(e => { console.error(e); process.exit(1) })`
	node24 := filepath.Join(node, "node24", "bin", "node")
	return []client{
		{name: "curl", command: []string{"curl", "-sS"}},
		{name: "git", command: []string{"git", "ls-remote"}},
		{name: "urllib", command: []string{"/usr/bin/python3", "-c", "import sys, urllib.request as r; print(r.urlopen(sys.argv[1]).read().decode())"}},
		{name: "requests", command: []string{"/usr/bin/python3", "-c", "import sys, requests as r; print(r.get(sys.argv[1]).text)"}},
		{name: "httpx", command: []string{"/usr/bin/python3", "-c", "import sys, httpx as r; print(r.get(sys.argv[1]).text)"}},
		{name: "Go", command: []string{os.Args[0]}, env: goClient + "=1", past: true},
		{name: "Node 24, fetch", command: []string{node24, "-e", fetch}},
		{name: "Node 24, https", command: []string{node24, "-e", get}},
		{name: "Node with global-agent", command: []string{"node", "-r", "global-agent/bootstrap", "-e", get}, env: "NODE_PATH=" + node},
		{name: "Node with undici", command: []string{"node", "-e", `const u = require("undici"); u.setGlobalDispatcher(new u.EnvHttpProxyAgent()); const fetch = u.fetch; ` + fetch}, env: "NODE_PATH=" + node},
	}
}

// run returns what the client says of the URL, and whether it got it.
func (c client) run(t *testing.T, e environ.Environ, url string) (string, bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), c.command[0], append(c.command[1:len(c.command):len(c.command)], url)...)
	cmd.Env = append(e.List(), c.env)
	out, err := cmd.CombinedOutput()
	return string(out), err == nil
}

func (c client) need(t *testing.T) {
	t.Helper()
	ok := true
	if _, err := exec.LookPath(c.command[0]); err != nil {
		ok = false
	}
	for _, module := range []string{"requests", "httpx"} {
		if c.name == module && exec.Command(c.command[0], "-c", "import "+module).Run() != nil {
			ok = false
		}
	}
	if strings.HasPrefix(c.env, "NODE_PATH=") {
		if _, err := os.Stat(filepath.Join(nodePackages, "undici")); err != nil {
			ok = false
		}
	}
	if !ok && os.Getenv("CI") != "" {
		t.Fatalf("%s is not there: .ci/setup --tests installs what the tests need", c.name)
	}
	if !ok {
		t.Skipf("%s is not there: .ci/setup --tests installs it", c.name)
	}
}

// company is a network as a developer has it: a proxy on the way out, and a
// server with a certificate of the company's own authority.
type company struct {
	authority string // file
	proxy     string // URL
}

func newCompany(t *testing.T, handler http.Handler) company {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := func(serial int64, name string) *x509.Certificate {
		return &x509.Certificate{
			SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name},
			NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), BasicConstraintsValid: true,
		}
	}
	root := template(1, "Company's own authority")
	root.IsCA, root.KeyUsage = true, x509.KeyUsageCertSign
	leaf := template(2, "other.test")
	leaf.DNSNames, leaf.ExtKeyUsage = []string{"other.test"}, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	rootDER, err := x509.CreateCertificate(rand.Reader, root, root, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf, root, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(handler)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{leafDER}, PrivateKey: key}}}
	server.StartTLS()
	t.Cleanup(server.Close)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect || r.Host != "other.test:443" {
			http.Error(w, "only other.test is here, not "+r.Host, http.StatusBadGateway)
			return
		}
		join(w, server.Listener.Addr().String())
	}))
	t.Cleanup(proxy.Close)
	file := filepath.Join(t.TempDir(), "company.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: rootDER}), 0o600); err != nil {
		t.Fatal(err)
	}
	return company{file, proxy.URL}
}

// join joins the client with address.
func join(w http.ResponseWriter, address string) {
	up, err := net.Dial("tcp", address)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	down, _, err := w.(http.Hijacker).Hijack() // first: what follows the answer must not be read by the server
	if err != nil {
		_ = up.Close()
		return
	}
	if _, err := io.WriteString(down, "HTTP/1.1 200 OK\r\n\r\n"); err != nil {
		_, _ = up.Close(), down.Close()
		return
	}
	go func() { _, _ = io.Copy(up, down); _ = up.Close() }()
	go func() { _, _ = io.Copy(down, up); _ = down.Close() }()
}

// greet answers as a backend, and as a git repository.
func greet(from string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		fmt.Fprintf(w, "%040x\trefs/heads/hello-from-%s\n", 1, from)
	})
}

// TestClients: what 'corsage env' says makes real programs use Corsage and trust
// it for a backend, trust the company's server that they reach untouched through
// it and the company's proxy, and leaves alone what they say to each other on
// this machine.
func TestClients(t *testing.T) {
	corp := newCompany(t, greet("other"))
	backend := httptest.NewServer(greet("backend"))
	t.Cleanup(backend.Close)
	beside := httptest.NewServer(greet("beside"))
	t.Cleanup(beside.Close)
	port := func(s *httptest.Server) string { return s.URL[strings.LastIndexByte(s.URL, ':')+1:] }

	dir, err := os.MkdirTemp("", "corsage") // a socket's path may have some 100 bytes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	file := filepath.Join(dir, "shop.yaml")
	text := fmt.Sprintf("name: Shop\nbackends:\n  - url: https://shop.test\n    upstream: %s\n  - url: http://localhost:%s\n", backend.URL, port(backend))
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"} {
		t.Setenv(name, "")
	}
	t.Setenv("HTTPS_PROXY", corp.proxy)
	var said bytes.Buffer
	i, err := instance.Start(t.Context(), instance.Options{
		Listen: "127.0.0.1:0", Files: []string{file}, Log: slog.New(slog.NewTextHandler(&said, nil)),
		Dirs: instance.Dirs{
			Profiles:  profiles.Dirs{Config: filepath.Join(dir, "config"), State: filepath.Join(dir, "state")},
			Authority: filepath.Join(dir, "ca"), Runtime: filepath.Join(dir, "run"),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := i.Close(); err != nil {
			t.Error(err)
		}
	})

	user := environ.Environ{"PATH": os.Getenv("PATH"), "HOME": dir, "HTTPS_PROXY": corp.proxy, "GIT_CONFIG_NOSYSTEM": "1"}
	for _, name := range []string{"SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "GIT_SSL_CAINFO", "NODE_EXTRA_CA_CERTS"} {
		user[name] = corp.authority
	}
	set, _, err := i.Status().Setup().Variables(user)
	if err != nil {
		t.Fatal(err)
	}
	with := user.With(set)
	untrusting := user.With(set)
	for _, name := range []string{"SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "GIT_SSL_CAINFO", "NODE_EXTRA_CA_CERTS"} {
		untrusting[name] = corp.authority
	}
	// logged reports whether the request log has the URL.
	logged := func(url string) bool {
		entries, _ := i.Recorder.Since(0)
		for _, e := range entries {
			if strings.HasPrefix(e.URL, url) && e.Refusal == nil {
				return true
			}
		}
		return false
	}
	for _, c := range clients(t) {
		t.Run(c.name, func(t *testing.T) {
			c.need(t)
			path := "/" + strings.NewReplacer(" ", "-", ",", "").Replace(c.name)
			for _, want := range []struct {
				url, hello string
				logged     bool
			}{
				{"https://shop.test" + path, "hello-from-backend", true},
				{"https://other.test" + path, "hello-from-other", false},
				{"http://localhost:" + port(backend) + path, "hello-from-backend", !c.past},
				{"http://127.0.0.1:" + port(backend) + path, "hello-from-backend", false},
				{"http://127.0.0.1:" + port(beside) + path, "hello-from-beside", false},
			} {
				out, ok := c.run(t, with, want.url)
				if !ok || !strings.Contains(out, want.hello) {
					t.Errorf("%s: it got\n%s", want.url, out)
				}
				if got := logged(want.url); got != want.logged {
					t.Errorf("%s: Corsage saw it: %v, want %v", want.url, got, want.logged)
				}
			}
			if out, ok := c.run(t, untrusting, "https://shop.test"+path+"/untrusted"); ok || logged("https://shop.test"+path+"/untrusted") {
				t.Errorf("without Corsage's roots among what it trusts it got\n%s", out)
			}
		})
	}
}
