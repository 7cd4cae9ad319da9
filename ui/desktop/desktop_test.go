//go:build !headless && linux

package desktop

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"fyne.io/fyne/v2"

	"corsage/ui/autostart"
	"corsage/ui/instance"
)

// buildApp builds the program as `go run .` does.
func buildApp(t *testing.T) string {
	t.Helper()
	need(t, "go")
	path := filepath.Join(t.TempDir(), "corsage")
	if out, err := exec.Command("go", "build", "-o", path, "corsage").CombinedOutput(); err != nil {
		t.Fatalf("build the app: %v\n%s", err, out)
	}
	return path
}

var plain, bold = fyne.TextStyle{}, fyne.TextStyle{Bold: true}

const page = "http://localhost:3000"

// backend is a dev backend as it comes: no CORS headers.
func backend(t *testing.T) *httptest.Server {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Add("Set-Cookie", "sessionid=8d1f; Path=/; Secure; HttpOnly; SameSite=Lax")
		switch {
		case strings.HasPrefix(r.URL.Path, "/api/login"):
			w.WriteHeader(http.StatusCreated)
		case strings.HasPrefix(r.URL.Path, "/api/admin"):
			w.WriteHeader(http.StatusForbidden)
		}
		_, _ = io.WriteString(w, `{"path":"`+r.URL.Path+`","orders":[{"id":4711,"total":"12.50"}]}`)
	}))
	t.Cleanup(server.Close)
	return server
}

// writeProfile puts a profile into the user's folder, for a backend that is
// really at another address.
func (s *session) writeProfile(t *testing.T, upstream string) {
	t.Helper()
	text := fmt.Sprintf("name: Shop\nbackends:\n  - url: https://dev.shop.example\n    upstream: %s\n    insecure: true\n", upstream)
	if err := os.WriteFile(filepath.Join(s.dirs.Profiles.Config, "shop.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// visitor makes requests through the app's proxy as a page's browser does.
type visitor struct{ client *http.Client }

func (s *session) visit(t *testing.T) *visitor {
	t.Helper()
	status, _ := s.status(t)
	pem, err := os.ReadFile(status.CA)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	proxy := &url.URL{Scheme: "http", Host: status.Proxy}
	transport := &http.Transport{Proxy: http.ProxyURL(proxy), TLSClientConfig: &tls.Config{RootCAs: pool}}
	t.Cleanup(transport.CloseIdleConnections)
	return &visitor{&http.Client{Transport: transport, Timeout: patience}}
}

// fetch returns the answer's header, nil where the proxy does not lead to the
// backend.
func (b *visitor) fetch(t *testing.T, method, path string) http.Header {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "https://dev.shop.example"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Origin", page)
	req.Header.Set("Referer", page+"/")
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	req.Header.Set("Sec-Fetch-Mode", "cors")
	if method == http.MethodOptions {
		req.Header.Set("Access-Control-Request-Method", "PUT")
		req.Header.Set("Access-Control-Request-Headers", "content-type")
	}
	resp, err := b.client.Do(req)
	if err != nil {
		return nil // the name exists for the profile's upstream only
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		t.Error(err)
	}
	return resp.Header
}

func TestDesktop(t *testing.T) {
	s := newSession(t)
	s.startPanel(t)
	s.writeProfile(t, backend(t).URL)
	binary := buildApp(t)
	app := start(t, s.command(binary))
	tray := s.trayItem(t, app)
	idle := tray.icon(t)
	s.await(t, "No profile is enabled: everything passes untouched", plain)
	before := s.shoot(t)
	before.keep(t, "desktop-empty")
	if n, _ := before.blossoms(); n > 0 {
		t.Errorf("the tray shows the active icon (%d pixels of it) while no profile is on", n)
	}

	tray.click(t, "Shop")
	eventually(t, "the profile is on", func() bool { return s.enabled(t, "Shop") })
	eventually(t, "the menu shows the check mark", func() bool {
		entry, _ := tray.find(t, "Shop")
		return entry.checked()
	})
	if active := tray.icon(t); bytes.Equal(active.ARGB, idle.ARGB) {
		t.Error("the icon looks the same with a profile on")
	}
	eventually(t, "the panel shows the active icon", func() bool {
		n, _ := s.shoot(t).blossoms()
		return n > 40
	})
	s.await(t, "Active: Shop", plain)

	b := s.visit(t)
	if _, likeness := s.shoot(t).find(t, "/api/orders/4711", plain); likeness >= seen {
		t.Fatalf("the row is on the screen before its request was made (%.2f): this test can't tell", likeness)
	}
	if got := b.fetch(t, "GET", "/api/orders/4711").Get("Access-Control-Allow-Origin"); got != page {
		t.Fatalf("Access-Control-Allow-Origin is %q", got)
	}
	at := s.await(t, "/api/orders/4711", plain)
	if _, likeness := s.shoot(t).find(t, "/api/orders/4712", plain); likeness >= seen {
		t.Errorf("a row is seen that isn't there (%.2f)", likeness)
	}

	s.click(t, at, 1)
	s.await(t, "GET https://dev.shop.example/api/orders/4711", bold)
	s.click(t, s.await(t, "Request", bold), 1)
	s.await(t, "Origin", bold)
	for _, r := range [][2]string{
		{"OPTIONS", "/api/cart/"}, {"PUT", "/api/cart/"}, {"POST", "/api/login/"}, {"GET", "/api/profile/"}, {"GET", "/api/admin/"},
		{"GET", "/api/orders/?page=2"}, {"DELETE", "/api/cart/7/"}, {"GET", "/api/last"},
	} {
		b.fetch(t, r[0], r[1])
	}
	s.await(t, "/api/last", plain)
	s.shoot(t).keep(t, "desktop-log")
	s.click(t, s.await(t, "Verdict", bold), 1)
	s.await(t, "Readable", bold)
	s.shoot(t).keep(t, "desktop-verdict")
	s.saveHAR(t)

	tray.click(t, "Held cookies")
	s.click(t, s.await(t, "sessionid", plain), 1)
	s.await(t, "Show value", bold)
	s.shoot(t).keep(t, "desktop-cookies")

	s.openTrayMenu(t)
	s.secondStart(t, binary)
	tray.click(t, "Shop")
	eventually(t, "the profile is off", func() bool { return !s.enabled(t, "Shop") })
	if got := b.fetch(t, "GET", "/api/off"); got.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("off, the answer still has %v", got)
	}
	eventually(t, "the panel shows the idle icon", func() bool {
		n, _ := s.shoot(t).blossoms()
		return n == 0
	})
	tray.click(t, "Quit")
	if code := app.exit(t); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if log := app.log(); strings.Contains(log, "Fyne error") || strings.Contains(log, "panic") || strings.Contains(log, "***") {
		t.Errorf("it complained:\n%s", log)
	}
}

// saveHAR saves the log by the keyboard alone.
func (s *session) saveHAR(t *testing.T) {
	t.Helper()
	var folders strings.Builder
	for _, name := range []string{"DESKTOP", "DOCUMENTS", "DOWNLOAD", "MUSIC", "PICTURES", "VIDEOS"} {
		fmt.Fprintf(&folders, "XDG_%s_DIR=\"$HOME/%s\"\n", name, name) // as every desktop has them, else fyne complains
	}
	if err := os.WriteFile(filepath.Join(s.home, "config", "user-dirs.dirs"), []byte(folders.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	s.press(t, "ctrl+s")
	s.await(t, "Save as HAR: with cookies, tokens and bodies, so look before you share it", bold)
	s.shoot(t).keep(t, "desktop-har")
	s.press(t, "Return")
	s.await(t, "Saved", bold)
	files, err := filepath.Glob(filepath.Join(s.home, "corsage-*.har"))
	if err != nil || len(files) != 1 {
		t.Fatalf("saved: %q, %v", files, err)
	}
	if text, err := os.ReadFile(files[0]); err != nil || !strings.Contains(string(text), "https://dev.shop.example/api/orders/4711") {
		t.Errorf("what was saved lacks a request that the window shows (%v)", err)
	}
}

// press types a key or a shortcut.
func (s *session) press(t *testing.T, key string) {
	t.Helper()
	if out, err := s.command("xdotool", "key", key).CombinedOutput(); err != nil {
		t.Fatalf("xdotool: %v: %s", err, out)
	}
}

// openTrayMenu opens the menu with the mouse, for the eye.
func (s *session) openTrayMenu(t *testing.T) {
	t.Helper()
	before := s.shoot(t)
	_, at := before.blossoms()
	s.click(t, at, 3)
	eventually(t, "the tray's menu opens", func() bool { return s.shoot(t).changedFrom(before) > 0.02 })
	s.shoot(t).keep(t, "desktop-menu")
	s.press(t, "Escape")
}

// secondStart raises the first one's window, and ends.
func (s *session) secondStart(t *testing.T, binary string) {
	t.Helper()
	second := start(t, s.command(binary))
	if code := second.exit(t); code != 0 || !strings.Contains(second.log(), "raised") {
		t.Errorf("a second start ended with %d and said %q", code, second.log())
	}
}

// TestDesktopWithoutTray is a desktop whose panel shows no tray icons, or which
// has no panel.
func TestDesktopWithoutTray(t *testing.T) {
	s := newSession(t)
	s.writeProfile(t, backend(t).URL)
	app := start(t, s.command(buildApp(t)))
	s.await(t, "This desktop shows no tray icons, so this window stands in for the tray: closing the last window quits Corsage.", plain)
	s.shoot(t).keep(t, "desktop-no-tray")
	if err := app.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := app.exit(t); code != 0 {
		t.Errorf("exit code %d after SIGTERM", code)
	}
	if _, running := s.status(t); running {
		t.Error("its control socket is still there")
	}
	if left, err := filepath.Glob(filepath.Join(s.dirs.Profiles.Config, "../../../cache/fyne/*")); err != nil || len(left) > 0 {
		t.Errorf("left in the cache: %q, %v", left, err)
	}
}

// TestDesktopBesideHung starts it while another one is stopped: a window says so, and
// that is all.
func TestDesktopBesideHung(t *testing.T) {
	s := newSession(t)
	s.writeProfile(t, backend(t).URL)
	binary := buildApp(t)
	app := start(t, s.command(binary))
	eventually(t, "the app to run", func() bool { _, running := s.status(t); return running })
	if err := app.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	second := start(t, s.command(binary))
	s.await(t, "Corsage is running already", bold)
	s.click(t, s.await(t, "Close", bold), 1)
	if code := second.exit(t); code != 1 || !strings.Contains(second.log(), fmt.Sprintf("running as process %d, but does not answer", app.cmd.Process.Pid)) {
		t.Errorf("the second start ended with %d and said %q", code, second.log())
	}
	if err := app.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	s.secondStart(t, binary)
	if err := instance.NewClient(s.dirs).Quit(t.Context()); err != nil {
		t.Errorf("quit: %v", err)
	}
	if code := app.exit(t); code != 0 {
		t.Errorf("exit code %d after quit", code)
	}
}

// TestIdentity is FyneApp.toml's, which the menu entry of the packages goes by.
func TestIdentity(t *testing.T) {
	metadata, err := os.ReadFile("../../FyneApp.toml")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(metadata), fmt.Sprintf("\nID = %q\n", identified{}.UniqueID())) {
		t.Errorf("FyneApp.toml has another ID than %s", autostart.ID)
	}
}

// TestNoScreen says what to do where no window can be shown.
func TestNoScreen(t *testing.T) {
	t.Setenv("DISPLAY", "")
	t.Setenv("WAYLAND_DISPLAY", "")
	if err := screen(); err == nil || !strings.Contains(err.Error(), "corsage serve") {
		t.Errorf("error: %v", err)
	}
}
