package pac

import (
	"net/netip"
	"strings"
	"testing"
)

func TestFile(t *testing.T) {
	const proxy, direct = "PROXY 127.0.0.1:8899; DIRECT", "DIRECT"
	hosts := []Host{
		{"https", "dev.example.com", "443"},
		{"https", "dev.example.com", "443"}, // two profiles may name one host
		{"https", "*.wild.example", "*"},
		{"http", "plain.example", "8000"},
		{"https", "10.0.0.5", "8443"},
		{"https", "2001:db8::1", "443"},
		{"http", "2001:db8::2", "*"},
		{"https", "::ffff:10.0.0.6", "443"},
		{"https", "xn--bcher-kva.example", "443"},
	}
	file := load(t, File("127.0.0.1:8899", hosts, nil))
	for _, c := range []struct{ url, want string }{
		{"https://dev.example.com/", proxy},
		{"https://dev.example.com", proxy},
		{"https://dev.example.com:443/api/?q=1#x", proxy},
		{"HTTPS://Dev.Example.COM./", proxy},
		{"wss://dev.example.com/socket", proxy},
		{"https://dev.example.com?next=http://other.example/", proxy},
		{"https://user:secret@dev.example.com/", proxy},
		{"https://dev.example.com:8443/", direct},
		{"http://dev.example.com/", direct},
		{"ws://dev.example.com/", direct},
		{"https://a.dev.example.com/", direct},
		{"https://example.com/", direct},
		{"https://evildev.example.com/", direct},
		{"https://dev.example.com.evil.example/", direct},
		{"https://evil.example/dev.example.com", direct},
		{"https://evil.example/@dev.example.com/", direct},
		{"https://evil.example#@dev.example.com/", direct},

		{"https://a.wild.example/", proxy},
		{"https://a.b.wild.example:9443/", proxy},
		{"wss://a.wild.example:1/", proxy},
		{"https://wild.example/", direct},
		{"https://evilwild.example/", direct},
		{"https://.wild.example/", direct},
		{"http://a.wild.example/", direct},

		{"http://plain.example:8000/", proxy},
		{"ws://plain.example:8000/", proxy},
		{"http://plain.example/", direct},
		{"https://plain.example:8000/", direct},

		{"https://10.0.0.5:8443/", proxy},
		{"https://10.0.0.5/", direct},
		{"https://[2001:db8::1]/", proxy},
		{"https://[2001:DB8::1]:443/x", proxy},
		{"https://[2001:db8::1]:8443/", direct},
		{"https://[2001:db8::11]/", direct},
		{"http://[2001:db8::2]:8080/", proxy},
		{"https://[::ffff:a00:6]/", proxy},
		{"https://[0:0::ffff:10.0.0.6]/", proxy},
		{"https://10.0.0.6/", direct}, // another address for the engine as well
		{"https://[2001:0db8:0::0:0001]/", proxy},
		{"https://[2001:db8:0:0:0:0:0:1]/", proxy},
		{"https://[2001:db8::1::]/", direct},
		{"https://a:b@c@[2001:db8::1]/", proxy},
		{"https://xn--bcher-kva.example/", proxy},

		{"http://localhost:3000/", direct},
		{"ftp://dev.example.com/", direct},
		{"about:blank", direct},
		{"", direct},
	} {
		if got := file.find(c.url); got != c.want {
			t.Errorf("%s: %s, want %s", c.url, got, c.want)
		}
	}
}

// hostOf is what browsers pass beside the URL; the file needn't look at it.
func hostOf(url string) string {
	_, rest, _ := strings.Cut(url, "://")
	host, _, _ := strings.Cut(rest, "/")
	return host
}

func TestFileWithoutHosts(t *testing.T) {
	if got := load(t, File("127.0.0.1:8899", nil, nil)).find("https://dev.example.com/"); got != "DIRECT" {
		t.Errorf("without hosts: %s, want DIRECT", got)
	}
}

// The same profiles give the same bytes, whatever their order.
func TestFileIsStable(t *testing.T) {
	a := []Host{{"https", "a.example", "443"}, {"http", "b.example", "*"}, {"https", "a.example", "443"}}
	b := []Host{a[1], a[0]}
	if x, y := File("[::1]:8899", a, nil), File("[::1]:8899", b, nil); string(x) != string(y) {
		t.Errorf("two files for one set of hosts:\n%s\n%s", x, y)
	}
	if got := load(t, File("[::1]:8899", a, nil)).find("https://a.example/"); got != "PROXY [::1]:8899; DIRECT" {
		t.Errorf("proxy on IPv6: %s", got)
	}
}

// FuzzFile: no name breaks out of its string, and each finds itself.
func FuzzFile(f *testing.F) {
	for _, name := range []string{"dev.example.com", "*.wild.example", "2001:db8::1", "::ffff:10.0.0.1", "::", `a"];alert(1)//`, "\u2028", "</script>", ""} {
		f.Add(name, "443")
	}
	f.Fuzz(func(t *testing.T, name, port string) {
		file := load(t, File("127.0.0.1:1", []Host{{"https", name, port}}, nil))
		if got := file.find("https://corsage.invalid:1/"); name != "corsage.invalid" && name != "*.invalid" && got != "DIRECT" {
			t.Errorf("%q:%q chooses another host: %s", name, port, got)
		}
		if a, err := netip.ParseAddr(name); err == nil && a.Is6() && a.Zone() == "" && port == "1" {
			for _, spelled := range []string{name, strings.ToUpper(a.StringExpanded()), a.String()} {
				if got := file.find("https://[" + spelled + "]:1/"); got != "PROXY 127.0.0.1:1; DIRECT" {
					t.Errorf("%q does not find itself as %s: %s", name, spelled, got)
				}
			}
		}
	})
}
