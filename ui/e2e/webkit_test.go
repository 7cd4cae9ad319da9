package e2e

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// webKit is a MiniBrowser, WebKitGTK's own, driven over W3C WebDriver.
type webKit struct{ driver *webDriver }

// systemBundle is where GnuTLS, and WebKitGTK with it, reads the roots that it
// trusts on Debian and its like. There is no other way to add one.
const systemBundle = "/etc/ssl/certs/ca-certificates.crt"

// startWebKit starts a MiniBrowser in a session that is kept in memory, on a
// screen and a message bus of its own. It sees a copy of the system's roots
// that has the test's among them, in a mount namespace that no one else is in.
func startWebKit(t testing.TB, options browserOptions) browser {
	t.Helper()
	path := findProgram(t, "WebKit's driver (Debian: webkit2gtk-driver)", "WebKitWebDriver")
	screen := firstLine(t, exec.Command(findProgram(t, "a virtual screen (Debian: xvfb)", "Xvfb"),
		"-displayfd", "1", "-screen", "0", "1024x768x24", "-nolisten", "tcp"))
	bus := firstLine(t, exec.Command(findProgram(t, "a D-Bus daemon (Debian: dbus-daemon)", "dbus-daemon"),
		"--session", "--nofork", "--print-address=1"))

	home := t.TempDir()
	address := closedAddress(t)
	_, port, _ := net.SplitHostPort(address)
	cmd := exec.Command(path, "--port="+port)
	if len(options.cas) > 0 {
		cmd = withBundle(t, bundleWith(t, home, options.cas), cmd)
	}
	cmd.Env = append(os.Environ(),
		"HOME="+home,
		"XDG_CONFIG_HOME="+filepath.Join(home, "config"),
		"XDG_DATA_HOME="+filepath.Join(home, "data"),
		"XDG_CACHE_HOME="+filepath.Join(home, "cache"),
		"XDG_RUNTIME_DIR="+home,
		"DISPLAY=:"+screen,
		"DBUS_SESSION_BUS_ADDRESS="+bus,
		"GDK_BACKEND=x11",
		"GSETTINGS_BACKEND=memory",
		"NO_AT_BRIDGE=1",
		"LIBGL_ALWAYS_SOFTWARE=1",
		"WEBKIT_DISABLE_COMPOSITING_MODE=1",
		// bubblewrap needs more rights than a container gives.
		"WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS=1",
	)
	process := startProcess(t, cmd, nil)

	driver := &webDriver{client: &http.Client{Timeout: 2 * patience}, url: "http://" + address}
	ready := func() bool {
		var status struct{ Ready bool }
		return driver.call(http.MethodGet, "/status", nil, &status) == nil && status.Ready
	}
	if !eventually(ready) {
		t.Fatalf("WebKit's driver does not answer:\n%s", process.out)
	}
	args := []string{"--automation"}
	if options.proxy != "" {
		args = append(args, "--proxy=http://"+options.proxy)
	}
	browserOptions := map[string]any{"binary": findMiniBrowser(t), "args": args}
	if err := driver.begin(map[string]any{"webkitgtk:browserOptions": browserOptions}); err != nil {
		t.Fatalf("start WebKit: %v\n%s", err, process.out)
	}
	t.Cleanup(func() {
		if err := driver.call(http.MethodDelete, "", nil, nil); err != nil {
			t.Errorf("end WebKit: %v", err)
		}
	})
	return &webKit{driver: driver}
}

// findMiniBrowser is the path of WebKitGTK's browser, which is in no PATH: it
// lies with the library that WebKitWebDriver belongs to.
func findMiniBrowser(t testing.TB) string {
	t.Helper()
	for _, pattern := range []string{
		"/usr/lib/*/webkit2gtk-4.1/MiniBrowser",   // Debian
		"/usr/lib/*/webkitgtk-6.0/MiniBrowser",    // Debian, for GTK 4
		"/usr/lib*/webkit2gtk-4.1/MiniBrowser",    // Arch, Fedora
		"/usr/libexec/webkit2gtk-4.1/MiniBrowser", // Fedora
	} {
		if found, _ := filepath.Glob(pattern); len(found) > 0 {
			return found[0]
		}
	}
	missing(t, "WebKit's MiniBrowser is not installed (Debian has it in libwebkit2gtk-4.1-0)")
	return ""
}

// bundleWith writes a copy of the system's roots with those in cas.
func bundleWith(t testing.TB, dir string, cas []string) string {
	t.Helper()
	bundle, err := os.ReadFile(systemBundle)
	if err != nil {
		missing(t, "WebKit's trusted roots are not where they are on Debian: %v", err)
	}
	for _, ca := range cas {
		root, err := os.ReadFile(ca)
		if err != nil {
			t.Fatal(err)
		}
		bundle = append(append(bundle, '\n'), root...)
	}
	path := filepath.Join(dir, "ca-certificates.crt")
	if err := os.WriteFile(path, bundle, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// withBundle is cmd where the file bundle stands in the place of the system's
// roots, for it and what it starts.
func withBundle(t testing.TB, bundle string, cmd *exec.Cmd) *exec.Cmd {
	t.Helper()
	unshare := findProgram(t, "unshare (Debian: util-linux)", "unshare")
	const mount = `mount --bind "$0" "$1" && shift && exec "$@"`
	var out []byte
	for _, rights := range [][]string{
		{"--mount"}, // for root
		{"--mount", "--user", "--map-root-user"},
	} {
		args := append(rights, "--", "sh", "-c", mount, bundle, systemBundle)
		var err error
		if out, err = exec.Command(unshare, append(args, "true")...).CombinedOutput(); err == nil {
			return exec.Command(unshare, append(args, cmd.Args...)...)
		}
	}
	missing(t, "no mount namespace is to be had, so that WebKit can't be given a root to trust: %s", bytes.TrimSpace(out))
	return nil
}

// firstLine starts cmd and returns the first line that it writes, once it has.
func firstLine(t testing.TB, cmd *exec.Cmd) string {
	t.Helper()
	first := make(chan string, 1)
	process := startProcess(t, cmd, func(r io.Reader) {
		lines := bufio.NewReader(r)
		if line, err := lines.ReadString('\n'); err == nil {
			first <- strings.TrimSpace(line)
		}
		_, _ = io.Copy(io.Discard, lines)
	})
	select {
	case line := <-first:
		return line
	case <-process.done:
		t.Fatalf("%s ended at once: %v\n%s", cmd.Path, process.err, process.out)
	case <-time.After(patience):
		t.Fatalf("%s says nothing", cmd.Path)
	}
	return ""
}

func (w *webKit) open(t testing.TB, url string) tab {
	t.Helper()
	handle, err := w.driver.open(url)
	if err != nil {
		t.Fatalf("WebKit: open %s: %v", url, err)
	}
	return &webKitTab{driver: w.driver, handle: handle}
}

// cookies reads them in a tab that is on the host, which one must be: WebDriver
// tells a page's cookies only.
func (w *webKit) cookies(t testing.TB, host string) []cookie {
	t.Helper()
	var handles []string
	if err := w.driver.call(http.MethodGet, "/window/handles", nil, &handles); err != nil {
		t.Fatalf("WebKit: %v", err)
	}
	for _, handle := range handles {
		var at string
		if err := w.driver.in(handle, http.MethodGet, "/url", nil, &at); err != nil {
			t.Fatalf("WebKit: %v", err)
		}
		if parsed, err := url.Parse(at); err != nil || parsed.Hostname() != host {
			continue
		}
		var kept []cookie
		if err := w.driver.in(handle, http.MethodGet, "/cookie", nil, &kept); err != nil {
			t.Fatalf("WebKit: %v", err)
		}
		for i := range kept {
			kept[i].SameSite = strings.ToLower(kept[i].SameSite)
		}
		return kept
	}
	t.Fatalf("WebKit has no tab on %s to read its cookies in", host)
	return nil
}

type webKitTab struct {
	driver *webDriver
	handle string
}

func (w *webKitTab) eval(expression string) (string, error) {
	return w.driver.evaluate(w.handle, expression)
}

func (w *webKitTab) close(t testing.TB) {
	t.Helper()
	if err := w.driver.in(w.handle, http.MethodDelete, "/window", nil, nil); err != nil {
		t.Errorf("WebKit: close a tab: %v", err)
	}
}
