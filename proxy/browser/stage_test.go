package browser_test

import (
	"bufio"
	"bytes"
	"encoding/pem"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"corsage/proxy"
	"corsage/proxy/authority"
	"corsage/proxy/browser"
	"corsage/proxy/record"
	"corsage/proxy/session"
)

// patience bounds the wait for what a browser does.
const patience = time.Minute

// visit is a request that came to the page's or the backend's server.
type visit struct{ address, cookie string }

// stage is a proxy with a page on localhost, which loads an image from an
// intercepted https host.
type stage struct {
	page   string // URL without a path
	visits chan visit

	roots    *authority.Roots
	ca       *authority.Authority
	server   *proxy.Server
	recorder *record.Recorder
	heads    *heads
	rules    func(*authority.Authority) *proxy.Ruleset
}

func newStage(t *testing.T) *stage {
	s := &stage{visits: make(chan visit, 100), recorder: record.New(100)}
	backend := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.visits <- visit{r.Host + r.URL.Path, r.Header.Get("Cookie")}
		w.Header().Set("Cache-Control", "no-store")
	}))
	t.Cleanup(backend.Close)
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.visits <- visit{r.URL.Path, r.Header.Get("Cookie")}
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Set-Cookie", "login=mine; Max-Age=86400")
		fmt.Fprintf(w, `<title>%s</title><link rel=icon href="data:,"><img src="https://dev.example.com/image%s">`, r.URL.Path, r.URL.Path)
	}))
	t.Cleanup(page.Close)
	s.page = page.URL
	var err error
	if s.roots, err = authority.OpenRoots(filepath.Join(t.TempDir(), "ca")); err != nil {
		t.Fatal(err)
	}
	s.server = proxy.NewServer(proxy.Config{Recorder: s.recorder, Log: slog.New(slog.DiscardHandler), Local: http.NotFoundHandler()})
	t.Cleanup(func() { _ = s.server.Close() })
	s.rules = func(ca *authority.Authority) *proxy.Ruleset {
		secure := rule(t, "https://dev.example.com", backend)
		secure.Authority = ca
		return proxy.NewRuleset(secure, rule(t, page.URL, nil))
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.heads = &heads{Listener: l}
	go func() { _ = s.server.Serve(s.heads) }()
	s.trust(t, "first")
	return s
}

// trust has the proxy use the root of another profile, and returns it in PEM.
func (s *stage) trust(t *testing.T, profile string) {
	t.Helper()
	var err error
	if s.ca, err = s.roots.For("/profiles/"+profile+".yaml", []string{"dev.example.com"}); err != nil {
		t.Fatal(err)
	}
	s.server.Apply(s.rules(s.ca))
}

func (s *stage) options(path, profile string) browser.Options {
	return browser.Options{Proxy: s.heads.Addr().String(), CAs: [][]byte{s.ca.PEM()}, URL: s.page + path, Profile: profile}
}

// opens waits until the page at path has come through the proxy and has loaded
// its image, and returns the cookie that the page's server got.
func (s *stage) opens(t *testing.T, p *browser.Process, path string) (cookie string) {
	t.Helper()
	late := time.After(patience)
	for {
		select {
		case v := <-s.visits:
			if v.address == path {
				cookie = v.cookie
			}
			if v.address != "dev.example.com/image"+path {
				continue
			}
			entries, _ := s.recorder.Since(0)
			if !slices.ContainsFunc(entries, func(e *record.Entry) bool { return e.Path == path }) {
				t.Errorf("%s on localhost did not come through the proxy", path)
			}
			return cookie
		case <-p.Done():
			t.Fatalf("the browser ended by itself: %v", p.Err())
		case <-late:
			entries, _ := s.recorder.Since(0)
			for _, e := range entries {
				t.Log(e.URL, e.Status, e.Error)
			}
			t.Fatalf("the backend was not asked by %s", path)
		}
	}
}

// await waits for a condition.
func await(t *testing.T, what string, is func() bool) {
	t.Helper()
	for late := time.Now().Add(patience); !is(); {
		if time.Now().After(late) {
			t.Fatal("waited in vain for ", what)
		}
		<-time.After(20 * time.Millisecond)
	}
}

// heads is a listener that notes the first line of each connection.
type heads struct {
	net.Listener
	mu    sync.Mutex
	lines []string
}

func (h *heads) Accept() (net.Conn, error) {
	conn, err := h.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &headConn{Conn: conn, heads: h}, nil
}

// hosts are those that connections began with, without ports.
func (h *heads) hosts() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var list []string
	for _, line := range h.lines {
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(line + "\r\nHost: x\r\n\r\n")))
		if err != nil {
			continue
		}
		if name := r.URL.Hostname(); !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list
}

type headConn struct {
	net.Conn
	heads *heads
	head  []byte
	noted bool
}

func (c *headConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if c.noted {
		return n, err
	}
	c.head = append(c.head, b[:n]...)
	if line, _, ok := bytes.Cut(c.head, []byte("\r\n")); ok {
		c.noted = true
		c.heads.mu.Lock()
		c.heads.lines = append(c.heads.lines, string(line))
		c.heads.mu.Unlock()
	}
	return n, err
}

// screen has the test's browsers show their windows on a screen of its own.
// Without one no browser takes a page from another start.
func screen(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("Xvfb"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("Xvfb is needed (.ci/setup --tests)")
		}
		t.Skip("Xvfb is not installed (.ci/setup --tests)")
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	cmd := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "1200x800x24", "-nolisten", "tcp")
	cmd.ExtraFiles = []*os.File{w}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatal("Xvfb did not start: ", err)
	}
	t.Setenv("DISPLAY", ":"+strings.TrimSpace(line))
	t.Setenv("WAYLAND_DISPLAY", "")
	bus(t)
}

// bus gives the test's browsers a D-Bus session in which no other program can be
// started: Firefox hands pages over by it.
func bus(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	config := filepath.Join(dir, "session.conf")
	if err := os.WriteFile(config, []byte(`<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>`), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("dbus-daemon", "--config-file="+config, "--print-address", "--nofork")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal("dbus-daemon did not start: ", err)
	}
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", strings.TrimSpace(address))
}

func rule(t *testing.T, name string, backend *httptest.Server) *proxy.Rule {
	p, err := proxy.ParsePattern(name)
	if err != nil {
		t.Fatal(err)
	}
	r := &proxy.Rule{Profile: "Test", Backend: p, Sessions: session.NewStore()}
	if backend != nil {
		r.Upstream, _ = url.Parse(backend.URL)
		r.CA = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: backend.Certificate().Raw})
	}
	return r
}
