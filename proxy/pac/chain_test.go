package pac

import (
	"context"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"
)

func mustChain(t testing.TB, s Setting) *Chain {
	t.Helper()
	c, err := NewChain(s)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// shownAs is routes as FindProxyForURL would say them.
func shownAs(routes []Route) string {
	var list []string
	for _, r := range routes {
		list = append(list, answer(r))
	}
	return strings.Join(list, "; ")
}

// The file and the engine's way out are one, for each kind of setting and of
// exception.
func TestManualProxies(t *testing.T) {
	const corp, socks = "PROXY corp.test:3128", "SOCKS5 s.test:1080; SOCKS s.test:1080"
	for _, c := range []struct {
		setting Setting
		url     string
		want    string
	}{
		{Setting{}, "https://a.test/", "DIRECT"},
		{Setting{HTTP: "corp.test:3128"}, "http://a.test/", corp},
		{Setting{HTTP: "corp.test:3128"}, "https://a.test/", "DIRECT"},
		{Setting{HTTP: "corp.test"}, "http://a.test/", "PROXY corp.test:80"},
		{Setting{HTTP: "http://me:secret@corp.test:3128"}, "http://a.test/", corp},
		{Setting{HTTPS: "http://[2001:db8::1]:3128"}, "https://a.test/", "PROXY [2001:db8::1]:3128"},
		{Setting{HTTPS: "https://corp.test"}, "https://a.test/", "HTTPS corp.test:443"},
		{Setting{HTTP: "corp.test:3128", SOCKS: "s.test"}, "http://a.test/", corp},
		{Setting{HTTP: "corp.test:3128", SOCKS: "s.test"}, "https://a.test/", socks},
		{Setting{SOCKS: "socks://s.test:1080"}, "http://a.test/", socks},

		{Setting{HTTP: "corp.test:3128"}, "http://localhost:3000/", "DIRECT"},
		{Setting{HTTP: "corp.test:3128"}, "http://app.localhost/", "DIRECT"},
		{Setting{HTTP: "corp.test:3128"}, "http://127.8.9.1/", "DIRECT"},
		{Setting{HTTP: "corp.test:3128"}, "http://[::1]:8000/", "DIRECT"},
		{Setting{HTTP: "corp.test:3128"}, "http://[fe80::1]/", "DIRECT"},
		{Setting{HTTP: "corp.test:3128"}, "http://169.254.169.254/", "DIRECT"},

		{Setting{HTTP: "corp.test:3128", Except: []string{"a.test"}}, "http://a.test/", "DIRECT"},
		{Setting{HTTP: "corp.test:3128", Except: []string{"A.Test"}}, "http://a.TEST./", "DIRECT"},
		{Setting{HTTP: "corp.test:3128", Except: []string{"a.test"}}, "http://x.a.test/", corp},
		{Setting{HTTP: "corp.test:3128", Except: []string{"axtest"}}, "http://a.test/", corp},
		{Setting{HTTP: "corp.test:3128", Except: []string{".a.test"}}, "http://a.test/", "DIRECT"},
		{Setting{HTTP: "corp.test:3128", Except: []string{".a.test"}}, "http://x.a.test/", "DIRECT"},
		{Setting{HTTP: "corp.test:3128", Except: []string{".a.test"}}, "http://ba.test/", corp},
		{Setting{HTTP: "corp.test:3128", Except: []string{"*.a.test"}}, "http://x.y.a.test/", "DIRECT"},
		{Setting{HTTP: "corp.test:3128", Except: []string{"*.a.test"}}, "http://a.test/", corp},
		{Setting{HTTP: "corp.test:3128", Except: []string{"*a.test"}}, "http://ba.test/", "DIRECT"},
		{Setting{HTTP: "corp.test:3128", Except: []string{"dev*.test"}}, "http://dev7.test/", "DIRECT"},
		{Setting{HTTP: "corp.test:3128", Except: []string{"192.168.*"}}, "http://192.168.3.4/", "DIRECT"},
		{Setting{HTTP: "corp.test:3128", Except: []string{"*"}}, "http://a.test/", "DIRECT"},
		{Setting{HTTP: "corp.test:3128", Except: []string{"<local>"}}, "http://intranet/", "DIRECT"},
		{Setting{HTTP: "corp.test:3128", Except: []string{"<local>"}}, "http://intra.net/", corp},
		{Setting{HTTP: "corp.test:3128", Except: []string{"<local>"}}, "http://[2001:db8::1]/", corp},
		{Setting{HTTP: "corp.test:3128", Except: []string{"<-loopback>"}}, "http://localhost/", "DIRECT"},
		{Setting{HTTP: "corp.test:3128", Except: []string{"a.test:8000"}}, "http://a.test:8000/", "DIRECT"},
		{Setting{HTTP: "corp.test:3128", Except: []string{"a.test:8000"}}, "http://a.test/", corp},
		{Setting{HTTP: "corp.test:3128", Except: []string{"a.test:80"}}, "http://a.test/", "DIRECT"},
		{Setting{HTTP: "corp.test:3128", HTTPS: "corp.test:3128", Except: []string{"https://a.test"}}, "https://a.test/", "DIRECT"},
		{Setting{HTTP: "corp.test:3128", HTTPS: "corp.test:3128", Except: []string{"https://a.test"}}, "http://a.test/", corp},
		{Setting{HTTP: "corp.test:3128", Except: []string{"10.0.0.0/8"}}, "http://10.200.3.4/", "DIRECT"},
		{Setting{HTTP: "corp.test:3128", Except: []string{"10.0.0.0/8"}}, "http://[::ffff:10.200.3.4]/", "DIRECT"},
		{Setting{HTTP: "corp.test:3128", Except: []string{"10.0.0.0/8"}}, "http://11.0.0.1/", corp},
		{Setting{HTTP: "corp.test:3128", Except: []string{"10.0.0.0/8"}}, "http://10.0.0.test/", corp},
		{Setting{HTTP: "corp.test:3128", Except: []string{"10/8"}}, "http://10.1.2.3/", "DIRECT"},
		{Setting{HTTP: "corp.test:3128", Except: []string{"172.16.0.0/12"}}, "http://172.31.255.255/", "DIRECT"},
		{Setting{HTTP: "corp.test:3128", Except: []string{"172.16.0.0/12"}}, "http://172.32.0.0/", corp},
		{Setting{HTTP: "corp.test:3128", Except: []string{"10.0.0.7"}}, "http://10.0.0.7/", "DIRECT"},
		{Setting{HTTP: "corp.test:3128", Except: []string{"10.0.0.7:81"}}, "http://10.0.0.7/", corp},
		{Setting{HTTP: "corp.test:3128", Except: []string{"2001:db8::/32"}}, "http://[2001:db8:1::7]/", "DIRECT"},
		{Setting{HTTP: "corp.test:3128", Except: []string{"[2001:db8::7]:81"}}, "http://[2001:db8:0::7]:81/", "DIRECT"},
		{Setting{HTTP: "corp.test:3128", Except: []string{"2001:db8::/32"}}, "http://32.1.13.184/", corp}, // the same first bits
		{Setting{HTTP: "corp.test:3128", Except: []string{"0.0.0.0/0"}}, "http://8.8.8.8/", "DIRECT"},
		{Setting{HTTP: "corp.test:3128", Except: []string{"0.0.0.0/0"}}, "http://[2001:db8::1]/", corp},

		{Setting{HTTP: "corp.test:3128", Except: []string{".a.test"}, Only: true}, "http://x.a.test/", corp},
		{Setting{HTTP: "corp.test:3128", Except: []string{".a.test"}, Only: true}, "http://b.test/", "DIRECT"},
	} {
		chain := mustChain(t, c.setting)
		file := File("127.0.0.1:8899", nil, chain)
		if got := load(t, file).find(c.url); got != c.want {
			t.Errorf("%+v: the file has %s for %s, want %s", c.setting, got, c.url, c.want)
		}
		u, err := url.Parse(c.url)
		if err != nil {
			t.Fatal(err)
		}
		routes, err := chain.Find(t.Context(), u)
		if got := shownAs(routes); err != nil || got != c.want {
			t.Errorf("%+v: the way out has %s for %s, want %s (%v)", c.setting, got, c.url, c.want, err)
		}
		if strings.Contains(string(file), "secret") {
			t.Errorf("the file tells a password:\n%s", file)
		}
	}
}

// What makes no sense is told, and the rest counts.
func TestSettingsThatMakeNoSense(t *testing.T) {
	for _, s := range []Setting{
		{HTTP: "ftp://corp.test:21"}, {HTTP: "corp.test:port"}, {HTTP: "http://"}, {HTTPS: "http://me:secret@:1"},
		{Except: []string{"http://"}}, {Except: []string{"a b"}}, {Except: []string{"a:b"}}, {Except: []string{"10.0.0.0/33"}}, {Except: []string{"<other>"}},
	} {
		s.SOCKS = "s.test:1"
		c, err := NewChain(s)
		if err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%+v: %v", s, err)
		}
		if got := load(t, File("127.0.0.1:1", nil, c)).find("http://a.test/"); got != "SOCKS5 s.test:1; SOCKS s.test:1" {
			t.Errorf("%+v: the rest does not count: %s", s, got)
		}
	}
}

// A chosen host has the usual way behind Corsage, for when that is not running;
// Corsage itself is nobody's usual way.
func TestChosenHostHasTheUsualWayBehind(t *testing.T) {
	hosts := []Host{{"http", "dev.test", "80"}}
	for want, s := range map[string]Setting{
		"PROXY 127.0.0.1:8899; PROXY corp.test:1": {HTTP: "corp.test:1"},
		"PROXY 127.0.0.1:8899; DIRECT":            {HTTP: "127.0.0.1:8899"},
	} {
		if got := load(t, File("127.0.0.1:8899", hosts, mustChain(t, s))).find("http://dev.test/"); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// A former PAC file keeps its own names, whatever it does.
func TestFormerPAC(t *testing.T) {
	hosts := []Host{{"https", "dev.test", "443"}}
	for _, c := range []struct{ name, text, other, chosen string }{
		{"plain", `function FindProxyForURL(url, host) { return "PROXY corp.test:1; DIRECT"; }`, "PROXY corp.test:1; DIRECT", "PROXY 127.0.0.1:8899; PROXY corp.test:1; DIRECT"},
		{"our names", `var hosts = 1, proxy = 2, chosen = 3, corsageFind = 4; function usual() { return "x"; } function bits() { throw 1; }
			function FindProxyForURL(url, host) { return "PROXY " + host + ":" + hosts; }`, "PROXY other.test:1", "PROXY 127.0.0.1:8899; PROXY dev.test:1"},
		{"globals", `hosts = 1; proxy = 2; FindProxyForURL = function (url, host) { return "PROXY g.test:" + proxy; }`, "PROXY g.test:2", "PROXY 127.0.0.1:8899; PROXY g.test:2"},
		{"strict", `"use strict"; function FindProxyForURL(url, host) { return this === undefined ? "PROXY s.test:1" : "DIRECT"; }`, "PROXY s.test:1", "PROXY 127.0.0.1:8899; PROXY s.test:1"},
		{"the browser's functions", `function FindProxyForURL(url, host) { return dnsDomainIs(host, ".test") && isInNet("a.test", "10.0.0.0", "255.0.0.0") ? "PROXY f.test:1" : "DIRECT"; }`, "PROXY f.test:1", "PROXY 127.0.0.1:8899; PROXY f.test:1"},
		{"a comment at its end", "function FindProxyForURL() { return 'PROXY c.test:1'; } // end", "PROXY c.test:1", "PROXY 127.0.0.1:8899; PROXY c.test:1"},
		{"quotes and separators", "function FindProxyForURL() { return 'PROXY \\u0071.test:1' + \"\\\\\".substring(1); } /* </script> \u2028 ' \" */", "PROXY q.test:1", "PROXY 127.0.0.1:8899; PROXY q.test:1"},
		{"throws", `function FindProxyForURL() { throw "x"; }`, "DIRECT", "PROXY 127.0.0.1:8899; DIRECT"},
		{"no text", `function FindProxyForURL() { return null; }`, "DIRECT", "PROXY 127.0.0.1:8899; DIRECT"},
		{"blank", `function FindProxyForURL() { return " "; }`, "DIRECT", "PROXY 127.0.0.1:8899; DIRECT"},
	} {
		t.Run(c.name, func(t *testing.T) {
			chain, err := new(Chain).ByPAC("http://corp.test/p.pac", c.text)
			if err != nil {
				t.Fatal(err)
			}
			file := load(t, File("127.0.0.1:8899", hosts, chain))
			for range 2 {
				if got := file.find("https://other.test/"); got != c.other {
					t.Errorf("another host: %s, want %s", got, c.other)
				}
				if got := file.find("https://dev.test/"); got != c.chosen {
					t.Errorf("the chosen host: %s, want %s", got, c.chosen)
				}
			}
		})
	}
}

// A PAC file that a browser could not use either is told and left out, and so is
// Corsage's own.
func TestFormerPACThatCannotBeUsed(t *testing.T) {
	manual := mustChain(t, Setting{HTTPS: "corp.test:1"})
	own := string(File("127.0.0.1:1", nil, nil))
	for text, why := range map[string]string{
		"":                              "no function FindProxyForURL",
		"function FindProxyForURL( {":   "no JavaScript",
		"function findProxyForURL() {}": "no function FindProxyForURL",
		"throw 'x'; function FindProxyForURL() {}": "x",
		"<html>404</html>":                         "no JavaScript",
		own:                                        "Corsage's own",
	} {
		_, err := manual.ByPAC("https://me:secret@corp.test/p.pac", text)
		if err == nil || !strings.Contains(err.Error(), why) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%.40q: %v, want %s", text, err, why)
		}
	}
	file := File("127.0.0.1:1", nil, manual.Without(fmt.Errorf("it is gone\n*/ return 1;")))
	if !strings.Contains(string(file), "it is gone */ return 1;\n") {
		t.Errorf("the file does not say why:\n%s", file)
	}
	if got := load(t, file).find("https://a.test/"); got != "PROXY corp.test:1" {
		t.Errorf("what is left does not count: %s", got)
	}
}

// Out of Corsage a PAC file is asked as a browser would ask it, and its answers
// are kept for a minute.
func TestFindByPAC(t *testing.T) {
	chain, err := new(Chain).ByPAC("data:", `var n = 0;
		function FindProxyForURL(url, host) {
			n++;
			return "PROXY " + host + ":" + n + "; SOCKS s.test:" + url.length + "; HTTPS t.test; NONSENSE x; DIRECT";
		}`)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Unix(0, 0)
	chain.script.world.now = func() time.Time { return now }
	find := func(address string) string {
		u, _ := url.Parse(address)
		routes, err := chain.Find(t.Context(), u)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(routes)
	}
	for range 3 {
		if got := find("https://me@A.test/secret?x#y"); got != "[http://a.test:1 socks5://s.test:15 https://t.test:443 <nil>]" {
			t.Error(got)
		}
	}
	now = now.Add(answerTime)
	if got := find("https://a.test/other"); !strings.HasPrefix(got, "[http://a.test:2 ") {
		t.Error(got)
	}
	if got := find("http://[2001:db8::1]/x?y#z"); !strings.Contains(got, "s.test:24") {
		t.Error(got)
	}
}

// A PAC file that never ends, or takes all memory, fails in time, and the next
// question is answered.
func TestFindIsBounded(t *testing.T) {
	chain, err := new(Chain).ByPAC("data:", `function FindProxyForURL(url, host) {
		if (host == "time.test") for (;;) {}
		if (host == "memory.test") for (var s = "x";;) s += s;
		if (host == "stack.test") return FindProxyForURL(url, host);
		if (host == "throw.test") throw new Error("on purpose");
		return "PROXY ok.test:1";
	}`)
	if err != nil {
		t.Fatal(err)
	}
	for host, why := range map[string]string{"memory": "too much memory", "stack": "", "throw": "on purpose", "time": "deadline"} {
		ctx, cancel := t.Context(), func() {}
		if host == "time" {
			ctx, cancel = contextFor(t, 50*time.Millisecond)
		}
		before := heap()
		routes, err := chain.Find(ctx, &url.URL{Scheme: "https", Host: host + ".test"})
		cancel()
		if err == nil || !strings.Contains(err.Error(), why) || strings.Contains(err.Error(), "\n") || len(routes) != 1 || routes[0] != nil {
			t.Errorf("%s: %v, %v", host, routes, err)
		}
		if after := heap(); after > before+4*evaluationMemory {
			t.Errorf("%s: the heap grew by %d MB", host, (after-before)>>20)
		}
		for range evaluations + 1 {
			routes, err := chain.Find(t.Context(), &url.URL{Scheme: "https", Host: host + ".other.test"})
			if err != nil || fmt.Sprint(routes) != "[http://ok.test:1]" {
				t.Errorf("after %s: %v, %v", host, routes, err)
			}
		}
	}
}

func TestParseAnswer(t *testing.T) {
	for text, want := range map[string]string{
		"":                                    "[<nil>]",
		"DIRECT":                              "[<nil>]",
		"direct":                              "[<nil>]",
		"PROXY a.test:1":                      "[http://a.test:1]",
		" proxy  a.test ;; DIRECT ; ":         "[http://a.test:80 <nil>]",
		"PROXY [2001:db8::1]:1; HTTPS b.test": "[http://[2001:db8::1]:1 https://b.test:443]",
		"SOCKS5 a.test; SOCKS b.test; HTTP c": "[socks5://a.test:1080 socks5://b.test:1080 http://c:80]",
		"SOCKS4 a.test:1; PROXY":              "[<nil>]",
		"PROXY a.test:x; PROXY u@a.test; PROXY a/b": "[<nil>]",
	} {
		if got := fmt.Sprint(ParseAnswer(text)); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

// FuzzExceptions: Go and JavaScript agree on what is excepted, whatever the entry.
func FuzzExceptions(f *testing.F) {
	for _, entry := range []string{"*.corp.test", ".corp.test", "10.0.0.0/8", "169.254/16", "<local>", "2001:db8::/32", "http://a*:80", "[::1]", "::ffff:10.0.0.0/104"} {
		f.Add(entry, "a.corp.test", "2001:db8::1")
	}
	f.Fuzz(func(t *testing.T, entry, name, address string) {
		c, _ := NewChain(Setting{HTTP: "proxy.test:1", Except: []string{entry}})
		file := load(t, File("127.0.0.1:1", nil, c))
		hosts := []string{"a.test", "intranet", "10.1.2.3"}
		if !strings.ContainsFunc(name, func(r rune) bool { return !('a' <= r && r <= 'z' || '0' <= r && r <= '9' || r == '.' || r == '-') }) && name != "" {
			hosts = append(hosts, name)
		}
		if a, err := netip.ParseAddr(address); err == nil && a.Zone() == "" && a.Is6() {
			hosts = append(hosts, "["+address+"]")
		}
		for _, host := range hosts {
			u := &url.URL{Scheme: "http", Host: host, Path: "/"}
			routes, err := c.Find(t.Context(), u)
			if got := file.find(u.String()); err != nil || got != shownAs(routes) {
				t.Errorf("%q for %s: the file has %s, Go %s (%v)", entry, u, got, shownAs(routes), err)
			}
		}
	})
}

func contextFor(t *testing.T, d time.Duration) (context.Context, func()) {
	return context.WithTimeout(t.Context(), d)
}
