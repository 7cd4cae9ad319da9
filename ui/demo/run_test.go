package demo

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"

	"corsage/proxy/browser"
)

// output is a buffer that may be read while it is written.
type output struct {
	mu    sync.Mutex
	text  bytes.Buffer
	wrote chan struct{}
}

func newOutput() *output { return &output{wrote: make(chan struct{}, 1)} }

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	select {
	case o.wrote <- struct{}{}:
	default:
	}
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// startRun runs `corsage demo` with the browsers in folders of the test's own.
func startRun(t *testing.T, args []string, browsers ...browser.Browser) (out *output, end func(), ended <-chan error) {
	t.Helper()
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	ctx, cancel := context.WithCancel(t.Context())
	out = newOutput()
	result := make(chan error, 1)
	go func() {
		result <- Run(ctx, Options{
			Listen:   "127.0.0.1:0",
			Browsers: func(context.Context) []browser.Browser { return browsers }, BrowserArgs: args,
			Out: out, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
		})
	}()
	t.Cleanup(func() {
		cancel()
		left, err := os.ReadDir(temporary)
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range left {
			if strings.HasPrefix(entry.Name(), "corsage-") {
				t.Errorf("%s was left behind", entry.Name())
			}
		}
	})
	return out, cancel, result
}

// waitFor waits until the output has the text, or Run has ended without it.
func (o *output) waitFor(t *testing.T, text string, ended <-chan error) {
	t.Helper()
	for !strings.Contains(o.String(), text) {
		select {
		case <-o.wrote:
		case err := <-ended:
			t.Fatalf("it ended with %v before it wrote %q:\n%s", err, text, o)
		}
	}
}

// TestRunByHand is `corsage demo` on a machine without a browser.
func TestRunByHand(t *testing.T) {
	out, end, ended := startRun(t, nil)
	out.waitFor(t, "Press Ctrl+C", ended)
	for _, want := range []string{"Page      http://localhost:", BackendURL, "No browser was found", "/proxy.pac", "ca.pem"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the output lacks %q:\n%s", want, out)
		}
	}
	end()
	if err := <-ended; err != nil {
		t.Errorf("told to end, it returned %v", err)
	}
}

// TestRunWithoutAScreen opens a browser that ends before it shows anything.
func TestRunWithoutAScreen(t *testing.T) {
	if _, err := os.Stat("/bin/false"); err != nil {
		t.Skip("there is no /bin/false to play a browser that can't start")
	}
	out, end, ended := startRun(t, nil, browser.Browser{Name: "False", Kind: browser.Chromium, Path: "/bin/false"})
	out.waitFor(t, "Press Ctrl+C here to end the demo.\n", ended)
	out.waitFor(t, "The browser ended before it showed the page.\nIn a browser of your own:", ended)
	end()
	if err := <-ended; err != nil {
		t.Errorf("told to end, it returned %v", err)
	}
}

// TestRunUntilTheBrowserIsClosed opens a real Chromium, which closes itself once
// it has loaded the page.
func TestRunUntilTheBrowserIsClosed(t *testing.T) {
	path := findChromium(t)
	out, _, ended := startRun(t, []string{"--headless=new", "--dump-dom", "--disable-gpu"},
		browser.Browser{Name: "Chromium", Kind: browser.Chromium, Path: path})
	if err := <-ended; err != nil {
		t.Errorf("the browser was closed, and it returned %v", err)
	}
	if got := out.String(); !strings.Contains(got, "Chromium opens on the page") || strings.Contains(got, "before it showed") {
		t.Errorf("output:\n%s", got)
	}
}
