package sysproxy

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// networksetup stands in for the command of macOS: it answers in its words and
// does what it does, as far as proxies go.
type networksetup struct {
	services []string // with an asterisk in front where switched off
	proxies  map[string]map[string]string
	ran      []string // commands that set something
}

func newNetworksetup() *networksetup {
	n := &networksetup{services: []string{"USB 10/100/1000 LAN", "Wi-Fi", "*Thunderbolt Bridge", "Réseau privé (VPN)"}, proxies: make(map[string]map[string]string)}
	for _, s := range n.services {
		n.proxies[strings.TrimPrefix(s, "*")] = map[string]string{
			"url": "(null)", "urlstate": "No", "detect": "Off",
			"web": ":0", "webstate": "No", "secureweb": ":0", "securewebstate": "No", "socksfirewall": ":0", "socksfirewallstate": "No",
			"bypass": "*.local\n169.254/16",
		}
	}
	return n
}

func (n *networksetup) run(_ context.Context, _ []string, name string, args ...string) (string, error) {
	if name != "networksetup" {
		return "", fmt.Errorf("%s is no command of macOS", name)
	}
	if args[0] == "-listallnetworkservices" {
		return "An asterisk (*) denotes that a network service is disabled.\n" + strings.Join(n.services, "\n") + "\n", nil
	}
	p, ok := n.proxies[args[1]]
	if !ok {
		return args[1] + " is not a recognized network service.\n** Error: The parameters were not valid.\n", fmt.Errorf("exit status 4")
	}
	if strings.HasPrefix(args[0], "-set") {
		n.ran = append(n.ran, strings.Join(args, "|"))
	}
	yes := map[string]string{"on": "Yes", "off": "No"}
	switch option := strings.TrimPrefix(args[0], "-"); option {
	case "getproxyautodiscovery":
		return "Auto Proxy Discovery: " + p["detect"] + "\n", nil
	case "getautoproxyurl":
		return fmt.Sprintf("URL: %s\nEnabled: %s\n", p["url"], p["urlstate"]), nil
	case "getwebproxy", "getsecurewebproxy", "getsocksfirewallproxy":
		kind := strings.TrimSuffix(strings.TrimPrefix(option, "get"), "proxy")
		host, port, _ := strings.Cut(p[kind], ":")
		auth := "0"
		if p[kind+"auth"] != "" {
			auth = "1"
		}
		return fmt.Sprintf("Enabled: %s\nServer: %s\nPort: %s\nAuthenticated Proxy Enabled: %s\n", p[kind+"state"], host, port, auth), nil
	case "getproxybypassdomains":
		if p["bypass"] == "" {
			return "There aren't any bypass domains set on " + args[1] + ".\n", nil
		}
		return p["bypass"] + "\n", nil
	case "setproxyautodiscovery":
		p["detect"] = map[string]string{"on": "On", "off": "Off"}[args[2]]
	case "setautoproxyurl":
		p["url"], p["urlstate"] = args[2], "Yes"
		if args[2] == "" {
			p["url"] = "(null)"
		}
	case "setautoproxystate":
		p["urlstate"] = yes[args[2]]
	case "setwebproxy", "setsecurewebproxy", "setsocksfirewallproxy":
		kind := strings.TrimSuffix(strings.TrimPrefix(option, "set"), "proxy")
		p[kind], p[kind+"state"] = args[2]+":"+args[3], "Yes"
	case "setwebproxystate", "setsecurewebproxystate", "setsocksfirewallproxystate":
		p[strings.TrimSuffix(strings.TrimPrefix(option, "set"), "proxystate")+"state"] = yes[args[2]]
	case "setproxybypassdomains":
		p["bypass"] = strings.Join(args[2:], "\n")
		if args[2] == "Empty" {
			p["bypass"] = ""
		}
	default:
		return "", fmt.Errorf("%s is no option of networksetup", args[0])
	}
	return "", nil
}

// state is what networksetup has in mind.
func (n *networksetup) state() map[string]map[string]string {
	all := make(map[string]map[string]string)
	for service, p := range n.proxies {
		all[service] = maps.Clone(p)
	}
	return all
}

func (n *networksetup) opened(t *testing.T, dir string) *Switch {
	s := Open(dir)
	s.find = func(string) (desktop, error) { return macos{run: n.run}, nil }
	t.Cleanup(func() { _ = s.lock.Close() })
	return s
}

func TestMacOSCommands(t *testing.T) {
	n := newNetworksetup()
	n.services = []string{"Wi-Fi", "*Thunderbolt Bridge"}
	n.proxies["Wi-Fi"]["detect"] = "On"
	s := n.opened(t, t.TempDir())
	for _, c := range []struct {
		do   func() error
		want []string
	}{
		{func() error { return s.On(t.Context(), wantPAC) }, []string{
			"-setautoproxyurl|Wi-Fi|http://127.0.0.1:8899/proxy.pac", "-setautoproxystate|Wi-Fi|off",
			"-setproxyautodiscovery|Wi-Fi|off",
			"-setautoproxystate|Wi-Fi|on",
		}},
		{func() error { _, err := s.Off(t.Context()); return err }, []string{
			"-setautoproxystate|Wi-Fi|off",
			"-setproxyautodiscovery|Wi-Fi|on",
			"-setautoproxyurl|Wi-Fi|", "-setautoproxystate|Wi-Fi|off",
		}},
		{func() error { return s.On(t.Context(), wantOf("fixed")) }, []string{
			"-setproxybypassdomains|Wi-Fi|*.local|169.254/16|localhost|127.0.0.1|::1",
			"-setwebproxy|Wi-Fi|127.0.0.1|8899", "-setwebproxystate|Wi-Fi|off",
			"-setsecurewebproxy|Wi-Fi|127.0.0.1|8899", "-setsecurewebproxystate|Wi-Fi|off",
			"-setproxyautodiscovery|Wi-Fi|off",
			"-setwebproxystate|Wi-Fi|on", "-setsecurewebproxystate|Wi-Fi|on",
		}},
		{func() error { _, err := s.Off(t.Context()); return err }, []string{
			"-setsecurewebproxystate|Wi-Fi|off", "-setwebproxystate|Wi-Fi|off",
			"-setproxyautodiscovery|Wi-Fi|on",
			"-setsecurewebproxy|Wi-Fi||0", "-setsecurewebproxystate|Wi-Fi|off",
			"-setwebproxy|Wi-Fi||0", "-setwebproxystate|Wi-Fi|off",
			"-setproxybypassdomains|Wi-Fi|*.local|169.254/16",
		}},
	} {
		n.ran = nil
		if err := c.do(); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(n.ran, c.want) {
			t.Errorf("ran\n%s\nwant\n%s", strings.Join(n.ran, "\n"), strings.Join(c.want, "\n"))
		}
	}
}

// Every service that is switched on is led here, killed before any step or not,
// and is then as it was before.
func TestMacOSServices(t *testing.T) {
	for _, how := range []string{"pac", "fixed"} {
		for step := 0; ; step++ {
			n, dir := newNetworksetup(), t.TempDir()
			wifi := n.proxies["Wi-Fi"]
			wifi["web"], wifi["webstate"], wifi["secureweb"] = "proxy.corp:3128", "Yes", "proxy.corp:3129"
			wifi["bypass"] = ""
			n.proxies["USB 10/100/1000 LAN"]["url"], n.proxies["USB 10/100/1000 LAN"]["urlstate"] = "http://corp/p.pac", "Yes"
			before := n.state()
			s := n.opened(t, dir)
			var state State
			dead := kill(t, s, step, func() {
				if err := s.On(t.Context(), wantOf(how)); err != nil {
					t.Fatal(err)
				}
				var err error
				if state, err = s.State(t.Context()); err != nil || !state.On {
					t.Errorf("%+v, %v", state, err)
				}
				if p := n.proxies["Thunderbolt Bridge"]; !reflect.DeepEqual(p, before["Thunderbolt Bridge"]) {
					t.Errorf("a service that is off was changed: %v", p)
				}
				if _, err := s.Off(t.Context()); err != nil {
					t.Fatal(err)
				}
			})
			if _, err := n.opened(t, dir).Off(t.Context()); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(n.state(), before) {
				t.Fatalf("%s, killed before step %d, left\n%v\nbefore it was\n%v", how, step, n.state(), before)
			}
			if !dead {
				if p := state.Previous; p.PAC != "http://corp/p.pac" {
					t.Errorf("%s: previous %+v", how, p)
				}
				break
			}
		}
	}
}

func TestMacOSRefuses(t *testing.T) {
	n := newNetworksetup()
	n.proxies["Wi-Fi"]["webauth"] = "yes"
	before := n.state()
	s := n.opened(t, t.TempDir())
	if err := s.On(t.Context(), wantOf("fixed")); err == nil || !strings.Contains(err.Error(), "the proxy of Wi-Fi has a password") {
		t.Errorf("%v", err)
	}
	if !reflect.DeepEqual(n.state(), before) {
		t.Errorf("%v", n.state())
	}
	if err := s.On(t.Context(), wantPAC); err != nil {
		t.Errorf("the PAC file leaves that proxy alone: %v", err)
	}
	n.services = []string{"*Wi-Fi"}
	if err := n.opened(t, t.TempDir()).On(t.Context(), wantPAC); err == nil || !strings.Contains(err.Error(), "there is no network service") {
		t.Errorf("%v", err)
	}
}

// A service that was removed meanwhile is named, and the others go back.
func TestMacOSServiceGone(t *testing.T) {
	n := newNetworksetup()
	s := n.opened(t, t.TempDir())
	if err := s.On(t.Context(), wantPAC); err != nil {
		t.Fatal(err)
	}
	n.services = n.services[1:]
	report, err := s.Off(t.Context())
	if err != nil || len(report.Left) != 3 || !report.Left[0].Gone || !strings.Contains(report.Left[0].String(), "no longer exists") {
		t.Errorf("%+v, %v", report, err)
	}
	if p := n.proxies["Wi-Fi"]; p["urlstate"] != "No" || p["url"] != "(null)" {
		t.Errorf("%v", p)
	}
}
