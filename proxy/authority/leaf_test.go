package authority

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestLeafVerifies(t *testing.T) {
	a := mustOpen(t, t.TempDir())
	for _, test := range []struct {
		host  string
		valid []string // names that a client may know it by
		not   []string
	}{
		{"dev.example.com", []string{"dev.example.com", "DEV.example.com"}, []string{"example.com", "x.dev.example.com"}},
		{"Dev.Example.COM.", []string{"dev.example.com"}, nil},
		{"localhost", []string{"localhost"}, []string{"127.0.0.1"}},
		{"my_app.test", []string{"my_app.test"}, nil},
		{"xn--mller-kva.example", []string{"xn--mller-kva.example"}, nil},
		{"müller.example", []string{"xn--mller-kva.example"}, nil},
		{"127.0.0.1", []string{"127.0.0.1"}, []string{"127.0.0.2", "localhost"}},
		{"::1", []string{"::1", "[::1]"}, []string{"::2"}},
		{"[2001:DB8:0::1]", []string{"2001:db8::1"}, nil},
		{"below.localhost", []string{"below.localhost"}, []string{"localhost"}},
		{strings.Repeat("long-label.", 12) + "example", []string{strings.Repeat("long-label.", 12) + "example"}, nil},
	} {
		t.Run(test.host, func(t *testing.T) {
			cert, err := a.Leaf(test.host)
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range test.valid {
				verify(t, a, cert, name, time.Now())
			}
			for _, name := range test.not {
				if cert.Leaf.VerifyHostname(name) == nil {
					t.Errorf("it is good for %s as well", name)
				}
			}
		})
	}
}

func TestLeafRefuses(t *testing.T) {
	a := mustOpen(t, t.TempDir())
	for _, host := range badHosts {
		if cert, err := a.Leaf(host); err == nil {
			t.Errorf("%q got a certificate for %v", host, cert.Leaf.DNSNames)
		}
	}
}

func TestLeafProperties(t *testing.T) {
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	a, _ := openAt(t, t.TempDir(), at)
	cert, err := a.Leaf("dev.example.com")
	if err != nil {
		t.Fatal(err)
	}
	c, ca := cert.Leaf, a.Certificate()

	if c.IsCA || !c.BasicConstraintsValid {
		t.Error("it says that it is a CA, or doesn't say that it is none")
	}
	if c.KeyUsage != x509.KeyUsageDigitalSignature || !slices.Equal(c.ExtKeyUsage, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}) {
		t.Errorf("usages %b, %v", c.KeyUsage, c.ExtKeyUsage)
	}
	if string(c.AuthorityKeyId) != string(ca.SubjectKeyId) || len(c.SubjectKeyId) != 20 || string(c.SubjectKeyId) == string(c.AuthorityKeyId) {
		t.Errorf("key identifiers: authority %x (the root's is %x), subject %x", c.AuthorityKeyId, ca.SubjectKeyId, c.SubjectKeyId)
	}
	if span := c.NotAfter.Sub(c.NotBefore); span > 150*24*time.Hour {
		t.Errorf("valid for %v: some platforms refuse that", span)
	}
	if !c.NotBefore.Equal(at.Add(-24 * time.Hour)) {
		t.Errorf("valid from %v, minted at %v", c.NotBefore, at)
	}
	if len(cert.Certificate) != 2 || string(cert.Certificate[1]) != string(ca.Raw) {
		t.Error("the root doesn't follow the leaf in the chain")
	}

	seen := map[string]bool{ca.SerialNumber.String(): true}
	longest := 0
	for i := range 32 {
		cert, err := a.Leaf(fmt.Sprintf("h%d.example.com", i))
		if err != nil {
			t.Fatal(err)
		}
		serial := cert.Leaf.SerialNumber
		if serial.Sign() <= 0 || serial.BitLen() > 129 || seen[serial.String()] {
			t.Errorf("serial %x", serial)
		}
		seen[serial.String()] = true
		longest = max(longest, serial.BitLen())
	}
	if longest < 120 { // by chance: once in 2^256 runs
		t.Errorf("the longest of 32 serials has %d bits", longest)
	}
}

// A slowSigner counts what it signs, and lets others run meanwhile.
type slowSigner struct {
	crypto.Signer
	signed atomic.Int32
}

func (s *slowSigner) Sign(rand io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	s.signed.Add(1)
	for range 1000 {
		runtime.Gosched()
	}
	return s.Signer.Sign(rand, digest, opts)
}

func TestLeafIsMintedOnce(t *testing.T) {
	a := mustOpen(t, t.TempDir())
	signer := &slowSigner{Signer: a.root.key}
	a.root.key = signer
	spellings := []string{"dev.example.com", "DEV.EXAMPLE.COM", "dev.example.com."}
	const n = 100
	var (
		certs [n]*tls.Certificate
		errs  [n]error
		start = make(chan struct{})
		wg    sync.WaitGroup
	)
	for i := range n {
		wg.Go(func() {
			<-start
			certs[i], errs[i] = a.Leaf(spellings[i%len(spellings)])
		})
	}
	close(start)
	wg.Wait()
	for i := range n {
		if errs[i] != nil {
			t.Fatal(errs[i])
		}
		if certs[i] != certs[0] {
			t.Fatalf("goroutine %d got another certificate", i)
		}
	}
	if got := signer.signed.Load(); got != 1 {
		t.Errorf("minted %d times", got)
	}
}

func TestLeafFollowsTheClock(t *testing.T) {
	start := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	const day = 24 * time.Hour
	for _, test := range []struct {
		name   string
		jump   time.Duration
		minted bool
	}{
		{"a minute on", time.Minute, false},
		{"at the root's start", -day, false},
		{"90 days on", 90 * day, false},
		{"30 days before its end", 90*day + time.Second, true},
		{"after its end", 200 * day, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			a, clock := openAt(t, t.TempDir(), start)
			before, err := a.Leaf("dev.example.com")
			if err != nil {
				t.Fatal(err)
			}
			clock.t = start.Add(test.jump)
			after, err := a.Leaf("dev.example.com")
			if err != nil {
				t.Fatal(err)
			}
			if minted := before != after; minted != test.minted {
				t.Errorf("minted anew: %v", minted)
			}
			verify(t, a, after, "dev.example.com", clock.t)
		})
	}
	t.Run("back by months", func(t *testing.T) {
		dir := t.TempDir()
		openAt(t, dir, start)
		a, clock := openAt(t, dir, start.Add(200*day))
		before, err := a.Leaf("dev.example.com")
		if err != nil {
			t.Fatal(err)
		}
		clock.t = start.Add(10 * day)
		after, err := a.Leaf("dev.example.com")
		if err != nil {
			t.Fatal(err)
		}
		if before == after {
			t.Error("a leaf that is not valid yet was served")
		}
		verify(t, a, after, "dev.example.com", clock.t)
	})
}

func TestLeafAtTheRootsEnd(t *testing.T) {
	start := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	a, clock := openAt(t, t.TempDir(), start)
	end := a.Certificate().NotAfter

	clock.t = end.Add(-time.Hour)
	last, err := a.Leaf("dev.example.com")
	if err != nil {
		t.Fatal(err)
	}
	if !last.Leaf.NotAfter.Equal(end) {
		t.Errorf("the leaf ends %v, the root %v", last.Leaf.NotAfter, end)
	}
	if again, err := a.Leaf("dev.example.com"); err != nil || again != last {
		t.Errorf("minted anew for nothing (%v)", err)
	}
	for what, at := range map[string]time.Time{
		"expired":       end.Add(time.Second),
		"not valid yet": start.AddDate(-1, 0, 0),
	} {
		clock.t = at
		if _, err := a.Leaf("dev.example.com"); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("at %v the error is %v, want %q", at, err, what)
		}
	}
}

func TestLeavesAreBounded(t *testing.T) {
	a := mustOpen(t, t.TempDir())
	for i := range maxLeaves + 50 {
		a.slot(fmt.Sprintf("h%d.example.com", i))
	}
	if n := len(a.leaves); n != maxLeaves {
		t.Errorf("%d leaves are kept, want %d", n, maxLeaves)
	}
	if _, err := a.Leaf("dev.example.com"); err != nil {
		t.Error(err)
	}
	if n := len(a.leaves); n != maxLeaves {
		t.Errorf("%d leaves are kept, want %d", n, maxLeaves)
	}
}

func TestOpensslAgrees(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("openssl is not installed: run .ci/setup --tests")
		}
		t.Skip("openssl is not installed")
	}
	dir := t.TempDir()
	a := mustOpen(t, dir)
	for _, test := range []struct{ host, flag string }{
		{"dev.example.com", "-verify_hostname"},
		{"xn--mller-kva.example", "-verify_hostname"},
		{"127.0.0.1", "-verify_ip"},
		{"::1", "-verify_ip"},
	} {
		cert, err := a.Leaf(test.host)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, "leaf.pem")
		text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]})
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.CommandContext(t.Context(), openssl, "verify", "-x509_strict", "-purpose", "sslserver",
			"-CAfile", a.CertPath(), test.flag, test.host, path).CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v\n%s", test.host, err, out)
		}
	}
	out, err := exec.CommandContext(t.Context(), openssl, "x509", "-noout", "-fingerprint", "-sha256", "-in", a.CertPath()).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "="+a.Status().Fingerprint) {
		t.Errorf("openssl's fingerprint is %s (%v), ours %s", out, err, a.Status().Fingerprint)
	}
}

func BenchmarkLeaf(b *testing.B) {
	a := mustOpen(b, b.TempDir())
	b.Run("kept", func(b *testing.B) {
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, err := a.Leaf("dev.example.com"); err != nil {
					b.Error(err)
				}
			}
		})
	})
	b.Run("minted", func(b *testing.B) {
		i := 0
		for b.Loop() {
			i++
			if _, err := a.Leaf(fmt.Sprintf("h%d.example.com", i)); err != nil {
				b.Fatal(err)
			}
		}
	})
}
