package e2e

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"
)

// chromium is a Chromium driven by chromedp.
type chromium struct {
	ctx context.Context // the browser's first tab
}

// startChromium starts a headless Chromium that lets third parties keep
// cookies, or blocks them, whatever the distribution's own setting is.
func startChromium(blocking bool) func(testing.TB, browserOptions) browser {
	return func(t testing.TB, options browserOptions) browser {
		t.Helper()
		path := findProgram(t, "Chromium", "chromium", "chromium-browser", "google-chrome")
		home, data := options.home, filepath.Join(t.TempDir(), "data")
		if home == "" {
			home = t.TempDir()
			nss := filepath.Join(home, ".pki", "nssdb")
			if err := os.MkdirAll(nss, 0o700); err != nil {
				t.Fatal(err)
			}
			trustIn(t, nss, options.cas)
		}
		if err := os.MkdirAll(filepath.Join(data, "Default"), 0o700); err != nil {
			t.Fatal(err)
		}
		writePreferences(t, filepath.Join(data, "Default", "Preferences"), blocking)

		flags := []chromedp.ExecAllocatorOption{
			chromedp.ExecPath(path),
			chromedp.Env("HOME=" + home),
			chromedp.UserDataDir(data),
			chromedp.WSURLReadTimeout(patience),
			chromedp.Flag("headless", "new"),
			chromedp.Flag("no-first-run", true),
			chromedp.Flag("no-default-browser-check", true),
			chromedp.Flag("disable-quic", true),
			chromedp.Flag("disable-background-networking", true),
			chromedp.Flag("disable-component-update", true),
			chromedp.Flag("disable-sync", true),
			chromedp.Flag("disable-gpu", true),
			chromedp.Flag("password-store", "basic"),
			chromedp.Flag("no-sandbox", os.Geteuid() == 0),
		}
		if options.proxy != "" {
			flags = append(flags,
				chromedp.ProxyServer("http://"+options.proxy),
				chromedp.Flag("proxy-bypass-list", "<-loopback>"))
		}
		if options.system != nil {
			flags = append(flags, chromedp.Flag("host-resolver-rules", "MAP *.test 127.0.0.1"))
		}
		if options.pac != "" {
			flags = append(flags, chromedp.Flag("proxy-pac-url", options.pac))
		}
		allocator, cancelAllocator := chromedp.NewExecAllocator(context.Background(), flags...)
		ctx, cancel := chromedp.NewContext(allocator)
		t.Cleanup(func() {
			closing, done := context.WithTimeout(ctx, endSoon)
			defer done()
			_ = chromedp.Cancel(closing)
			cancel()
			cancelAllocator()
		})
		if err := chromedp.Do(ctx); err != nil {
			t.Fatalf("start Chromium: %v", err)
		}
		return &chromium{ctx: ctx}
	}
}

// writePreferences writes a fresh profile's settings. cookie_controls_mode is
// 0 for all cookies, 1 for blocking third parties'.
func writePreferences(t testing.TB, path string, blocking bool) {
	t.Helper()
	controls := 0
	if blocking {
		controls = 1
	}
	data, err := json.Marshal(map[string]any{
		"profile": map[string]any{
			"cookie_controls_mode":      controls,
			"block_third_party_cookies": blocking,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func (c *chromium) open(t testing.TB, url string) tab {
	t.Helper()
	return c.openIn(t, url)
}

// openPrivate opens a private window at url, with cookies of its own.
func (c *chromium) openPrivate(t testing.TB, url string) tab {
	t.Helper()
	return c.openIn(t, url, chromedp.WithNewBrowserContext())
}

func (c *chromium) openIn(t testing.TB, url string, options ...chromedp.ContextOption) tab {
	t.Helper()
	page, err := c.visit(url, options...)
	if page != nil {
		t.Cleanup(page.cancel)
	}
	if err != nil {
		t.Fatalf("open %s: %v", url, err)
	}
	return page
}

// visit opens a tab at url. Beside an error there may be the tab.
func (c *chromium) visit(url string, options ...chromedp.ContextOption) (*chromiumTab, error) {
	ctx, cancel := chromedp.NewContext(c.ctx, options...)
	page := &chromiumTab{ctx: ctx, cancel: cancel}
	// The first Do makes the tab and ties it to the context it is given, so
	// that one must have no deadline.
	if err := chromedp.Do(ctx); err != nil {
		return page, err
	}
	_, err := runChromium(ctx, chromedp.Navigate(url))
	return page, err
}

func (c *chromium) cookies(t testing.TB, host string) []cookie {
	t.Helper()
	kept, err := runChromium(c.ctx, func(ctx context.Context, target *chromedp.Target) (storage.GetCookiesResult, error) {
		return cdp.Call(ctx, target, storage.GetCookies, storage.GetCookiesParams{})
	})
	if err != nil {
		t.Fatalf("read Chromium's cookies: %v", err)
	}
	var found []cookie
	for _, k := range kept.Cookies {
		if strings.TrimPrefix(k.Domain, ".") == host {
			found = append(found, cookie{
				Name: k.Name, HTTPOnly: k.HTTPOnly, Secure: k.Secure, SameSite: strings.ToLower(k.SameSite.String()),
			})
		}
	}
	return found
}

// runChromium runs one action in the tab that ctx is tied to.
func runChromium[T any](ctx context.Context, action chromedp.Action[T]) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, action)
}

type chromiumTab struct {
	ctx    context.Context
	cancel context.CancelFunc
}

func (c *chromiumTab) eval(expression string) (string, error) {
	return runChromium(c.ctx, chromedp.Evaluate[string](expression, chromedp.EvalAwaitPromise))
}

func (c *chromiumTab) close(t testing.TB) {
	t.Helper()
	c.cancel()
}
