package authority

import (
	"crypto/x509"
	"net"
	"net/netip"
	"strings"
	"testing"
)

var hosts = []struct{ host, want string }{
	{"dev.example.com", "dev.example.com"},
	{"DEV.Example.Com", "dev.example.com"},
	{"dev.example.com.", "dev.example.com"},
	{"localhost", "localhost"},
	{"my_app.localhost", "my_app.localhost"},
	{"_svc.a-b.test", "_svc.a-b.test"},
	{"1password.example", "1password.example"},
	{"XN--MLLER-KVA.example", "xn--mller-kva.example"},
	{"Müller.example", "xn--mller-kva.example"},
	{"faß.example", "xn--fa-hia.example"}, // not the transitional "fass"
	{"例え。テスト", "xn--r8jz45g.xn--zckzah"},
	{"müller.example。", "xn--mller-kva.example"},
	{"１２７.0.0.1", "127.0.0.1"},
	{"127.0.0.1", "127.0.0.1"},
	{"127.0.0.1.", "127.0.0.1"},
	{"::1", "::1"},
	{"[::1]", "::1"},
	{"2001:DB8:0:0:0::1", "2001:db8::1"},
	{"fe80::1%eth0", "fe80::1"},
	{"::ffff:10.0.0.5", "10.0.0.5"},
	{strings.Repeat("a", 63) + ".test", strings.Repeat("a", 63) + ".test"},
}

var badHosts = []string{
	"", ".", "..", ".example.com", "a..b", "example.com..",
	"*.example.com", "dev.example.com:443", "127.0.0.1:443", "[::1]:443", "[::1", "::1]", "[dev.example.com]", "[127.0.0.1]",
	"https://dev.example.com", "a b", "a/b", "a\x00b", "dev.example.com\n", "user@example.com", "a,b", "1:2:3",
	"\xff\xfe", "ü:443", "[ü]", "xn--ü", "\ufffd.test",
	strings.Repeat("a", 64) + ".test",
	strings.Repeat("a.", 127) + "test",
}

func TestCanonicalHost(t *testing.T) {
	for _, test := range hosts {
		if got, err := canonicalHost(test.host); err != nil || got != test.want {
			t.Errorf("canonicalHost(%q) = %q, %v, want %q", test.host, got, err, test.want)
		}
	}
	for _, host := range badHosts {
		if got, err := canonicalHost(host); err == nil {
			t.Errorf("canonicalHost(%q) = %q, want an error", host, got)
		}
	}
}

func FuzzCanonicalHost(f *testing.F) {
	for _, test := range hosts {
		f.Add(test.host)
	}
	for _, host := range badHosts {
		f.Add(host)
	}
	f.Fuzz(func(t *testing.T, host string) {
		name, err := canonicalHost(host)
		if err != nil {
			return
		}
		if again, err := canonicalHost(name); err != nil || again != name {
			t.Errorf("%q → %q → %q, %v", host, name, again, err)
		}
		if name == "" || len(name) > 253 || name != strings.ToLower(name) || strings.ContainsAny(name, " *[]%/\x00") || !isASCII(name) {
			t.Errorf("%q → %q", host, name)
		}
		// What is accepted must be what a client can check a certificate against.
		leaf := &x509.Certificate{DNSNames: []string{name}}
		if ip, err := netip.ParseAddr(name); err == nil {
			leaf = &x509.Certificate{IPAddresses: []net.IP{ip.AsSlice()}}
		}
		if err := leaf.VerifyHostname(name); err != nil {
			t.Errorf("%q → %q: %v", host, name, err)
		}
	})
}
