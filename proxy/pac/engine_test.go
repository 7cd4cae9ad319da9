package pac

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"

	"corsage/proxy"
)

// The file sends to Corsage just what the engine has chosen, for all kinds of
// patterns and of spellings.
func TestFileChoosesAsTheEngine(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	pick := func(list ...string) string { return list[random.IntN(len(list))] }
	name := func() string {
		return pick("a.test", "b.a.test", "*.a.test", "x.b.a.test", "ba.test", "test", "localhost", "dev_1.test", "xn--bcher-kva.test",
			"10.0.0.1", "10.0.0.10", "127.0.0.1", "[::1]", "[2001:db8::1]", "[2001:DB8:0:0:0:0:0:1]", "[2001:db8::0:1:0]", "[::]",
			"[::ffff:10.0.0.1]", "[1:2:3:4:5:6:7:8]", "[1::8]", "[::7:8]", "[1:2::]", "0.0.0.0", "A.Test", "c..a.test")
	}
	port := func() string { return pick("", "", ":80", ":443", ":8000", ":8443", ":65535") }
	for round := range 400 {
		var rules []*proxy.Rule
		var hosts []Host
		for range 1 + random.IntN(6) {
			p, err := proxy.ParsePattern(pick("http", "https", "ws", "wss") + "://" + name() + pick(port(), ":*") + pick("", "/prefix"))
			if err != nil {
				continue // a name that no profile can have
			}
			rules = append(rules, &proxy.Rule{Backend: p})
			scheme, host, port := p.Target()
			hosts = append(hosts, Host{scheme, host, port})
		}
		rs := proxy.NewRuleset(rules...)
		file := load(t, File("127.0.0.1:8899", hosts, nil))
		for range 25 {
			scheme := pick("http", "https", "ws", "wss", "HTTPS")
			host := strings.TrimPrefix(strings.ReplaceAll(name(), "*", "any"), "any.")
			if !strings.HasPrefix(host, "[") {
				host = pick("", "", "", "sub.", "SUB.") + host + pick("", "", ".")
			}
			address := scheme + "://" + pick("", "me@", "me:p@ss@") + host + port() + pick("", "/", "/x?q=http://a.test/", "?@a.test", "#@a.test", "/"+strings.Repeat("long", 5000))
			u, err := url.Parse(address)
			if err != nil {
				t.Fatal(err)
			}
			u.Scheme = strings.Replace(u.Scheme, "ws", "http", 1)
			rule, _ := rs.Match(u)
			if got := file.find(address); (rule != nil) != (got == "PROXY 127.0.0.1:8899; DIRECT") || rule == nil && got != "DIRECT" {
				t.Fatalf("round %d, %.60s of %v: the file says %s, the engine has %v", round, address, hosts, got, rule != nil)
			}
		}
	}
}

// FuzzFileChoosesAsTheEngine does so for any pattern and address.
func FuzzFileChoosesAsTheEngine(f *testing.F) {
	f.Add("https://dev.example.com", "https://dev.example.com/api")
	f.Add("https://*.wild.example:*", "wss://a.wild.example:1/")
	f.Add("http://[2001:db8::1]:8000", "http://[2001:DB8:0::1]:8000")
	f.Add("http://10.0.0.1", "http://010.0.0.1/")
	f.Add("http://[::ffff:1.2.3.4]", "http://[::FFFF:102:304]/")
	f.Fuzz(func(t *testing.T, pattern, address string) {
		p, err := proxy.ParsePattern(pattern)
		u, err2 := url.Parse(address)
		// What browsers don't hand to a PAC file is not its business: characters that
		// a URL never has there, ports and names that they write otherwise.
		if err != nil || err2 != nil || u.Host == "" || strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r > '~' }) ||
			strings.ContainsAny(u.Host, "%\\\"<>^`{|}") || strings.ContainsAny(address, "\\") || u.Scheme != "http" && u.Scheme != "https" {
			return
		}
		scheme, host, port := p.Target()
		rule, _ := proxy.NewRuleset(&proxy.Rule{Backend: p}).Match(u)
		got := load(t, File("127.0.0.1:1", []Host{{scheme, host, port}}, nil)).find(address)
		if (rule != nil) != (got == "PROXY 127.0.0.1:1; DIRECT") {
			t.Errorf("%s for %s: the file says %s, the engine has %v", address, p, got, rule != nil)
		}
	})
}

// A file with many hosts is as quick as one with few.
func BenchmarkFile(b *testing.B) {
	for _, n := range []int{1, 500} {
		var hosts []Host
		for i := range n {
			hosts = append(hosts, Host{"https", fmt.Sprintf("dev%d.example.com", i), "443"}, Host{"https", fmt.Sprintf("*.wild%d.example", i), "*"})
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			file := load(b, File("127.0.0.1:8899", hosts, nil))
			for b.Loop() {
				if file.find("https://a.b.c.wild0.example:8443/") == "DIRECT" || file.find("https://www.other.example/") != "DIRECT" {
					b.Fatal("the answer is wrong")
				}
			}
		})
	}
}
