package pac

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"

	"github.com/dop251/goja"
)

// find evaluates the file as a browser does.
func find(t testing.TB, file []byte, url, host string) string {
	t.Helper()
	vm := goja.New()
	if _, err := vm.RunString(string(file)); err != nil {
		t.Fatalf("the file is no JavaScript: %v\n%s", err, file)
	}
	call, ok := goja.AssertFunction(vm.Get("FindProxyForURL"))
	if !ok {
		t.Fatalf("the file has no FindProxyForURL:\n%s", file)
	}
	v, err := call(goja.Undefined(), vm.ToValue(url), vm.ToValue(host))
	if err != nil {
		t.Fatalf("FindProxyForURL(%q): %v", url, err)
	}
	return v.String()
}

func TestFile(t *testing.T) {
	const proxy, direct = "PROXY 127.0.0.1:8899", "DIRECT"
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
	file := File("127.0.0.1:8899", hosts)
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
		{"https://xn--bcher-kva.example/", proxy},

		{"http://localhost:3000/", direct},
		{"ftp://dev.example.com/", direct},
		{"about:blank", direct},
		{"", direct},
	} {
		if got := find(t, file, c.url, hostOf(c.url)); got != c.want {
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
	if got := find(t, File("127.0.0.1:8899", nil), "https://dev.example.com/", "dev.example.com"); got != "DIRECT" {
		t.Errorf("without hosts: %s, want DIRECT", got)
	}
}

// The same profiles give the same bytes, whatever their order.
func TestFileIsStable(t *testing.T) {
	a := []Host{{"https", "a.example", "443"}, {"http", "b.example", "*"}, {"https", "a.example", "443"}}
	b := []Host{a[1], a[0]}
	if x, y := File("[::1]:8899", a), File("[::1]:8899", b); string(x) != string(y) {
		t.Errorf("two files for one set of hosts:\n%s\n%s", x, y)
	}
	if got := find(t, File("[::1]:8899", a), "https://a.example/", "a.example"); got != "PROXY [::1]:8899" {
		t.Errorf("proxy on IPv6: %s", got)
	}
}

// FuzzFile: no name breaks out of its string, and each finds itself.
func FuzzFile(f *testing.F) {
	for _, name := range []string{"dev.example.com", "*.wild.example", "2001:db8::1", `a"];alert(1)//`, "\u2028", "</script>", ""} {
		f.Add(name, "443")
	}
	f.Fuzz(func(t *testing.T, name, port string) {
		file := File("127.0.0.1:1", []Host{{"https", name, port}})
		vm := goja.New()
		if _, err := vm.RunString(string(file)); err != nil {
			t.Fatalf("%q:%q breaks the file: %v\n%s", name, port, err, file)
		}
		got, err := json.Marshal(vm.Get("hosts").Export())
		if err != nil {
			t.Fatal(err)
		}
		var hosts [][]any
		if err := json.Unmarshal(got, &hosts); err != nil || len(hosts) != 1 || len(hosts[0]) != 4 {
			t.Fatalf("%q:%q gives the hosts %s", name, port, got)
		}
		if a, err := netip.ParseAddr(name); err == nil && a.Is6() && a.Zone() == "" && !a.Is4In6() && a.String() == name {
			if got := find(t, file, "https://["+name+"]:1/", name); port == "1" && got != "PROXY 127.0.0.1:1" {
				t.Errorf("%q does not find itself: %s", name, got)
			}
		}
	})
}
