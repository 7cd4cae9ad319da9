package e2e

import (
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// browser is a running browser with a fresh profile. Its methods fail the test
// themselves and may be called from one goroutine.
type browser interface {
	// open opens a tab at url and returns once it has loaded.
	open(t testing.TB, url string) tab
	// cookies are those the browser keeps for the host, in no order.
	cookies(t testing.TB, host string) []cookie
}

// tab is one page.
type tab interface {
	// eval runs a JavaScript expression in the page, waits for its promise and
	// returns its value, which must be a string. It fails while the tab goes to
	// another page.
	eval(expression string) (string, error)
	close(t testing.TB)
}

// cookie is what the drivers can tell of one.
type cookie struct {
	Name             string
	HTTPOnly, Secure bool
	SameSite         string // "lax", "strict", "none"; "" if it was not set
}

// run calls a function of testdata/page/story.js in the page with one argument
// and reads its result into T.
func run[T any](t testing.TB, page tab, function string, argument any) T {
	t.Helper()
	data, err := json.Marshal(argument)
	if err != nil {
		t.Fatal(err)
	}
	text, err := page.eval(fmt.Sprintf("(async () => JSON.stringify(await e2e.%s(%s)))()", function, data))
	if err != nil {
		t.Fatalf("%s: %v", function, err)
	}
	var result T
	if err := json.Unmarshal([]byte(text), &result); err != nil {
		t.Fatalf("%s gave %q: %v", function, text, err)
	}
	return result
}

// answer is one call as the page saw it: an answer, or the error in its place.
type answer struct {
	Step       string
	Status     int
	Redirected bool
	URL        string
	Headers    map[string]string
	Body       string
	Error      string // the name of the exception: TypeError is the browser's refusal
	Message    string
	Origin     string // of the frame that called, where it is not the page
}

func (a answer) String() string {
	if a.Error != "" {
		return a.Error + ": " + a.Message
	}
	return fmt.Sprintf("%d %s %s", a.Status, a.URL, a.Body)
}

// refused says whether the browser kept the answer from the page.
func (a answer) refused() bool { return a.Error == "TypeError" }

// mode is a browser in one of its cookie settings.
type mode struct {
	name  string
	title string // in README
	start func(t testing.TB, options browserOptions) browser
	// third says whether the setting lets a third party keep a cookie that is
	// marked SameSite=None; Secure, for the page it is on at least.
	third bool
	// once marks the modes that also run what does not depend on cookies.
	once bool
	// streams is how many event streams of one host it can hold open and still
	// make a call. Over HTTP/2 no test finds the limit; over HTTP/1.1 it is five.
	streams int
}

// browserOptions are what a browser is started with.
type browserOptions struct {
	proxy string   // host:port, "" for none
	pac   string   // the address of a file that says when to use which, in place of proxy; Chromium only
	cas   []string // PEM files of the roots to trust
	// system is set where the proxy is what the system's setting says. *.test is
	// this machine then, and of these names Firefox has to be told.
	system []string
	home   string // the user's folder, "" for a new one; its trust stores are taken as they are
}

var modes = []mode{
	{name: "chromium", title: "Chromium", start: startChromium(false), third: true, once: true, streams: 8},
	{name: "chromium-blocking", title: "Chromium, third-party cookies blocked", start: startChromium(true), third: false},
	{name: "firefox", title: "Firefox", start: startFirefox(standard), third: true, once: true, streams: 8},
	{name: "firefox-strict", title: "Firefox, strict", start: startFirefox(strict), third: true},
	{name: "firefox-blocking", title: "Firefox, cross-site cookies blocked", start: startFirefox(custom), third: false},
	// WebKitGTK refuses all third parties' cookies, and speaks HTTP/1.1 through
	// a proxy (libsoup 3.2; without one it speaks HTTP/2).
	{name: "webkit", title: "WebKit", start: startWebKit, third: false, once: true, streams: 5},
}

// findProgram is the path of the first of the names that is installed.
func findProgram(t testing.TB, what string, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	missing(t, "%s is not installed: none of %s in PATH", what, strings.Join(names, ", "))
	return ""
}

// trustIn makes an NSS database in dir that trusts the roots in PEM files.
func trustIn(t testing.TB, dir string, cas []string) {
	t.Helper()
	certutil := findProgram(t, "NSS's certutil (Debian: libnss3-tools)", "certutil")
	command := func(args ...string) {
		t.Helper()
		if out, err := exec.Command(certutil, append(args, "-d", "sql:"+dir)...).CombinedOutput(); err != nil {
			t.Fatalf("certutil %v: %v\n%s", args, err, out)
		}
	}
	command("-N", "--empty-password")
	for i, ca := range cas {
		text, err := os.ReadFile(ca)
		if err != nil {
			t.Fatal(err)
		}
		for n := 0; ; n++ { // certutil takes the first certificate of a file alone
			var block *pem.Block
			if block, text = pem.Decode(text); block == nil {
				break
			}
			one := filepath.Join(dir, fmt.Sprintf("root %d.%d.pem", i, n))
			if err := os.WriteFile(one, pem.EncodeToMemory(block), 0o600); err != nil {
				t.Fatal(err)
			}
			command("-A", "-t", "C,,", "-n", filepath.Base(one), "-i", one)
		}
	}
}
