package authority

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"net"
	"slices"
	"strings"
	"testing"
	"time"
)

// The extension is critical, and says something of each form of name.
func TestConstraints(t *testing.T) {
	for _, test := range []struct {
		hosts             []string
		names             []string
		permitted, closed []string // blocks of addresses
	}{
		{[]string{"dev.example.com"}, []string{"dev.example.com"}, nil, []string{"0.0.0.0/0", "::/0"}},
		{[]string{"10.0.0.5"}, []string{nowhere}, []string{"10.0.0.5/32"}, []string{"::/0"}},
		{[]string{"::1"}, []string{nowhere}, []string{"::1/128"}, []string{"0.0.0.0/0"}},
		{[]string{"b.test", "127.0.0.1", "a.test", "[2001:db8::1]"}, []string{"a.test", "b.test"}, []string{"127.0.0.1/32", "2001:db8::1/128"}, nil},
		{[]string{"bücher.test.", "LOCALHOST", "my_app.test"}, []string{"localhost", "my_app.test", "xn--bcher-kva.test"}, nil, []string{"0.0.0.0/0", "::/0"}},
		{[]string{"::ffff:10.0.0.5"}, []string{nowhere}, []string{"10.0.0.5/32"}, []string{"::/0"}},
	} {
		c := mustRoot(t, rootsAt(t, t.TempDir(), &clock{}), someProfile, test.hosts...).Certificate()
		at := slices.IndexFunc(c.Extensions, func(e pkix.Extension) bool { return e.Id.Equal(asn1.ObjectIdentifier{2, 5, 29, 30}) })
		if at < 0 || !c.Extensions[at].Critical {
			t.Errorf("%q: the name constraints are missing or not critical", test.hosts)
		}
		if !slices.Equal(c.PermittedDNSDomains, test.names) || c.ExcludedDNSDomains != nil {
			t.Errorf("%q: DNS names %q, without %q", test.hosts, c.PermittedDNSDomains, c.ExcludedDNSDomains)
		}
		if got := blocks(c.PermittedIPRanges); !slices.Equal(got, test.permitted) {
			t.Errorf("%q: addresses %q", test.hosts, got)
		}
		if got := blocks(c.ExcludedIPRanges); !slices.Equal(got, test.closed) {
			t.Errorf("%q: no addresses %q", test.hosts, got)
		}
		if only := []string{nowhere}; !slices.Equal(c.PermittedEmailAddresses, only) || !slices.Equal(c.PermittedURIDomains, only) {
			t.Errorf("%q: mail %q, URIs %q", test.hosts, c.PermittedEmailAddresses, c.PermittedURIDomains)
		}
	}
}

func blocks(list []*net.IPNet) (all []string) {
	for _, block := range list {
		all = append(all, block.String())
	}
	return all
}

func TestLeafForHostsOfItsRootAlone(t *testing.T) {
	a := mustRoot(t, rootsAt(t, t.TempDir(), &clock{}), someProfile, "dev.example.com", "10.0.0.5", "2001:db8::1", "bücher.test")
	for _, host := range []string{"dev.example.com", "DEV.example.com.", "below.dev.example.com", "10.0.0.5", "::ffff:10.0.0.5", "[2001:DB8::1]", "xn--bcher-kva.test", "Bücher.test"} {
		if cert, err := a.Leaf(host); err != nil || !a.Permits(host) {
			t.Errorf("%s: %v", host, err)
		} else if cn := cert.Leaf.Subject.CommonName; net.ParseIP(cn) != nil {
			t.Errorf("%s: the common name is the address %s", host, cn)
		}
	}
	for _, host := range []string{"example.com", "xdev.example.com", "dev.example.com.evil.test", "com", "10.0.0.50", "10.0.0.6", "2001:db8::2", "10.0.0.5.test", nowhere, "a." + nowhere, "localhost", "", "*.dev.example.com"} {
		if _, err := a.Leaf(host); err == nil || a.Permits(host) {
			t.Errorf("%q got a certificate", host)
		}
	}
	only := mustRoot(t, rootsAt(t, t.TempDir(), &clock{}), someProfile, "10.0.0.5")
	if _, err := only.Leaf(nowhere); err == nil {
		t.Error("the name that stands for none got a certificate")
	}
	if _, err := only.Leaf("other.test"); err == nil || !strings.Contains(err.Error(), "is constrained to 10.0.0.5") {
		t.Errorf("the error is %v", err)
	}
}

// FuzzConstraints makes a root for any hosts: a leaf for each of them verifies, and
// for any other name the API permits what Go's verifier, which reads the
// certificate, permits too.
func FuzzConstraints(f *testing.F) {
	for _, host := range hosts {
		f.Add(host.host, "dev.example.com")
		f.Add("dev.example.com 10.0.0.5 ::1", host.host)
		f.Add(host.host+" other.test", "x."+host.host)
	}
	for _, host := range badHosts {
		f.Add(host, host)
	}
	f.Add("a.test", "aa.test")
	f.Add("test", "a.test")
	f.Add("10.0.0.1", "10.0.0.10")
	f.Add("::1", "::ffff:0.0.0.1")
	key, err := newRootKey()
	if err != nil {
		f.Fatal(err)
	}
	r, err := openRoots(f.TempDir(), time.Now)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, list, other string) {
		names, err := canonicalHosts(strings.Split(list, " "))
		if err != nil {
			return
		}
		made, err := newRoot(names, key, time.Now())
		if err != nil {
			t.Fatalf("%q: %v", names, err)
		}
		back, err := constrainedTo(made.cert)
		if err != nil || !slices.Equal(slices.Sorted(slices.Values(back)), names) {
			t.Fatalf("%q came back as %q, %v", names, back, err)
		}
		made.hosts = back
		a := &Authority{root: made, shared: r.shared, leaves: make(map[string]*leafSlot)}
		for _, name := range names {
			leaf, err := a.Leaf(name)
			if err != nil {
				t.Fatal(err)
			}
			verify(t, a, leaf, name, time.Now())
		}
		name, err := canonicalHost(other)
		if err != nil {
			if a.Permits(other) {
				t.Errorf("%q is permitted, and no host", other)
			}
			return
		}
		stolen, err := a.mint(name, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		roots := x509.NewCertPool()
		roots.AddCert(made.cert)
		_, err = stolen.Leaf.Verify(x509.VerifyOptions{DNSName: name, Roots: roots})
		if name != nowhere && !strings.HasSuffix(name, "."+nowhere) && (err == nil) != a.Permits(other) {
			t.Errorf("for %q: %q is permitted %v by us, and Go says %v", names, name, a.Permits(other), err)
		}
	})
}
