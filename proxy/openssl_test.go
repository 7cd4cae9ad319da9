package proxy_test

import (
	"bufio"
	"crypto/x509"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"corsage/proxy"
)

// openSSL runs a server of OpenSSL's with a key and a certificate, and returns
// its address, its input and the lines of its output.
func openSSL(t *testing.T, key, cert string, args ...string) (address string, in io.Writer, out *bufio.Scanner) {
	t.Helper()
	args = append([]string{"s_server", "-accept", "127.0.0.1:0", "-key", key, "-cert", cert, "-tls1_2"}, args...)
	server := exec.CommandContext(t.Context(), "openssl", args...)
	in, err := server.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	pipe, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	server.Stderr = server.Stdout
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Process.Kill(); _ = server.Wait() })
	out = bufio.NewScanner(pipe)
	for out.Scan() {
		if address, ok := strings.CutPrefix(out.Text(), "ACCEPT "); ok {
			return address, in, out
		}
	}
	t.Fatal("openssl s_server says not where it listens")
	return "", nil, nil
}

// selfSigned lets OpenSSL make a key and a certificate for example.com, signed
// with it.
func selfSigned(t *testing.T, algorithm ...string) (key, cert string) {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("there is no openssl")
	}
	dir := t.TempDir()
	key, cert = filepath.Join(dir, "key.pem"), filepath.Join(dir, "cert.pem")
	for _, args := range [][]string{
		append([]string{"genpkey", "-out", key}, algorithm...),
		{"req", "-x509", "-key", key, "-out", cert, "-days", "2", "-subj", "/CN=example.com", "-addext", "subjectAltName=DNS:example.com", "-sha256"},
	} {
		if out, err := exec.Command("openssl", args...).CombinedOutput(); err != nil {
			t.Skipf("openssl %s: %v\n%s", args[0], err, out)
		}
	}
	return key, cert
}

// ruleFor is a rule for https://example.com at address that trusts cert.
func ruleFor(t *testing.T, address, cert string) *proxy.Rule {
	t.Helper()
	rl := rule(t, "https://example.com", nil, allow)
	rl.Upstream = &url.URL{Scheme: "https", Host: address}
	var err error
	if rl.CA, err = os.ReadFile(cert); err != nil {
		t.Fatal(err)
	}
	return rl
}

// A key that Go itself neither makes nor uses: OpenSSL serves it.
func TestShortKey(t *testing.T) {
	key, cert := selfSigned(t, "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:512")
	address, _, _ := openSSL(t, key, cert, "-cipher", "ALL@SECLEVEL=0", "-www")
	for _, insecure := range []bool{false, true} {
		rl := ruleFor(t, address, cert)
		rl.Insecure = insecure
		told(t, start(t, rl), []string{"the key of its certificate is too short", "2048 bits or more"})
	}
}

// Some servers, IIS among them, ask for the certificate only when they have read
// the request, by a second handshake.
func TestClientCertificateAskedForLate(t *testing.T) {
	key, cert := selfSigned(t, "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
	me := newIssuer(t, "the CA").issue(t, func(c *x509.Certificate) { c.Subject.CommonName = "me" })
	for _, given := range []bool{true, false} {
		address, in, out := openSSL(t, key, cert)
		go func() { // ends with the server
			for out.Scan() {
				switch line := out.Text(); {
				case strings.HasPrefix(line, "GET /"):
					fmt.Fprint(in, "R\n") // its command for that
				case strings.Contains(line, "CN=me"), strings.Contains(line, "CN = me"):
					fmt.Fprint(in, "HTTP/1.1 200 OK\nContent-Length: 4\n\nyes\n")
				}
			}
		}()
		rl := ruleFor(t, address, cert)
		if !given {
			told(t, start(t, rl), []string{"it wants a client certificate", "Set certificate: in the profile's backend"})
			continue
		}
		rl.Certificate = &me
		resp, body := get(t, start(t, rl).client, "https://example.com/")
		if resp.StatusCode != 200 || body != "yes\n" {
			t.Errorf("%s %s", resp.Status, body)
		}
	}
}
