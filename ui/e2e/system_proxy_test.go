package e2e

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"corsage/profiles"
	"corsage/ui/instance"
)

// systemProxy is a desktop whose proxy setting leads to Corsage by its PAC file,
// and the browsers that follow it.
type systemProxy struct {
	t        *testing.T
	instance *instance.Instance
	options  instance.Options
	browsers map[string]browser
	port     string // of the backend, which is this machine under any name
}

// TestSystemProxy has Chromium and Firefox follow the desktop's proxy setting: the
// hosts of profiles go to Corsage, and all others where they went before. At the
// end Firefox is given the PAC file's address by hand instead.
func TestSystemProxy(t *testing.T) {
	if testing.Short() {
		t.Skip("starts browsers, which -short is there to avoid")
	}
	findProgram(t, "gsettings", "gsettings")
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		fmt.Fprint(w, "backend")
	}))
	defer backend.Close()
	office := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		if !r.URL.IsAbs() {
			fmt.Fprintf(w, "function FindProxyForURL(url, host) { return host == 'pac.test' ? 'PROXY %s' : 'DIRECT'; }", r.Host)
			return
		}
		fmt.Fprint(w, "office")
	}))
	defer office.Close()

	s := startSystemProxy(t, backend)
	defer func() { _ = s.instance.Close() }()

	s.switchTo(true)
	s.startBrowsers()
	s.want("a chosen host", "https://chosen.test/", "backend", true)
	s.want("a chosen host by its IPv6 address", "http://[2001:db8:0::5]/", "backend", true)
	s.want("another host", "http://other.test:"+s.port+"/", "backend", false)
	s.want("another port of a chosen host", "http://chosen.test:"+s.port+"/", "backend", false)
	// No browser asks a PAC file about this machine.
	s.want("this machine", "http://localhost:"+s.port+"/", "backend", false)
	s.want("this machine's address", "http://127.0.0.1:"+s.port+"/", "backend", false)

	s.enable("Later", "http://later.test")
	s.want("a host that was chosen later", "http://later.test/", "backend", true)

	s.switchTo(false)
	host, port, _ := net.SplitHostPort(office.Listener.Addr().String())
	s.set("org.gnome.system.proxy.http", "host", host)
	s.set("org.gnome.system.proxy.http", "port", port)
	s.set("org.gnome.system.proxy", "ignore-hosts", "['direct.test']")
	s.set("org.gnome.system.proxy", "mode", "manual")
	s.want("the former proxy alone", "http://other.test:"+s.port+"/", "office", false)
	s.switchTo(true)
	s.want("a chosen host before the former proxy", "https://chosen.test/", "backend", true)
	s.want("another host by the former proxy", "http://other.test:"+s.port+"/", "office", false)
	s.want("a host that the former proxy is not for", "http://direct.test:"+s.port+"/", "backend", false)

	s.switchTo(false)
	s.set("org.gnome.system.proxy", "autoconfig-url", office.URL+"/office.pac")
	s.set("org.gnome.system.proxy", "mode", "auto")
	s.switchTo(true)
	s.want("a chosen host before the former PAC file", "https://chosen.test/", "backend", true)
	s.want("a host that the former PAC file knows", "http://pac.test:"+s.port+"/", "office", false)
	s.want("a host that it does not know", "http://other.test:"+s.port+"/", "backend", false)

	// Nobody is there any more, and nobody has put the setting back.
	s.enable("Port", "http://later.test:"+s.port)
	s.want("a chosen host while Corsage runs", "http://later.test:"+s.port+"/", "backend", true)
	addr := s.instance.Addr()
	if err := s.instance.Server.Close(); err != nil {
		t.Fatal(err)
	}
	s.want("a chosen host while Corsage is down", "http://later.test:"+s.port+"/", "backend", false)
	if err := s.instance.Close(); err != nil {
		t.Fatal(err)
	}
	s.options.Listen = addr
	s.start()
	s.switchTo(true)
	s.want("a chosen host when Corsage is back", "http://later.test:"+s.port+"/", "backend", true)

	s.switchTo(false)
	s.ownAddress()
}

// ownAddress gives Firefox the address of the PAC file in its own settings, as its
// user does by hand.
func (s *systemProxy) ownAddress() {
	s.t.Helper()
	f := s.browsers["Firefox"].(*firefox)
	s.browsers = map[string]browser{"Firefox-by-hand": f}
	f.inChrome(s.t, fmt.Sprintf(`Services.prefs.setCharPref("network.proxy.autoconfig_url", %q); Services.prefs.setIntPref("network.proxy.type", 2)`, s.instance.PACURL()))
	// It goes on with the system's former PAC file until it is told to read its own.
	reload := func() {
		f.inChrome(s.t, `Cc["@mozilla.org/network/protocol-proxy-service;1"].getService().reloadPAC()`) // what the button Reload calls
	}
	reload()
	s.want("a chosen host", "https://chosen.test/", "backend", true)
	s.want("another host", "http://other.test:"+s.port+"/", "backend", false)
	local := "http://localhost:" + s.port + "/"
	s.want("this machine", local, "backend", false)
	f.inChrome(s.t, `Services.prefs.setBoolPref("network.proxy.allow_hijacking_localhost", true)`)
	s.want("this machine, where Firefox is told to", local, "backend", true)

	hand := "http://hand.test:" + s.port
	s.enable("Hand", hand)
	s.want("a host that was chosen after the file was read", hand+"/", "backend", false)
	reload()
	s.want("the same once it was read again", hand+"/", "backend", true)

	if err := s.instance.Close(); err != nil {
		s.t.Fatal(err)
	}
	s.want("a chosen host while Corsage does not run", hand+"/", "backend", false)
	s.start()
	s.want("a chosen host when Corsage runs again", hand+"/", "backend", true)
}

func startSystemProxy(t *testing.T, backend *httptest.Server) *systemProxy {
	dir := t.TempDir()
	for name, value := range map[string]string{
		"HOME": dir, "XDG_CONFIG_HOME": filepath.Join(dir, "config"), "XDG_CURRENT_DESKTOP": "GNOME", "GSETTINGS_BACKEND": "keyfile",
		"HTTP_PROXY": "", "HTTPS_PROXY": "", "ALL_PROXY": "", "http_proxy": "", "https_proxy": "", "all_proxy": "",
	} {
		t.Setenv(name, value)
	}
	_, port, _ := net.SplitHostPort(backend.Listener.Addr().String())
	s := &systemProxy{t: t, port: port, browsers: make(map[string]browser), options: instance.Options{
		Listen: "127.0.0.1:0", Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
		Dirs: instance.Dirs{
			Profiles:  profiles.Dirs{Config: filepath.Join(dir, "profiles"), State: filepath.Join(dir, "state")},
			Authority: filepath.Join(dir, "ca"), Runtime: filepath.Join(dir, "run"), Settings: filepath.Join(dir, "settings.yaml"),
		},
	}}
	s.start()
	s.enable("Site", "https://chosen.test", "http://[2001:db8::5]", "http://localhost:"+port, "http://127.0.0.1:"+port)
	return s
}

func (s *systemProxy) start() {
	s.t.Helper()
	var err error
	if s.instance, err = instance.Start(s.t.Context(), s.options); err != nil {
		s.t.Fatal(err)
	}
}

// enable makes a profile of these backends, which are all the one, and enables it.
func (s *systemProxy) enable(name string, urls ...string) {
	s.t.Helper()
	p := profiles.Profile{Name: name}
	for _, u := range urls {
		p.Backends = append(p.Backends, profiles.Backend{URL: u, Upstream: "http://127.0.0.1:" + s.port})
	}
	if err := s.instance.Store.Create(p); err != nil {
		s.t.Fatal(err)
	}
	if err := s.instance.Store.SetEnabled(name, true); err != nil {
		s.t.Fatal(err)
	}
}

func (s *systemProxy) startBrowsers() {
	s.t.Helper()
	var cas []string
	for _, r := range s.instance.Roots() {
		cas = append(cas, r.Cert)
	}
	options := browserOptions{system: []string{"chosen.test", "other.test", "later.test", "direct.test", "pac.test", "hand.test"}, cas: cas}
	s.browsers["Chromium"] = startChromium(false)(s.t, options)
	s.browsers["Firefox"] = startFirefox(standard)(s.t, options)
}

func (s *systemProxy) switchTo(on bool) {
	s.t.Helper()
	if _, err := s.instance.SetSystemProxy(s.t.Context(), on, false); err != nil {
		s.t.Fatal(err)
	}
}

func (s *systemProxy) set(schema, key, value string) {
	s.t.Helper()
	if out, err := exec.Command("gsettings", "set", schema, key, value).CombinedOutput(); err != nil {
		s.t.Fatalf("gsettings set %s %s: %v\n%s", schema, key, err, out)
	}
}

// want opens address in each browser until it is answered by who, through Corsage
// or not: the browsers take a moment to see that the setting has changed.
func (s *systemProxy) want(what, address, who string, intercepted bool) {
	s.t.Helper()
	for name, b := range s.browsers {
		var got string
		n := 0
		ok := eventually(func() bool {
			n++
			visit := fmt.Sprintf("%s?%s-%d", address, name, n)
			got = answerAt(s.t, b, visit)
			if !strings.Contains(got, who) {
				return false
			}
			_, query, _ := strings.Cut(visit, "?")
			got += fmt.Sprintf(", intercepted: %v", s.logged(query))
			return s.logged(query) == intercepted
		})
		if !ok {
			s.t.Errorf("%s: %s in %s is answered by %q, want %s, intercepted: %v", what, address, name, got, who, intercepted)
		}
	}
}

// logged reports whether the log has a request with the query.
func (s *systemProxy) logged(query string) bool {
	entries, _ := s.instance.Recorder.Since(0)
	for _, e := range entries {
		if strings.Contains(e.URL, query) {
			return true
		}
	}
	return false
}

// answerAt is the text of the page at address, or why there is none.
func answerAt(t *testing.T, b browser, address string) string {
	t.Helper()
	page, err := visit(b, address)
	if page != nil {
		defer page.close(t)
	}
	if err != nil {
		return err.Error()
	}
	text, err := page.eval("document.documentElement.textContent")
	if err != nil {
		return err.Error()
	}
	return text
}

// visit opens a tab at address. Beside an error there may be the tab.
func visit(b browser, address string) (tab, error) {
	switch b := b.(type) {
	case *chromium:
		return b.visit(address)
	case *firefox:
		page, err := b.visit(address)
		if page == nil {
			return nil, err
		}
		return page, err
	}
	return nil, errors.New("it can't be visited")
}
