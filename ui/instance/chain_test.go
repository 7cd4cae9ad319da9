package instance

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"corsage/profiles"
	"corsage/proxy/pac"
)

// office is a company's network: a proxy that answers everything itself, and a
// PAC file that leads to it.
type office struct {
	*httptest.Server
	mu     sync.Mutex
	script string        // "" for a server that fails
	failed chan struct{} // gets a value for each failure that somebody waits for
}

func newOffice(t *testing.T) *office {
	o := &office{failed: make(chan struct{})}
	o.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o.mu.Lock()
		defer o.mu.Unlock()
		switch {
		case r.URL.IsAbs():
			fmt.Fprint(w, "by the office's proxy: ", r.URL)
		case o.script == "":
			http.Error(w, "down", http.StatusServiceUnavailable)
			select {
			case o.failed <- struct{}{}:
			default:
			}
		default:
			fmt.Fprint(w, o.script)
		}
	}))
	t.Cleanup(o.Close)
	return o
}

func (o *office) set(script string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.script = script
}

func (o *office) address() string { return o.Listener.Addr().String() }

// read returns the instance's PAC file.
func read(t *testing.T, address string) (string, http.Header) {
	t.Helper()
	resp, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatal(resp.Status, err)
	}
	return string(text), resp.Header
}

// through asks for a host that nobody chose by way of the instance.
func through(t *testing.T, i *Instance, host string) string {
	t.Helper()
	own, _ := url.Parse("http://" + i.Addr())
	transport := &http.Transport{Proxy: http.ProxyURL(own), DisableKeepAlives: true}
	resp, err := (&http.Client{Transport: transport}).Get("http://" + host + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	return string(text)
}

// changed waits for SubscribePAC's word.
func changed(t *testing.T, c <-chan struct{}) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(time.Minute):
		t.Fatal("nobody told that the PAC file changed")
	}
}

// What the system's setting was before goes on to count for hosts that nobody
// chose, in the file and in the proxy, and each change gives the file another
// address.
func TestChain(t *testing.T) {
	office := newOffice(t)
	i, _ := begin(t, Options{Dirs: testDirs(t)})
	c, stop := i.SubscribePAC()
	defer stop()

	seen := map[string]bool{i.SystemPACURL(): true}
	fresh := func(what string) string {
		t.Helper()
		changed(t, c)
		address := i.SystemPACURL()
		if seen[address] || !strings.HasPrefix(address, i.PACURL()+"?v=") || !pac.IsOwnURL(address) {
			t.Errorf("%s: the file's address is %s again", what, address)
		}
		seen[address] = true
		text, header := read(t, address)
		if plain, _ := read(t, i.PACURL()); plain != text {
			t.Errorf("%s: two files", what)
		}
		if header.Get("Content-Type") != pac.ContentType || header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: the header is %v", what, header)
		}
		return text
	}
	if err := i.Store.Create(profiles.Profile{Name: "Site", Backends: []profiles.Backend{{URL: "https://dev.example.com"}}}); err != nil {
		t.Fatal(err)
	}
	if err := i.Store.SetEnabled("Site", true); err != nil {
		t.Fatal(err)
	}
	if text := fresh("a profile"); !strings.Contains(text, `"dev.example.com"`) {
		t.Errorf("the file lacks the profile's host:\n%s", text)
	}

	i.Chain(pac.Setting{HTTP: office.address(), Except: []string{".intra.test"}})
	if text := fresh("a manual proxy"); !strings.Contains(text, `"PROXY `+office.address()+`"`) {
		t.Errorf("the file lacks the proxy:\n%s", text)
	}
	if got := through(t, i, "other.test"); got != "by the office's proxy: http://other.test/" {
		t.Error(got)
	}
	if got := through(t, i, "x.intra.test"); !strings.Contains(got, "x.intra.test could not be reached") {
		t.Errorf("an exception: %s", got)
	}

	office.set(fmt.Sprintf("function FindProxyForURL(url, host) { return host == 'pac.test' ? 'PROXY %s' : 'DIRECT' }", office.address()))
	i.Chain(pac.Setting{PAC: []string{"http://" + closedPort(t), office.URL}})
	if text := fresh("a PAC file"); !strings.Contains(text, "host == 'pac.test'") {
		t.Errorf("the file lacks the other:\n%s", text)
	}
	if got := through(t, i, "pac.test"); got != "by the office's proxy: http://pac.test/" {
		t.Error(got)
	}
	if got := through(t, i, "other.test"); !strings.Contains(got, "other.test could not be reached") {
		t.Error(got)
	}

	i.Chain(pac.Setting{})
	if text := fresh("nothing"); strings.Contains(text, "pac.test") {
		t.Errorf("the file has the other still:\n%s", text)
	}
	if got := through(t, i, "pac.test"); !strings.Contains(got, "pac.test could not be reached") {
		t.Error(got)
	}
}

// A PAC file that can't be had is waited for, its new version taken, and the last
// one kept when its server fails.
func TestChainFollowsPAC(t *testing.T) {
	office := newOffice(t)
	i, log := begin(t, Options{Dirs: testDirs(t)})
	i.chaining.again = []time.Duration{time.Millisecond}
	c, stop := i.SubscribePAC()
	defer stop()
	i.Chain(pac.Setting{PAC: []string{office.URL}})
	changed(t, c)
	if text, _ := read(t, i.PACURL()); !strings.Contains(text, "is not used: fetching the system's former PAC file from "+office.URL+": the server answered 503") {
		t.Errorf("the file does not say what is missing:\n%s", text)
	}
	if !strings.Contains(log.String(), "the server answered 503") {
		t.Errorf("the log does not say what is missing:\n%s", log)
	}
	office.set("function FindProxyForURL() { return 'PROXY one.test:1' }")
	changed(t, c)
	if text, _ := read(t, i.PACURL()); !strings.Contains(text, "one.test") {
		t.Errorf("the file that came late is not used:\n%s", text)
	}
	office.set("function FindProxyForURL() { return 'PROXY two.test:2' }")
	changed(t, c)
	text, _ := read(t, i.PACURL())
	if !strings.Contains(text, "two.test") {
		t.Errorf("the new file is not used:\n%s", text)
	}
	office.set("")
	for range 3 {
		changed(t, office.failed)
	}
	select {
	case <-c:
		t.Error("the file is lost when its server fails")
	default:
	}
}

// Corsage's own PAC file, of an earlier run, is not put into itself.
func TestChainIsNotOwn(t *testing.T) {
	i, log := begin(t, Options{Dirs: testDirs(t)})
	i.Chain(pac.Setting{PAC: []string{i.PACURL()}, HTTP: i.Addr()})
	text, _ := read(t, i.PACURL())
	if strings.Contains(text, "new Function") || strings.Count(text, "PROXY "+i.Addr()) != 1 || !strings.Contains(log.String(), "is Corsage's own") {
		t.Errorf("it leads to itself:\n%s\n%s", text, log)
	}
	if got := through(t, i, "other.test"); !strings.Contains(got, "other.test could not be reached") {
		t.Error(got)
	}
}

// With or without the switch, what leaves Corsage takes the system's way, if that
// is followed.
func TestFollowSystem(t *testing.T) {
	if _, err := exec.LookPath("gsettings"); err != nil {
		t.Skip("gsettings is not installed: run .ci/setup --tests")
	}
	home := t.TempDir()
	for name, value := range map[string]string{"HOME": home, "XDG_CONFIG_HOME": home, "XDG_CURRENT_DESKTOP": "GNOME", "GSETTINGS_BACKEND": "keyfile"} {
		t.Setenv(name, value)
	}
	set := func(schema, key, value string) {
		t.Helper()
		if out, err := exec.Command("gsettings", "set", schema, key, value).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	office := newOffice(t)
	host, port, _ := net.SplitHostPort(office.address())
	set("org.gnome.system.proxy.http", "host", host)
	set("org.gnome.system.proxy.http", "port", port)
	set("org.gnome.system.proxy", "mode", "manual")
	i, _ := begin(t, Options{Dirs: testDirs(t)})
	c, stop := i.SubscribePAC()
	defer stop()
	if got := through(t, i, "other.test"); !strings.Contains(got, "could not be reached") {
		t.Error(got)
	}
	i.FollowSystem()
	changed(t, c)
	for _, on := range []bool{true, false} {
		if got := through(t, i, "other.test"); got != "by the office's proxy: http://other.test/" {
			t.Errorf("before the switch is %t: %s", on, got)
		}
		if _, err := i.SetSystemProxy(t.Context(), on, true); err != nil {
			t.Fatal(err)
		}
	}
	if got := through(t, i, "other.test"); got != "by the office's proxy: http://other.test/" {
		t.Errorf("at the end: %s", got)
	}
}

func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
