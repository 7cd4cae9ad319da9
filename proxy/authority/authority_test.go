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
	"strings"
	"sync"
	"testing"
	"time"
)

// mustOpen opens a CA and fails the test if it can't be.
func mustOpen(t testing.TB, dir string) *Authority {
	t.Helper()
	a, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// clock is a time that a test sets.
type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

func openAt(t *testing.T, dir string, at time.Time) (*Authority, *clock) {
	t.Helper()
	c := &clock{at}
	a, err := open(dir, c.now)
	if err != nil {
		t.Fatal(err)
	}
	return a, c
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

func TestOpenCreates(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data", "corsage")
	a := mustOpen(t, dir)

	if runtime.GOOS != "windows" {
		wantMode(t, dir, 0o700)
		wantMode(t, filepath.Join(dir, "ca-key.pem"), 0o600)
		wantMode(t, filepath.Join(dir, "ca.pem"), 0o644)
	}
	if want := filepath.Join(dir, "ca.pem"); a.CertPath() != want {
		t.Errorf("CertPath is %s, want %s", a.CertPath(), want)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			t.Errorf("a temporary file stayed: %s", e.Name())
		}
	}
	saved, err := os.ReadFile(a.CertPath())
	if err != nil {
		t.Fatal(err)
	}
	if string(saved) != string(a.PEM()) {
		t.Errorf("PEM differs from the file")
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
	if cn := c.Subject.CommonName; !strings.HasPrefix(cn, "Corsage dev CA (") || !strings.Contains(cn, "@") || !strings.HasSuffix(cn, ")") {
		t.Errorf("common name is %q", cn)
	}
	sum := sha256.Sum256(c.RawSubjectPublicKeyInfo)
	if got, err := base64.StdEncoding.DecodeString(a.SPKI()); err != nil || string(got) != string(sum[:]) {
		t.Errorf("SPKI is %s", a.SPKI())
	}
}

func TestFormatCommonName(t *testing.T) {
	for _, test := range []struct{ login, host, want string }{
		{"ada", "engine", "Corsage dev CA (ada@engine)"},
		{`CORP\ada`, "engine", `Corsage dev CA (CORP\ada@engine)`},
		{"", "", "Corsage dev CA (user@localhost)"},
		{"a\x00d\na", "eng\xffine", "Corsage dev CA (ada@engine)"},
		{"ädä", strings.Repeat("x", 80), "Corsage dev CA (ädä@" + strings.Repeat("x", 43) + ")"},
	} {
		got := formatCommonName(test.login, test.host)
		if got != test.want {
			t.Errorf("formatCommonName(%q, %q) = %q, want %q", test.login, test.host, got, test.want)
		}
		if n := len([]rune(got)); n > 64 {
			t.Errorf("%q has %d characters", got, n)
		}
	}
}

func TestReopenGivesTheSameCA(t *testing.T) {
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

func TestOpenAtOnceGivesOneCA(t *testing.T) {
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
			all[i], errs[i] = Open(dir)
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
// opens the CA there and prints its SPKI.
const childDir = "AUTHORITY_TEST_OPEN"

func TestMain(m *testing.M) {
	dir := os.Getenv(childDir)
	if dir == "" {
		os.Exit(m.Run())
	}
	a, err := Open(dir)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Print(a.SPKI())
}

func TestProcessesOpenOneCA(t *testing.T) {
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

func TestOpenFinishesACutShortFirstUse(t *testing.T) {
	dir := t.TempDir()
	first := mustOpen(t, dir)
	keyBefore := read(t, filepath.Join(dir, keyFile))
	if err := os.Remove(first.CertPath()); err != nil {
		t.Fatal(err)
	}
	second := mustOpen(t, dir)
	if read(t, filepath.Join(dir, keyFile)) != keyBefore {
		t.Error("the key was replaced")
	}
	if first.SPKI() != second.SPKI() {
		t.Error("the new certificate is for another key")
	}
}

func TestOpenTightensTheKeyFile(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no mode bits")
	}
	dir := t.TempDir()
	if s := mustOpen(t, dir).Status(); s.Tightened != 0 {
		t.Errorf("a new CA says that its key was open: %o", s.Tightened)
	}
	key := filepath.Join(dir, keyFile)
	for _, mode := range []fs.FileMode{0o644, 0o640, 0o602} {
		if err := os.Chmod(key, mode); err != nil {
			t.Fatal(err)
		}
		s := mustOpen(t, dir).Status()
		if s.Tightened != mode || s.KeyMode != 0o600 {
			t.Errorf("mode %o: Tightened %o, KeyMode %o", mode, s.Tightened, s.KeyMode)
		}
		wantMode(t, key, 0o600)
	}
	if err := os.Chmod(key, 0o400); err != nil {
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
	if !strings.HasPrefix(s.Subject, "CN=Corsage dev CA (") || !strings.HasSuffix(s.Subject, ",O=Corsage") {
		t.Errorf("subject %q", s.Subject)
	}
	if len(s.Fingerprint) != 32*3-1 || strings.Count(s.Fingerprint, ":") != 31 || s.Fingerprint != strings.ToUpper(s.Fingerprint) {
		t.Errorf("fingerprint %q", s.Fingerprint)
	}
	if !s.ValidFrom.Equal(at.AddDate(0, 0, -1)) || !s.ValidUntil.Equal(at.AddDate(2, 0, 0)) {
		t.Errorf("valid %v to %v", s.ValidFrom, s.ValidUntil)
	}
	if s.CertPath != filepath.Join(dir, "ca.pem") || s.KeyPath != filepath.Join(dir, "ca-key.pem") {
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
