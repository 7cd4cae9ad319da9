package authority

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// someProfile is the profile of a test's root, and someHosts are its hosts: all
// that tests ask for.
const someProfile = "/home/ada/profiles/shop.yaml"

var someHosts = []string{"example.com", "example", "test", "localhost", "127.0.0.1", "::1", "10.0.0.5", "2001:db8::1"}

// mustOpen opens the root of someProfile in dir, and fails the test if it can't
// be had.
func mustOpen(t testing.TB, dir string) *Authority {
	t.Helper()
	a, _ := openAt(t, dir, time.Time{})
	return a
}

// clock is a time that a test sets; the present one where it is zero.
type clock struct{ t time.Time }

func (c *clock) now() time.Time {
	if c.t.IsZero() {
		return time.Now()
	}
	return c.t
}

func openAt(t testing.TB, dir string, at time.Time) (*Authority, *clock) {
	t.Helper()
	c := &clock{at}
	return mustRoot(t, rootsAt(t, dir, c), someProfile, someHosts...), c
}

func rootsAt(t testing.TB, dir string, c *clock) *Roots {
	t.Helper()
	r, err := openRoots(dir, c.now)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func mustRoot(t testing.TB, r *Roots, profile string, hosts ...string) *Authority {
	t.Helper()
	a, err := r.For(profile, hosts)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func wantMode(t *testing.T, path string, want fs.FileMode) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != want {
		t.Errorf("mode of %s is %o, want %o", filepath.Base(path), got, want)
	}
}

func TestForCreates(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data", "corsage")
	a := mustOpen(t, dir)
	own := filepath.Dir(a.CertPath())

	if filepath.Dir(own) != filepath.Join(dir, "roots") {
		t.Errorf("the root lies in %s", own)
	}
	if runtime.GOOS != "windows" {
		for _, folder := range []string{dir, filepath.Dir(own), own} {
			wantMode(t, folder, 0o700)
		}
		wantMode(t, filepath.Join(own, "ca-key.pem"), 0o600)
		wantMode(t, a.CertPath(), 0o644)
		wantMode(t, filepath.Join(dir, "ca.pem"), 0o644)
	}
	if got := read(t, filepath.Join(own, "profile")); got != someProfile || a.Profile() != someProfile {
		t.Errorf("it is the root of %q, %q", got, a.Profile())
	}
	for _, folder := range []string{dir, filepath.Dir(own), own} {
		entries, err := os.ReadDir(folder)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if strings.HasPrefix(e.Name(), ".") || strings.HasSuffix(e.Name(), ".new") {
				t.Errorf("something temporary stayed: %s", e.Name())
			}
		}
	}
	for _, file := range []string{a.CertPath(), filepath.Join(dir, "ca.pem")} {
		if read(t, file) != string(a.PEM()) {
			t.Errorf("PEM differs from %s", file)
		}
	}
	if block, rest := pem.Decode(a.PEM()); block == nil || block.Type != "CERTIFICATE" || len(rest) != 0 {
		t.Errorf("PEM is not exactly one certificate:\n%s", a.PEM())
	}
}

func TestRootProperties(t *testing.T) {
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	a, _ := openAt(t, t.TempDir(), at)
	c := a.Certificate()

	if !c.IsCA || !c.BasicConstraintsValid || c.MaxPathLen != 0 || !c.MaxPathLenZero {
		t.Errorf("not a CA with path length 0: IsCA %v, MaxPathLen %d, zero %v", c.IsCA, c.MaxPathLen, c.MaxPathLenZero)
	}
	if want := x509.KeyUsageCertSign | x509.KeyUsageCRLSign; c.KeyUsage != want {
		t.Errorf("key usage is %b, want %b", c.KeyUsage, want)
	}
	if c.SignatureAlgorithm != x509.ECDSAWithSHA256 {
		t.Errorf("signed with %v", c.SignatureAlgorithm)
	}
	if len(c.SubjectKeyId) == 0 {
		t.Errorf("no subject key identifier")
	}
	if want := at.AddDate(2, 0, 0); !c.NotAfter.Equal(want) {
		t.Errorf("valid until %v, want %v", c.NotAfter, want)
	}
	if want := at.Add(-24 * time.Hour); !c.NotBefore.Equal(want) {
		t.Errorf("valid from %v, want %v", c.NotBefore, want)
	}
	if want := []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}; !slices.Equal(c.ExtKeyUsage, want) {
		t.Errorf("extended key usage is %v, want %v", c.ExtKeyUsage, want)
	}
	if cn := c.Subject.CommonName; !strings.HasPrefix(cn, "Corsage example and 7 more (") || !strings.HasSuffix(cn, ")") {
		t.Errorf("common name is %q", cn)
	}
	if ou := c.Subject.OrganizationalUnit; len(ou) != 1 || !strings.Contains(ou[0], "@") {
		t.Errorf("organizational unit is %q", ou)
	}
	sum := sha256.Sum256(c.RawSubjectPublicKeyInfo)
	if got, err := base64.StdEncoding.DecodeString(a.SPKI()); err != nil || string(got) != string(sum[:]) {
		t.Errorf("SPKI is %s", a.SPKI())
	}
}

func TestSubject(t *testing.T) {
	for _, test := range []struct{ login, host, want string }{
		{"ada", "engine", "ada@engine"},
		{`CORP\ada`, "engine", `CORP\ada@engine`},
		{"", "", "user@localhost"},
		{"a\x00d\na", "eng\xffine", "ada@engine"},
		{"ädä", strings.Repeat("x", 80), "ädä@" + strings.Repeat("x", 60)},
	} {
		if got := formatWho(test.login, test.host); got != test.want {
			t.Errorf("formatWho(%q, %q) = %q, want %q", test.login, test.host, got, test.want)
		}
	}
	key := sha256.Sum256(nil) // e3b0c442…
	for _, test := range []struct {
		hosts []string
		want  string
	}{
		{[]string{"dev.example.com"}, "Corsage dev.example.com (e3b0c442)"},
		{[]string{"::1", "b", "c"}, "Corsage b and 2 more (e3b0c442)"},
		{[]string{"10.0.0.5", "::1"}, "Corsage 10.0.0.5 and 1 more (e3b0c442)"},
		{[]string{strings.Repeat("x", 80)}, "Corsage " + strings.Repeat("x", 45) + " (e3b0c442)"},
		{append([]string{strings.Repeat("x", 80)}, make([]string, 100)...), "Corsage " + strings.Repeat("x", 32) + " and 100 more (e3b0c442)"},
	} {
		got := formatCommonName(test.hosts, key)
		if got != test.want || len(got) > maxCommonName {
			t.Errorf("%q: %q, want %q", test.hosts, got, test.want)
		}
	}
}

func TestReopenGivesTheSameRoot(t *testing.T) {
	dir := t.TempDir()
	first := mustOpen(t, dir)
	second := mustOpen(t, dir)
	if !first.Certificate().Equal(second.Certificate()) {
		t.Fatal("a second Open gave another certificate")
	}
	cert, err := second.Leaf("dev.example.com")
	if err != nil {
		t.Fatal(err)
	}
	verify(t, first, cert, "dev.example.com", time.Now())
}

func TestForAtOnceGivesOneRoot(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	const n = 16
	var (
		all   [n]*Authority
		errs  [n]error
		start = make(chan struct{})
		wg    sync.WaitGroup
	)
	for i := range n {
		wg.Go(func() {
			<-start
			var r *Roots
			if r, errs[i] = OpenRoots(dir); errs[i] == nil {
				all[i], errs[i] = r.For(someProfile, someHosts)
			}
		})
	}
	close(start)
	wg.Wait()
	for i := range n {
		if errs[i] != nil {
			t.Fatal(errs[i])
		}
		if !all[i].Certificate().Equal(all[0].Certificate()) {
			t.Fatalf("Open %d gave another CA", i)
		}
	}
	if again := mustOpen(t, dir); !again.Certificate().Equal(all[0].Certificate()) {
		t.Fatal("the files hold another CA than the one that was handed out")
	}
}

// childDir, in the environment, makes the test binary a second process that
// makes the root there and prints its SPKI.
const childDir = "AUTHORITY_TEST_OPEN"

func TestMain(m *testing.M) {
	dir := os.Getenv(childDir)
	if dir == "" {
		os.Exit(m.Run())
	}
	r, err := OpenRoots(dir)
	var a *Authority
	if err == nil {
		a, err = r.For(someProfile, someHosts)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Print(a.SPKI())
}

func TestProcessesHaveOneRoot(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	var (
		spkis [4]string
		wg    sync.WaitGroup
	)
	for i := range spkis {
		wg.Go(func() {
			child := exec.CommandContext(t.Context(), os.Args[0])
			child.Env = append(os.Environ(), childDir+"="+dir)
			out, err := child.Output()
			if err != nil {
				t.Errorf("process %d: %v", i, err)
			}
			spkis[i] = string(out)
		})
	}
	wg.Wait()
	want := mustOpen(t, dir).SPKI()
	for i, got := range spkis {
		if got != want {
			t.Errorf("process %d has the CA %q, the files hold %q", i, got, want)
		}
	}
}

func TestForTightensTheKeyFile(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no mode bits")
	}
	dir := t.TempDir()
	first := mustOpen(t, dir).Status()
	if first.Tightened != 0 {
		t.Errorf("a new root says that its key was open: %o", first.Tightened)
	}
	for _, mode := range []fs.FileMode{0o644, 0o640, 0o602} {
		if err := os.Chmod(first.KeyPath, mode); err != nil {
			t.Fatal(err)
		}
		s := mustOpen(t, dir).Status()
		if s.Tightened != mode || s.KeyMode != 0o600 {
			t.Errorf("mode %o: Tightened %o, KeyMode %o", mode, s.Tightened, s.KeyMode)
		}
		wantMode(t, first.KeyPath, 0o600)
	}
	if err := os.Chmod(first.KeyPath, 0o400); err != nil {
		t.Fatal(err)
	}
	if s := mustOpen(t, dir).Status(); s.Tightened != 0 || s.KeyMode != 0o400 {
		t.Errorf("a tighter mode was not left alone: %+v", s)
	}
}

func TestStatus(t *testing.T) {
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	dir := t.TempDir()
	a, _ := openAt(t, dir, at)
	s := a.Status()
	if !strings.HasPrefix(s.Subject, "CN=Corsage example ") || !strings.HasSuffix(s.Subject, ",O=Corsage") {
		t.Errorf("subject %q", s.Subject)
	}
	if len(s.Fingerprint) != 32*3-1 || strings.Count(s.Fingerprint, ":") != 31 || s.Fingerprint != strings.ToUpper(s.Fingerprint) {
		t.Errorf("fingerprint %q", s.Fingerprint)
	}
	if !s.ValidFrom.Equal(at.AddDate(0, 0, -1)) || !s.ValidUntil.Equal(at.AddDate(2, 0, 0)) {
		t.Errorf("valid %v to %v", s.ValidFrom, s.ValidUntil)
	}
	if s.CertPath != a.CertPath() || s.KeyPath != filepath.Join(filepath.Dir(a.CertPath()), "ca-key.pem") {
		t.Errorf("paths %s, %s", s.CertPath, s.KeyPath)
	}
	if err := os.Remove(s.KeyPath); err != nil {
		t.Fatal(err)
	}
	if s := a.Status(); s.KeyMode != 0 {
		t.Errorf("the key file is gone and has mode %o", s.KeyMode)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// verify checks a leaf as a client that trusts a's root alone would.
func verify(t *testing.T, a *Authority, cert *tls.Certificate, host string, at time.Time) {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AddCert(a.Certificate())
	_, err := cert.Leaf.Verify(x509.VerifyOptions{DNSName: host, Roots: roots, CurrentTime: at})
	if err != nil {
		t.Errorf("%s: %v", host, err)
	}
}
