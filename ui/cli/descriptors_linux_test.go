package cli_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// limited is a corsage with a limit set by the shell that started it.
type limited struct {
	*exec.Cmd
	stderr    *output
	proxy, ca string
}

// output is what a process wrote so far.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// startLimited starts `corsage serve` after a ulimit command in the folder dir,
// and waits until it is ready. It must end well.
func startLimited(t *testing.T, dir, ulimit string, args ...string) *limited {
	t.Helper()
	path, err := exec.LookPath("corsage")
	if err != nil {
		t.Fatal(err)
	}
	p := &limited{stderr: new(output)}
	p.Cmd = exec.Command("sh", append([]string{"-c", ulimit + ` && exec "$0" "$@"`, path, "serve", "--listen", "127.0.0.1:0", "--log", "json"}, args...)...)
	p.Env = append(os.Environ(), "HOME="+dir, "XDG_RUNTIME_DIR="+dir)
	for _, name := range []string{"CONFIG", "STATE", "DATA", "CACHE"} {
		p.Env = append(p.Env, "XDG_"+name+"_HOME="+filepath.Join(dir, name))
	}
	p.Stderr = p.stderr
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	var ready struct{ Proxy, CA string }
	line, err := lines.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &ready)
	}
	if err != nil {
		_ = p.Process.Kill()
		_ = p.Wait()
		t.Fatalf("it is not ready: %v\n%s", err, p.stderr)
	}
	p.proxy, p.ca = ready.Proxy, ready.CA
	read := make(chan struct{})
	go func() { defer close(read); _, _ = io.Copy(io.Discard, lines) }()
	t.Cleanup(func() {
		_ = p.Process.Signal(syscall.SIGTERM)
		<-read
		if err := p.Wait(); err != nil {
			t.Errorf("it ended with %v\n%s", err, p.stderr)
		}
	})
	return p
}

// client uses the proxy and trusts its CA.
func (p *limited) client(t *testing.T) *http.Client {
	t.Helper()
	text, err := os.ReadFile(p.ca)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(text)
	transport := &http.Transport{
		Proxy:             http.ProxyURL(&url.URL{Scheme: "http", Host: p.proxy}),
		TLSClientConfig:   &tls.Config{RootCAs: roots},
		ForceAttemptHTTP2: true,
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: patience}
}

// served is a profile's file with the backend as https://dev.example.com.
func served(t *testing.T, dir string, b *httptest.Server) (file string) {
	t.Helper()
	file = filepath.Join(dir, "site.yaml")
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: b.Certificate().Raw})
	if err := os.WriteFile(filepath.Join(dir, "site.pem"), cert, 0o600); err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("name: Site\nbackends:\n  - url: https://dev.example.com\n    upstream: %s\n    ca: site.pem\n", b.URL)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func waitFor(t *testing.T, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	end := time.After(patience)
	for !done() {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("waited %v for %s", patience, what)
		}
	}
}

func fetched(c *http.Client, url string) string {
	resp, err := c.Get(url)
	if err != nil {
		return err.Error()
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%d %s", resp.StatusCode, body)
}

// More clients come than there are descriptors: those that are there are served
// on, the others wait or are told, and all is well once some have left.
func TestDescriptorsRunOut(t *testing.T) {
	say := make(chan string)
	b := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/stream" {
			fmt.Fprint(w, "hello")
			return
		}
		for {
			select {
			case line, more := <-say:
				if !more {
					return
				}
				fmt.Fprintln(w, line)
				_ = http.NewResponseController(w).Flush()
			case <-r.Context().Done():
				return
			}
		}
	}))
	defer b.Close()
	dir := shortDir(t)
	p := startLimited(t, dir, "ulimit -n 64", "-f", served(t, dir, b))

	go func() { say <- "first" }()
	early := p.client(t)
	stream, err := early.Get("https://dev.example.com/stream")
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	lines := bufio.NewScanner(stream.Body)
	if !lines.Scan() || lines.Text() != "first" {
		t.Fatalf("the stream begins with %q, %v", lines.Text(), lines.Err())
	}
	var crowd []net.Conn
	leave := func() {
		for _, c := range crowd {
			_ = c.Close()
		}
	}
	defer leave()
	for range 100 {
		c, err := net.Dial("tcp", p.proxy)
		if err != nil {
			t.Fatal(err) // it is the system that takes them
		}
		crowd = append(crowd, c)
	}
	waitFor(t, "it to say that descriptors run out", func() bool {
		return strings.Contains(p.stderr.String(), "limit of open files is reached, so new connections have to wait")
	})
	if n := strings.Count(p.stderr.String(), "limit of open files"); n != 1 {
		t.Errorf("it said so %d times:\n%s", n, p.stderr)
	}
	say <- "second"
	if !lines.Scan() || lines.Text() != "second" {
		t.Errorf("the stream goes on with %q, %v", lines.Text(), lines.Err())
	}
	// The stream has the one connection to the backend.
	explained := regexp.MustCompile(`^502 Corsage: .*limit of open files.*ulimit -n`)
	if got := fetched(early, "https://dev.example.com/"); !explained.MatchString(got) {
		t.Errorf("a request over a connection that is there: %s", got)
	}

	leave()
	late := p.client(t)
	waitFor(t, "it to work again", func() bool { return fetched(late, "https://dev.example.com/") == "200 hello" })
	if got := fetched(early, "https://dev.example.com/"); got != "200 hello" {
		t.Errorf("over the connection that was there: %s", got)
	}
	close(say)
	if lines.Scan() || lines.Err() != nil {
		t.Errorf("the stream ends with %q, %v", lines.Text(), lines.Err())
	}
}

// What the shell has as a limit to be raised at will is raised.
func TestSoftLimitIsRaised(t *testing.T) {
	p := startLimited(t, shortDir(t), "ulimit -Sn 64 && ulimit -Hn 512")
	limits, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", p.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`(?m)^Max open files +51[12] +512 `).Match(limits) {
		t.Errorf("its limits are\n%s", limits)
	}
}

// shortDir is a folder whose path leaves room for a socket's name.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "corsage")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}
