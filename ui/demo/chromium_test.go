package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// patience bounds one action in the browser.
const patience = 60 * time.Second

// chromium is a headless Chromium with one tab.
type chromium struct{ ctx context.Context }

// findChromium is Chromium's path. Without one the test fails in CI and is
// skipped elsewhere.
func findChromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	const why = "Chromium is not installed: none of chromium, chromium-browser, google-chrome in PATH"
	if os.Getenv("CI") != "" {
		t.Fatal(why)
	}
	t.Skip(why)
	return ""
}

// startChromium starts a Chromium that sends everything through the proxy and
// trusts the key whose SPKI hash is given. blocking says whether it blocks third
// parties' cookies, as Debian's does out of the box.
func startChromium(t *testing.T, proxy, spki string, blocking bool) chromium {
	t.Helper()
	path := findChromium(t)
	data := t.TempDir()
	controls := 0
	if blocking {
		controls = 1
	}
	preferences, err := json.Marshal(map[string]any{"profile": map[string]any{
		"cookie_controls_mode": controls, "block_third_party_cookies": blocking,
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(data, "Default"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(data, "Default", "Preferences"), preferences, 0o600); err != nil {
		t.Fatal(err)
	}
	flags := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path),
		chromedp.Env("HOME=" + data),
		chromedp.UserDataDir(data),
		chromedp.WSURLReadTimeout(patience),
		chromedp.Flag("headless", "new"),
		chromedp.Flag("no-first-run", true),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-gpu", true),
		chromedp.Flag("password-store", "basic"),
		chromedp.Flag("ignore-certificate-errors-spki-list", spki),
		chromedp.Flag("no-sandbox", os.Geteuid() == 0),
	}
	if proxy != "" {
		flags = append(flags, chromedp.ProxyServer("http://"+proxy), chromedp.Flag("proxy-bypass-list", "<-loopback>"))
	}
	allocator, cancelAllocator := chromedp.NewExecAllocator(context.Background(), flags...)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(func() {
		closing, done := context.WithTimeout(ctx, 5*time.Second)
		defer done()
		_ = chromedp.Cancel(closing)
		cancel()
		cancelAllocator()
	})
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	return chromium{ctx}
}

func (c chromium) open(t *testing.T, url string) {
	t.Helper()
	inTab(t, c, chromedp.Navigate(url))
}

// eval runs a JavaScript expression in the page and waits for its promise.
func eval[T any](t *testing.T, c chromium, expression string) T {
	t.Helper()
	return inTab(t, c, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

func inTab[T any](t *testing.T, c chromium, action chromedp.Action[T]) T {
	t.Helper()
	ctx, cancel := context.WithTimeout(c.ctx, patience)
	defer cancel()
	got, err := chromedp.Run(ctx, action)
	if err != nil {
		t.Fatalf("in the page: %v", err)
	}
	return got
}

// result is what came of one step on the page.
type result struct {
	ID   string
	OK   bool
	Text string
}

// red are the ids of the steps that failed.
func red(results []result) []string {
	ids := []string{}
	for _, r := range results {
		if !r.OK {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

// runSteps has the page run everything from the start.
func (c chromium) runSteps(t *testing.T) []result {
	t.Helper()
	var results []result
	text := eval[string](t, c, `window.runSteps().then(JSON.stringify)`)
	if err := json.Unmarshal([]byte(text), &results); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return results
}

// waitFor polls a JavaScript condition on the page.
func (c chromium) waitFor(t *testing.T, condition string) {
	t.Helper()
	eval[bool](t, c, fmt.Sprintf(`new Promise((resolve, reject) => {
		const deadline = Date.now() + 30000;
		const look = () => {
			if (%s) resolve(true);
			else if (Date.now() > deadline) reject(new Error('it never came true: ' + %q + '\n' + document.body.innerText));
			else setTimeout(look, 20);
		};
		look();
	})`, condition, condition))
}
