package e2e

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// firefox is a Firefox driven over WebDriver BiDi.
type firefox struct{ bidi *bidi }

// The levels of Firefox's tracking protection, as its settings page has them.
// Standard and strict both partition what third parties keep; "custom" stands
// here for the choice of blocking all cross-site cookies.
const (
	standard = "standard"
	strict   = "strict"
	custom   = "custom"
)

// startFirefox starts a headless Firefox with that tracking protection.
func startFirefox(protection string) func(testing.TB, browserOptions) browser {
	return func(t testing.TB, options browserOptions) browser {
		t.Helper()
		path := findProgram(t, "Firefox", "firefox-esr", "firefox")
		home, profile := options.home, firefoxProfile(options.home)
		if home == "" {
			home = t.TempDir()
			profile = filepath.Join(home, "profile")
			if err := os.Mkdir(profile, 0o700); err != nil {
				t.Fatal(err)
			}
			trustIn(t, profile, options.cas)
		}
		if err := os.WriteFile(filepath.Join(profile, "user.js"), userJS(t, protection, options), 0o600); err != nil {
			t.Fatal(err)
		}

		cmd := exec.Command(path, "--headless", "--no-remote", "--profile", profile, "--remote-debugging-port=0", "--remote-allow-system-access", "about:blank")
		cmd.Env = append(os.Environ(), "HOME="+home, "MOZ_CRASHREPORTER_DISABLE=1")
		process := startProcess(t, cmd, nil)
		connection, err := dialBidi(waitListening(t, process))
		if err != nil {
			t.Fatalf("talk to Firefox: %v", err)
		}
		t.Cleanup(func() {
			connection.close()
			select {
			case <-process.done:
			case <-time.After(endSoon):
			}
		})
		return &firefox{bidi: connection}
	}
}

// firefoxProfile is the folder of the only profile of a user, see newFirefoxHome.
func firefoxProfile(home string) string {
	return filepath.Join(home, ".mozilla", "firefox", "abc.default")
}

// newFirefoxHome gives a user a profile, as Firefox does at its first start.
func newFirefoxHome(t testing.TB, home string) {
	t.Helper()
	profile := firefoxProfile(home)
	if err := os.MkdirAll(profile, 0o700); err != nil {
		t.Fatal(err)
	}
	const list = "[Profile0]\nName=default\nIsRelative=1\nPath=abc.default\nDefault=1\n"
	if err := os.WriteFile(filepath.Join(filepath.Dir(profile), "profiles.ini"), []byte(list), 0o600); err != nil {
		t.Fatal(err)
	}
	trustIn(t, profile, nil)
}

// userJS is a profile's settings.
func userJS(t testing.TB, protection string, options browserOptions) []byte {
	t.Helper()
	settings := map[string]any{
		"app.normandy.enabled":                       false,
		"app.update.disabledForTesting":              true,
		"browser.aboutwelcome.enabled":               false,
		"browser.newtabpage.enabled":                 false,
		"browser.safebrowsing.update.enabled":        false,
		"browser.shell.checkDefaultBrowser":          false,
		"datareporting.policy.dataSubmissionEnabled": false,
		"extensions.update.enabled":                  false,
		"network.captive-portal-service.enabled":     false,
		"network.connectivity-service.enabled":       false,
		"services.settings.server":                   "data:,",
		"security.warn_submit_secure_to_insecure":    false, // or a form waits for a person
		"toolkit.telemetry.enabled":                  false,
		// For standard and strict Firefox itself sets what belongs to it.
		"browser.contentblocking.category": protection,
	}
	if protection == custom {
		settings["network.cookie.cookieBehavior"] = 1
	}
	if options.system != nil {
		settings["network.proxy.type"] = 5
		settings["network.dns.localDomains"] = strings.Join(options.system, ",")
	}
	if options.proxy != "" {
		host, port, err := net.SplitHostPort(options.proxy)
		if err != nil {
			t.Fatal(err)
		}
		settings["network.proxy.type"] = 1
		settings["network.proxy.http"] = host
		settings["network.proxy.ssl"] = host
		settings["network.proxy.http_port"] = rawJS(port)
		settings["network.proxy.ssl_port"] = rawJS(port)
		settings["network.proxy.no_proxies_on"] = ""
		settings["network.proxy.allow_hijacking_localhost"] = true
	}
	var js strings.Builder
	for name, value := range settings {
		if text, ok := value.(string); ok {
			value = rawJS(fmt.Sprintf("%q", text))
		}
		fmt.Fprintf(&js, "user_pref(%q, %v);\n", name, value)
	}
	return []byte(js.String())
}

// rawJS is written as it is.
type rawJS string

var listening = regexp.MustCompile(`WebDriver BiDi listening on (ws://\S+)`)

// waitListening returns the address that Firefox says it can be driven at.
func waitListening(t testing.TB, process *process) string {
	t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if found := listening.FindStringSubmatch(process.out.String()); found != nil {
				return found[1]
			}
		case <-process.done:
			t.Fatalf("Firefox ended at once: %v\n%s", process.err, process.out)
		case <-deadline:
			t.Fatalf("Firefox can't be driven:\n%s", process.out)
		}
	}
}

func (f *firefox) call(t testing.TB, method string, params map[string]any, result any) {
	t.Helper()
	if err := f.bidi.call(method, params, result); err != nil {
		t.Fatalf("Firefox: %v", err)
	}
}

func (f *firefox) open(t testing.TB, url string) tab {
	t.Helper()
	page, err := f.visit(url)
	if err != nil {
		t.Fatalf("Firefox: %v", err)
	}
	return page
}

// visit opens a tab at url. Beside an error there may be the tab.
func (f *firefox) visit(url string) (*firefoxTab, error) {
	var created struct{ Context string }
	if err := f.bidi.call("browsingContext.create", map[string]any{"type": "tab"}, &created); err != nil {
		return nil, err
	}
	page := &firefoxTab{firefox: f, context: created.Context}
	return page, f.bidi.call("browsingContext.navigate", map[string]any{"context": page.context, "url": url, "wait": "complete"}, nil)
}

func (f *firefox) cookies(t testing.TB, host string) []cookie {
	t.Helper()
	var kept struct {
		Cookies []struct {
			Name, Domain, SameSite string
			HTTPOnly, Secure       bool
		}
	}
	f.call(t, "storage.getCookies", map[string]any{}, &kept)
	var found []cookie
	for _, k := range kept.Cookies {
		if strings.TrimPrefix(k.Domain, ".") == host {
			found = append(found, cookie{Name: k.Name, HTTPOnly: k.HTTPOnly, Secure: k.Secure, SameSite: k.SameSite})
		}
	}
	return found
}

// inChrome runs JavaScript with the rights of Firefox's own windows, its settings
// among them.
func (f *firefox) inChrome(t testing.TB, statements string) {
	t.Helper()
	var windows struct{ Contexts []struct{ Context string } }
	f.call(t, "browsingContext.getTree", map[string]any{"moz:scope": "chrome", "maxDepth": 0}, &windows)
	if len(windows.Contexts) == 0 {
		t.Fatal("Firefox has no window")
	}
	if _, err := f.bidi.evaluate(windows.Contexts[0].Context, "(() => { "+statements+"; return '' })()"); err != nil {
		t.Fatalf("Firefox: %s: %v", statements, err)
	}
}

type firefoxTab struct {
	firefox *firefox
	context string
}

func (f *firefoxTab) eval(expression string) (string, error) {
	return f.firefox.bidi.evaluate(f.context, expression)
}

func (f *firefoxTab) close(t testing.TB) {
	t.Helper()
	f.firefox.call(t, "browsingContext.close", map[string]any{"context": f.context}, nil)
}
